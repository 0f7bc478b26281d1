"""The demo's assessment against a slow, separate, plain count of the same files, unit by unit."""

from __future__ import annotations

import ast
import shutil
import tomllib
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess
from geo.bundled import bundled_place
from geo.intake.submissions import import_submissions
from geo.place import read_place
from geo.plans.rules import read_plan
from geo.store import Store
from tests.demo import (
    HEADER_ROW,
    demo_assessment,
    demo_store,
    entries,
    is_complete_for,
    make_store,
    sheet_rows,
    speaks_of,
    spoil,
    unit_names,
)
from tests.plain_count import MET, NOT_MET, READINGS, UNKNOWN, Count, all_of, count_all
from tests.plain_reading import read_all

if TYPE_CHECKING:
    from geo.assessment import Assessment, RuleResult
    from geo.layers import Layers
    from geo.plans.rules import Plan
    from tests.plain_reading import Reported

FOLDER = bundled_place("changji")
PLAN = tomllib.loads((FOLDER / "plan.toml").read_text(encoding="utf-8"))
AS_OF = date(2022, 10, 31)
RULES = [rule["id"] for task in PLAN["tasks"] for rule in task["rules"]]


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    """The demo as `kepu demo` makes it: a store with the submissions."""
    database = tmp_path_factory.mktemp("demo") / "demo.db"
    plan_text = (FOLDER / "plan.toml").read_text(encoding="utf-8")
    store = Store.create(f"sqlite:///{database.as_posix()}", read_place(FOLDER), plan_text)
    reports = import_submissions(store, FOLDER / "submissions")
    assert {report.outcome for report in reports} == {"stored"}
    return store.layers()


