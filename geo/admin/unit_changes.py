"""How units changed through the years: renamed, recoded, merged, split, or listed no more.

A place's changes.csv has a row for each pair of a unit before and a unit after: a split unit has
several rows with its old code, merged ones have the same new code.

| kind    | from        | to            | what happened |
|---------|-------------|---------------|---------------|
| renamed | code, name  | the same code | another name |
| recoded | code, name  | code          | another code, maybe another name too |
| merged  | code, name  | code          | became part of one that others belong to as well |
| split   | code, name  | code          | became several; it may itself be one of them |
| dropped | code, name  | blank         | listed no more, and nothing tells what became of it |
| added   | blank       | code, name    | listed for the first time, and nothing tells what it was before |
"""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from geo.admin.codes import CODE_DIGITS
from geo.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

CHANGE_COLUMNS = ("kind", "from_code", "from_name", "to_code", "to_name", "changed_on", "source")
KINDS = {
    "renamed": "更名",
    "recoded": "改码",
    "merged": "合并",
    "split": "拆分",
    "dropped": "不再列入",
    "added": "新列入",
}
_CODE = re.compile(rf"\d{{{CODE_DIGITS}}}")
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class UnitChange(NamedTuple):
    """One unit before and one after.

    `changed_on`: a day (2021-05-01), or the month or year of it where no more is told.
    """

    kind: str
    from_code: str
    from_name: str
    to_code: str
    to_name: str
    changed_on: str
    source: str

    @property
    def when(self) -> str:
        """Return when it was, for readers: 2021-05-01, 2021年5月, 2021年."""
        year, _, rest = self.changed_on.partition("-")
        if len(rest) > len("05"):
            return self.changed_on
        return f"{year}年{int(rest)}月" if rest else f"{year}年"

    @property
    def before(self) -> str:
        """Return the unit before, for readers."""
        return f"“{self.from_name}”（{self.from_code}）" if self.from_name else self.from_code

    @property
    def after(self) -> str:
        """Return the unit after, for readers."""
        return f"“{self.to_name}”（{self.to_code}）" if self.to_name else self.to_code

    def told(self) -> str:
        """Return what happened as one sentence."""
        match self.kind:
            case "renamed":
                return f"{self.when}由“{self.from_name}”更名为“{self.to_name}”"
            case "merged":
                return f"{self.when}{self.before}并入{self.after}"
            case "split":
                return f"{self.when}{self.before}拆分出{self.after}"
            case "dropped":
                return f"{self.when}起{self.before}不再列入名录"
            case "added":
                return f"{self.when}起{self.after}列入名录"
            case _:
                return f"{self.when}{self.before}改码为{self.after}"


def read_changes(path: Path, units: Collection[str]) -> tuple[tuple[UnitChange, ...], list[Fault]]:
    """Read a place's changes.csv, with every fault found; without the file there are no changes.

    `units`: the codes of today.
    """
    if not path.exists():
        return (), []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            columns = table.fieldnames or ()
            rows = [UnitChange(*(str(row.get(name) or "").strip() for name in CHANGE_COLUMNS)) for row in table]
    except (UnicodeDecodeError, csv.Error):
        columns, rows = (), []
    if not set(CHANGE_COLUMNS) <= set(columns):
        told = f"应为 UTF-8 的 CSV，列为 {'、'.join(CHANGE_COLUMNS)}"
        return (), [Fault("error", "place-changes", path.name, told)]
    faults = [
        Fault("error", "place-changes", path.name, told, "请核对", row=number)
        for number, row in enumerate(rows, start=2)
        for told in _odd(row)
    ]
    return tuple(rows), faults or list(_unended(rows, units, path.name))


