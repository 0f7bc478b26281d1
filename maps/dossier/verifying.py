"""Proves a dossier from its own GeoPackage: its files are as the manifest says, its figures as the data say.

Everything is worked out anew: the rules are judged by the layers in the package, and what ledgers and report would
say of that is held against what they do say.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from maps.dossier.building import MARK
from maps.dossier.edition import Edition
from maps.dossier.gis import PACKAGE, read_tables
from maps.dossier.manifest import NAME, Manifest, digest_of, read_manifest
from maps.dossier.verifying_files import ledger_faults, report_faults
from maps.dossier.verifying_layers import Package
from maps.errors import DossierRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.assessment import Assessment, Findings, RuleResult

_MOST: Final = 50
"""Differences of one file that are told one by one."""
_UNREADABLE: Final = (KeyError, ValueError, TypeError, LookupError, AttributeError, OSError)


def verify(folder: Path) -> list[str]:
    """Return what differs, one line each, in Chinese; nothing where all is as it was made.

    Raises DossierRefused where the folder holds no finished dossier.
    """
    manifest = read_manifest(folder) if folder.is_dir() else None
    if manifest is None:
        msg = f"{folder.name} 里没有档案清单（{NAME}）：不是档案，或没有做完"
        raise DossierRefused(msg)
    found = list(_files(manifest, folder))
    if (made_by := manifest.about.get("version")) != (ours := version("kepu-atlas")):
        found.append(
            f"{NAME}：档案由 {made_by} 版程序制作，本程序是 {ours} 版，措辞和算法可能不同："
            "只核对了文件是否原样；要核对数字，请用原来的版本"
        )
    elif (folder / PACKAGE).is_file():
        found += _figures(manifest, folder)
    else:
        found.append(f"{PACKAGE}：没有地理数据，不能核对数字")
    return found


def _files(manifest: Manifest, folder: Path) -> Iterator[str]:
    """Hold the folder's files against the manifest."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for path, entry in manifest.files.items():
        if path not in there:
            yield f"{path}：缺少这个文件"
        elif digest_of(folder / path) != entry.sha256:
            yield f"{path}：文件被改动过（与清单的摘要不符）"
    for path in sorted(there - set(manifest.files) - {NAME, MARK}):
        yield f"{path}：清单里没有这个文件"


def _figures(manifest: Manifest, folder: Path) -> list[str]:
    from pyogrio.errors import DataSourceError

    try:
        package = Package(read_tables(folder / PACKAGE))
        again, told = package.judged_again(), package.told()
        found = [*_about(manifest, package), *_findings(package, told, again)]
        edition = _edition(manifest, package, _with_sources(again, told))
    except (*_UNREADABLE, DataSourceError) as error:
        return [f"{PACKAGE}：读不出写入时的内容（{error}），不能核对数字"]
    for name, faults in (*ledger_faults(edition, folder), *report_faults(edition, folder)):
        found += [f"{name}：{fault}" for fault in faults[:_MOST]]
        if len(faults) > _MOST:
            found.append(f"{name}：另有{len(faults) - _MOST}处不符")
    return found


def _about(manifest: Manifest, package: Package) -> Iterator[str]:
    """Hold what the package is about against the manifest."""
    said = {
        "截止日期": (manifest.about["as_of"], package.about["as_of"]),
        "已知日期": (manifest.about["known_on"], package.about["known_on"]),
        "对比日期": (manifest.about["before"], package.about["before"]),
        "方案摘要": (manifest.about["plan"]["sha256"], package.about["plan_sha256"]),
        "版本": (manifest.about["mode"], package.about["mode"]),
    }
    for what, (listed, held) in said.items():
        if listed != held:
            yield f"{PACKAGE}：{what}是{held or '空'}，清单写的是{listed or '空'}"