@cache
def plan() -> Plan:
    return read_plan((FOLDER / "plan.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def assessment(layers: Layers) -> Assessment:
    """The assessment on the demo's day."""
    as_of = read_place(FOLDER).demo_as_of
    assert as_of == AS_OF
    return assess(layers, plan(), as_of=as_of)


@cache
def said() -> Reported:
    return read_all(FOLDER)


@cache
def counted() -> dict[str, Count]:
    return count_all(said(), AS_OF)


def told(result: RuleResult) -> dict[str, str]:
    """Unit → state, with shared told apart, as the program says."""
    return {f["unit_code"]: f["state"] + (" by sharing" if f["sharing"] == "shared" else "") for f in result.findings}


def plainly(count: Count) -> dict[str, str]:
    """The same of a plain count."""
    return {unit: state + (" by sharing" if unit in count.shared else "") for unit, state in count.states.items()}


def test_every_rule_is_counted(assessment: Assessment) -> None:
    assert [result.rule.id for result in assessment.rules] == RULES
    assert counted().keys() == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_unit_has_the_state_of_the_plain_count(assessment: Assessment, rule: str) -> None:
    assert told(assessment.rule(rule)) == plainly(counted()[rule])


@pytest.mark.parametrize("rule", RULES)
def test_numbers_and_verdict_are_those_of_the_plain_count(assessment: Assessment, rule: str) -> None:
    result, count = assessment.rule(rule), counted()[rule]
    numbers = result.counts
    assert (numbers.in_scope, numbers.met, numbers.met_shared, numbers.not_met, numbers.unknown) == (
        len(count.states),
        count.number(MET),
        len(count.shared),
        count.number(NOT_MET),
        count.number(UNKNOWN),
    )
    assert result.value == pytest.approx(count.value)
    assert result.state == count.state


def test_the_three_readings_are_those_of_the_plain_count(assessment: Assessment) -> None:
    found = {
        f["unit_code"]: tuple(f["readings"][name] for name in READINGS)
        for f in assessment.rule("17.village.freshness").findings
    }
    assert found == counted()["17.village.freshness"].readings


def test_the_tasks_follow_from_the_plain_count(assessment: Assessment) -> None:
    plain = {task["no"]: all_of([counted()[rule["id"]].state for rule in task["rules"]]) for task in PLAN["tasks"]}
    assert {result.task.no: result.state for result in assessment.tasks} == plain
    assert len(plain) == 31
    assert {MET, NOT_MET, UNKNOWN} == set(plain.values())


@pytest.mark.parametrize("day", [date(2022, n, 1) for n in range(2, 13)] + [date(2023, 2, 28)], ids=str)
def test_so_it_is_on_other_days(layers: Layers, day: date) -> None:
    """What is built, held, titled or changed later does not count yet; what was fresh grows stale."""
    result, count = assess(layers, plan(), as_of=day), count_all(said(), day)
    for rule in RULES:
        assert told(result.rule(rule)) == plainly(count[rule]), rule
        assert result.rule(rule).value == pytest.approx(count[rule].value), rule
        assert result.rule(rule).state == count[rule].state, rule


DAYS = (AS_OF, date(2022, 6, 30))


@pytest.mark.parametrize("module", ["plain_count", "plain_reading"])
def test_the_plain_count_uses_nothing_of_the_program(module: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
    used = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    used |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in used} & {"geo", "maps", "api", "pandas", "geopandas"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_all_tasks_and_all_units_are_there(day: date) -> None:
    """Every unit is in scope or not applicable; the figures are those of the plain count on both days."""
    result, count = demo_assessment(day), count_all(said(), day)
    assert [task.task.no for task in result.tasks] == list(range(1, 32))
    existing = {
        level: sum(1 for f in said().listed[layer].values() if not f.facts.get("starts") or f.facts["starts"] <= day)
        for level, layer in (("school", "schools"), ("base", "bases"))
    }
    every = {"township": len(said().townships), "village": len(said().villages), "city": 1, **existing}
    for found in result.rules:
        assert told(found) == plainly(count[found.rule.id]), found.rule.id
        assert found.state == count[found.rule.id].state, found.rule.id
        assert found.counts.in_scope + found.counts.not_applicable == every[found.rule.unit], found.rule.id


# ── evidence ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("rule", [rule for task in PLAN["tasks"] for rule in task["rules"]], ids=lambda r: r["id"])
def test_evidence_is_a_row_that_names_the_unit(rule: dict[str, Any], day: date) -> None:
    """Or the header of a list that is complete for it, where it is missing from the list."""
    full = {"unit": "city", **rule}
    for found in demo_assessment(day).rule(rule["id"]).findings:
        unit = found["unit_code"]
        assert found["evidence"] or found["state"] == UNKNOWN, unit
        for source in found["evidence"]:
            entry = entries()[source["file"]]
            rows = sheet_rows(FOLDER / "submissions" / source["file"], source["sheet"])
            assert source["batch"] == entry["batch"]
            if source["row"] == HEADER_ROW:
                assert found["state"] == NOT_MET, unit
                assert is_complete_for(entry, rows, full, unit), (unit, source)
            else:
                assert speaks_of(rows[source["row"] - HEADER_ROW - 1], full, unit), (unit, source)


@pytest.mark.parametrize(
    "file",
    ["27_大西渠镇_科普活动站.xlsx", "24_二六工镇_科普活动站.csv", "46_科普活动记录.csv"],
    ids=["xlsx", "csv", "city"],
)
def test_nothing_rests_on_a_refused_file(tmp_path: Path, file: str) -> None:
    """One bad row and the whole file counts for nothing, its other rows and its completeness included."""
    folder = tmp_path / "place"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("sources", "make_*", "__pycache__"))
    spoil(folder / "submissions" / file)
    store, reports = make_store(tmp_path / "demo.db", folder)
    assert {r.file: r.outcome for r in reports if r.outcome != "stored"} == {file: "refused"}
    result = assess(store.layers(as_of=AS_OF), store.plan(), as_of=AS_OF)
    store.close()
    assert file not in {source["file"] for r in result.rules for f in r.findings for source in f["evidence"]}
    manifest = folder / "submissions" / "manifest.toml"
    kept = [part for part in manifest.read_text(encoding="utf-8").split("[[files]]") if f'"{file}"' not in part]
    manifest.write_text("[[files]]".join(kept), encoding="utf-8")
    count = count_all(read_all(folder), AS_OF)
    for rule in RULES:
        assert told(result.rule(rule)) == plainly(count[rule]), rule
        assert result.rule(rule).value == pytest.approx(count[rule].value), rule
        assert result.rule(rule).state == count[rule].state, rule


def test_the_same_submissions_give_the_same_bytes(tmp_path: Path) -> None:
    first, (second, _) = demo_store(tmp_path / "first.db"), make_store(tmp_path / "second.db")
    for day in DAYS:
        made = [assess(s.layers(as_of=day), s.plan(), as_of=day).to_json() for s in (first, first, second)]
        assert made[0] == made[1] == made[2]
        assert made[0] == assess(first.layers(), first.plan(), as_of=day).to_json()
    first.close()
    second.close()


# ── what an inspector would try ──────────────────────────────────────────────


def finding(rule: str, unit: str, day: date = AS_OF) -> dict[str, Any]:
    """What is found of a unit in scope."""
    (found,) = [f for f in demo_assessment(day).rule(rule).findings if f["unit_code"] == unit]
    return found


def board_changed(*days: date) -> str:
    """The unit of the one board of 三工镇 that was changed on just these days."""
    boards = [b for b in said().listed["boards"].values() if b.facts["changes"] == list(days)]
    (unit,) = [b.home for b in boards if b.home.startswith("652301101")]
    return unit


def test_the_last_day_permitted_is_met_and_the_day_after_is_late() -> None:
    in_time, late = board_changed(date(2022, 8, 31)), board_changed(date(2022, 8, 30))
    for unit, due in ((in_time, date(2022, 10, 31)), (late, date(2022, 10, 30))):
        assert finding("17.village.freshness", unit)["due"] == due.isoformat()
        for day in (due, date.fromordinal(due.toordinal() + 1)):
            assert finding("17.village.freshness", unit, day)["state"] == (MET if day == due else NOT_MET)


def test_a_long_gap_is_seen_by_two_readings_of_three() -> None:
    unit = board_changed(date(2021, 11, 2), date(2022, 1, 5), date(2022, 6, 20), date(2022, 10, 12))
    found = finding("17.village.freshness", unit)
    assert [found["readings"][name] for name in READINGS] == [MET, NOT_MET, NOT_MET]
    assert (found["state"], found["last_change"], found["due"]) == (MET, "2022-10-12", "2022-12-12")


@pytest.mark.parametrize(("layer", "rule"), [("stations", "17.village.station"), ("boards", "17.village.board")])
def test_what_is_built_later_is_not_there_yet(layer: str, rule: str) -> None:
    (later,) = [f for f in said().listed[layer].values() if f.facts["starts"] and f.facts["starts"] > AS_OF]
    assert (finding(rule, later.home)["state"], finding(rule, later.home)["facilities"]) == (NOT_MET, [])
    assert finding(rule, later.home, later.facts["starts"])["state"] == MET


def test_titles_count_while_they_last() -> None:
    levels = {f["unit_code"]: f["state"] for f in demo_assessment(AS_OF).rule("16.base.count").findings}
    assert (levels["YSJD07"], levels["YSJD08"]) == (NOT_MET, NOT_MET)  # of county level; expired in 2021
    assert "YSJD09" not in levels  # titled in December
    assert finding("16.base.count", "YSJD09", date(2022, 12, 5))["state"] == MET


def test_villages_of_one_name_have_states_of_their_own() -> None:
    by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
    for rule in ("17.village.station", "17.village.board", "17.village.freshness"):
        for found in demo_assessment(AS_OF).rule(rule).findings:
            by_name[rule, unit_names()[found["unit_code"]][1]].add(found["state"])
    assert {name for (_, name), states in by_name.items() if len(states) > 1}


def test_the_mix_is_believable() -> None:
    """Most are covered, by no means all; some townships are good and some bad; all states and ways occur."""
    for rule in ("17.village.station", "17.village.board", "17.village.communicator"):
        result = demo_assessment(AS_OF).rule(rule)
        assert 0.7 < (result.value or 0) < 0.95, rule
        assert min(result.counts.not_met, result.counts.unknown) >= 5, rule
    by_township: dict[str, list[bool]] = defaultdict(list)
    for found in demo_assessment(AS_OF).rule("17.village.station").findings:
        by_township[found["township_code"]].append(found["state"] == MET)
    shares = {town: sum(met) / len(met) for town, met in by_township.items()}
    assert len(shares) == 16
    assert sum(share >= 0.9 for share in shares.values()) >= 6
    assert sum(share <= 0.6 for share in shares.values()) >= 2
    for rule in ("17.village.station", "17.village.board"):
        assert 0.1 < demo_assessment(AS_OF).rule(rule).counts.met_shared / 139 < 0.5