def _odd(row: UnitChange) -> Iterator[str]:
    """What of a row can't be true by itself."""
    if row.kind not in KINDS:
        yield f"不认识的变动“{row.kind}”，可用 {'、'.join(KINDS)}"
        return
    for code, blank in ((row.from_code, row.kind == "added"), (row.to_code, row.kind == "dropped")):
        if blank and code:
            yield f"{row.kind} 不写代码 {code}"
        elif not blank and not _CODE.fullmatch(code):
            yield f"代码不是{CODE_DIGITS}位数字：“{code}”"
    if row.kind == "renamed" and (row.from_code != row.to_code or row.from_name == row.to_name):
        yield "renamed 前后是同一个代码、两个名称"
    if row.kind in ("recoded", "merged") and row.from_code == row.to_code:
        yield f"{row.kind} 前后应是两个代码"
    if not _is_day(row.changed_on):
        yield f"日期应写成 2021、2021-05 或 2021-05-01（写的是“{row.changed_on}”）"
    if not row.source:
        yield "没有写明出处"


def _is_day(text: str) -> bool:
    parts = _DAY.fullmatch(text)
    try:
        return parts is not None and bool(date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1)))
    except ValueError:
        return False


def _unended(rows: Sequence[UnitChange], units: Collection[str], file: str) -> Iterator[Fault]:
    """Rows that lead to no unit of today, and changes that lead back to where they began."""
    went_on = {row.from_code for row in rows if row.from_code}
    for number, row in enumerate(rows, start=2):
        if row.to_code and row.to_code not in units and row.to_code not in went_on:
            told = f"{row.to_code} 不是现在的单位，也没有写它后来怎样"
            yield Fault("error", "place-changes", file, told, "请补上后来的变动", row=number)
    ahead = _ahead(rows)
    for code in sorted(went_on - set(units)):
        if code in {found for step in ahead.get(code, ()) for found in [step, *_onward(step, ahead)]}:
            yield Fault("error", "place-changes", file, f"{code} 的变动绕回了自己", "请核对", value=code)


def _ahead(changes: Iterable[UnitChange]) -> dict[str, dict[str, None]]:
    """Return code → what it became directly, another code each."""
    found: dict[str, dict[str, None]] = {}
    for change in changes:
        if change.from_code and change.to_code and change.from_code != change.to_code:
            found.setdefault(change.from_code, {})[change.to_code] = None
    return found


def _onward(code: str, ahead: Mapping[str, Iterable[str]]) -> list[str]:
    """Return all that a code became directly or by way of others, each once."""
    found: dict[str, None] = {}
    left = list(ahead.get(code, ()))
    while left:
        step = left.pop(0)
        if step not in found:
            found[step] = None
            left += ahead.get(step, ())
    return list(found)


def heirs_of(changes: Iterable[UnitChange], units: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return code of the past → the units of today that it became; those still in use are left out."""
    ahead = _ahead(changes)
    return {
        code: found
        for code in ahead
        if code not in units and (found := tuple(step for step in _onward(code, ahead) if step in units))
    }


def names_of(changes: Iterable[UnitChange], units: Collection[str]) -> list[tuple[str, str]]:
    """Return (former name, code) pairs of the units of today that bear it no more, or came from one that bore it."""
    told = list(changes)
    ahead = _ahead(told)
    return [
        (change.from_name, unit)
        for change in told
        if change.from_name and change.to_code
        for unit in (change.to_code, *_onward(change.to_code, ahead))
        if unit in units
    ]


def life_of(code: str, changes: Sequence[UnitChange]) -> tuple[UnitChange, ...]:
    """Return the changes by which a unit became what it is, and what became of it, in order of their days."""
    ahead = _ahead(changes)
    behind: dict[str, list[str]] = {}
    for old, steps in ahead.items():
        for step in steps:
            behind.setdefault(step, []).append(old)
    older, later = {code, *_onward(code, behind)}, {code, *_onward(code, ahead)}
    found = [
        change
        for change in changes
        if (change.to_code in older and (not change.from_code or change.from_code in older))
        or (change.from_code in later and (not change.to_code or change.to_code in later))
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda change: change.changed_on))


def former_codes(code: str, changes: Sequence[UnitChange]) -> tuple[str, ...]:
    """Return the codes that a unit, or what it came from, had before."""
    behind: dict[str, list[str]] = {}
    for old, steps in _ahead(changes).items():
        for step in steps:
            behind.setdefault(step, []).append(old)
    return tuple(_onward(code, behind))