def _findings(package: Package, told: Assessment, again: Assessment) -> Iterator[str]:
    """Hold the findings, rules and tasks in the package against what its layers give."""
    said = package.tables["rules"].set_index("规则")
    tasks = dict(zip(package.tables["tasks"]["no"], package.tables["tasks"]["state"], strict=True))
    for held, found in zip(told.rules, again.rules, strict=True):
        yield from (f"{PACKAGE}：{line}" for line in _rule(held, found, said.loc[held.rule.id]))
    for task in again.tasks:
        if tasks.get(task.task.no) != str(task.state):
            yield f"{PACKAGE}：任务{task.task.no}记为{tasks.get(task.task.no)}，重算为{task.state}"


def _rule(held: RuleResult, found: RuleResult, said: Any) -> Iterator[str]:
    rule = found.rule.id
    states = _states(found.findings)
    listed = _states(held.findings)
    for code in sorted(states.keys() | listed.keys()):
        if states.get(code) != listed.get(code):
            yield f"规则{rule} 单位{code}记为“{_word(listed.get(code))}”，按图层重算为“{_word(states.get(code))}”"
    counts = found.counts
    figures = {"应评": counts.in_scope, "达标": counts.met, "其中共用": counts.met_shared, "未达标": counts.not_met,
               "未上报": counts.unknown, "不适用": counts.not_applicable}  # fmt: skip
    for name, number in figures.items():
        if int(said[name]) != number:
            yield f"规则{rule} {name}写的是{said[name]}，重算为{number}"
    if (held.value, str(held.state)) != (found.value, str(found.state)):
        yield f"规则{rule} 数值和结果写的是{held.value}、{held.state}，重算为{found.value}、{found.state}"


def _states(findings: Findings) -> dict[str, tuple[int, bool, str]]:
    """Unit → state, whether only shared, and why; of the units in scope."""
    told = findings.explain
    return {
        str(findings.codes[at]): (int(findings.states[at]), bool(findings.shared[at]), told.reason(int(at)))
        for at in findings.positions()
    }


def _word(state: tuple[int, bool, str] | None) -> str:
    from geo.states import state_of

    return "不适用" if state is None else f"{state_of(state[0]).label}{'（共用）' if state[1] else ''}：{state[2]}"


def _with_sources(again: Assessment, told: Assessment) -> Assessment:
    """Return what was judged again, resting on the rows that the package names: it keeps no older reports."""
    tasks = []
    for task, held in zip(again.tasks, told.tasks, strict=True):
        rules = (
            replace(new, findings=_resting(new.findings, old.findings))
            for new, old in zip(task.rules, held.rules, strict=True)
        )
        tasks.append(replace(task, rules=tuple(rules)))
    return replace(again, tasks=tuple(tasks))


def _resting(again: Findings, told: Findings) -> Findings:
    rows = {str(code): told.explain.evidence(at) for at, code in enumerate(told.codes)}
    return replace(again, explain=_Resting(again, rows))


class _Resting:
    """Reasons as judged again, evidence as it is named."""

    def __init__(self, findings: Findings, rows: dict[str, list[dict[str, Any]]]) -> None:
        self._findings, self._rows = findings, rows

    def reason(self, position: int) -> str:
        """Return the sentence."""
        return self._findings.explain.reason(position)

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return the source rows."""
        return self._rows.get(str(self._findings.codes[position]), [])

    def extras(self, position: int) -> dict[str, Any]:
        """Return further facts of the kind of rule."""
        return self._findings.explain.extras(position)


def _edition(manifest: Manifest, package: Package, assessment: Assessment) -> Edition:
    """Return the edition that the dossier is of, as far as ledgers and report tell of it."""
    about = manifest.about
    before = (package.told(before=True), package.layers) if package.about["before"] else None
    return Edition(
        place=package.place,
        assessment=assessment,
        layers=package.layers,
        store_digest=about["store"],
        version=about["version"],
        before=before,
        township=about["township"],
        public=about["mode"] == "public",
        review_number=about["review_number"],
        entered_by=about["entered_by"],
    )
