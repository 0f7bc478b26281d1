"""The ledgers' rows, from the tables of a GeoPackage alone: facilities, and units against what is asked of them.

What makes the ledgers and what checks them read the same tables (`maps.package_tables`), once before they are
written and once from the file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.schema import LAYERS
from geo.states import State
from geo.tables import source_text
from maps import palette

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from geo.schema import Column, Layer

    Row = dict[str, Any]
    Tables = Mapping[str, pd.DataFrame]

STATE_LABELS: Final = {style.key: style.label for style in palette.STATES} | {"met": State.MET.label}
STATE_FILLS: Final = {STATE_LABELS["not_met"]: "#f3d3ca", STATE_LABELS["unknown"]: "#fff3cd"}
OUT: Final = STATE_LABELS["not_applicable"]
LEDGER_LAYERS: Final = (
    "stations", "boards", "communicators", "schools", "bases", "activities", "organisations", "associations",
)  # fmt: skip
UNIT_SHEETS: Final = {"village": "村（社区）", "township": "乡镇（街道）", "school": "学校", "base": "基地"}
_UNIT_LAYERS: Final = {"village": "villages", "township": "townships", "school": "schools", "base": "bases"}
_HAVING: Final = frozenset({"equipment", "lab", "science_museum", "leader"})
_NAMELESS: Final = frozenset({"communicators"})
"""Layers whose rows are people: how many a unit has is all that is told."""
_FRESHNESS: Final = {style.key: style.label for style in palette.FRESHNESS}
_ONE_MONTH: Final = {"built_on": "month_only", "titled_on": "month_only", "date": "month_only",
                     "closed_on": "closed_month_only"}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A table of a ledger: its sheet's name, its header and its rows.

    `frozen` columns stay in sight; a `large` one is printed on A3.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    frozen: int = 0
    large: bool = False


@dataclass(frozen=True)
class Source:
    """The tables of a GeoPackage, in memory or read from the file."""

    tables: Tables

    @cached_property
    def about(self) -> dict[str, str | None]:
        """What the whole is of: see `maps.package_tables`."""
        table = self.tables["about"]
        return {str(key): whole(value) for key, value in zip(table["key"], table["value"], strict=True)}

    @property
    def township(self) -> str | None:
        """The one township that the ledgers are of."""
        return self.about.get("township")

    @cached_property
    def names(self) -> dict[str, str]:
        """Code → name of townships and villages, and of the place."""
        units = {str(c): str(n) for level in ("townships", "villages") for c, n in self._pairs(level, "code", "name")}
        return {f"{self.about['place_code']:0<12}": str(self.about["place_name"])} | units

    @cached_property
    def homes(self) -> dict[str, str]:
        """Code of a township or village → that of its township."""
        own = {str(code): str(code) for code in self.tables["townships"]["code"]}
        return own | {str(code): str(home) for code, home in self._pairs("villages", "code", "township_code")}

    def _pairs(self, name: str, first: str, second: str) -> Iterator[tuple[Any, Any]]:
        table = self.tables[name]
        return zip(table[first], table[second], strict=True)

    def states(self, unit: str) -> dict[str, dict[str, str]]:
        """Unit code → rule → state as drawn, of the rules on one kind of unit."""
        found: dict[str, dict[str, str]] = {}
        table = self.tables["findings"]
        for code, rule, state in table.loc[table["unit"] == unit, ["unit_code", "rule", "state"]].itertuples(
            index=False
        ):
            found.setdefault(str(code), {})[str(rule)] = str(state)
        return found


def facility_sheet(source: Source, name: str) -> Sheet:
    """Return a layer's ledger, in order of the units' codes."""
    layer, table = LAYERS[name], source.tables[name]
    sourced = source.about.get("mode") != "public"
    columns = [column for column in layer.public_columns if not column.derived]
    records = records_of(table.drop(columns="geometry"))
    points = [None if at is None or at.is_empty else at for at in table["geometry"]]
    rows: list[Row] = []
    for record, point in sorted(zip(records, points, strict=True), key=lambda pair: _place_of(pair[0])):
        if source.township not in (None, record["township_code"]):
            continue
        told = {heading(column): cell(source, column, record) for column in columns}
        rows.append({"序号": len(rows) + 1, **_unit(source, record, name), **told, **_more(name, record),
                     **_position(record, point), **_ending(record, sourced=sourced)})  # fmt: skip
    return Sheet(
        layer.label.replace("（", "(").replace("）", ")"), _header(layer, columns, sourced=sourced), tuple(rows), 3
    )


def _header(layer: Layer, columns: Sequence[Column], *, sourced: bool) -> tuple[str, ...]:
    name = () if layer.name in _NAMELESS else ("名称",)
    more = ("最近更换", "最迟应更换", "更换情况") if layer.name == "boards" else ()
    end = ("编号", "依据") if sourced else ("编号",)
    first = ("序号", "乡镇（街道）", "村（社区）", "单位代码", *name)
    return (*first, *map(heading, columns), *more, "经度", "纬度", "坐标来源", *end)


def records_of(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows, each as column → value."""
    return [{str(name): value for name, value in record.items()} for record in table.to_dict("records")]


def heading(column: Column) -> str:
    """Return a column's heading with its unit of measure."""
    return f"{column.label}（{column.measure}）" if column.measure else column.label


def _place_of(record: Row) -> tuple[str, str]:
    return str(whole(record["unit_code"]) or ""), str(record["id"])


def _unit(source: Source, record: Row, name: str) -> Row:
    code = whole(record["unit_code"]) or ""
    home = source.homes.get(code, "")
    told = {
        "乡镇（街道）": source.names.get(home, ""),
        "村（社区）": "" if code == home else source.names.get(code, ""),
        "单位代码": code,
    }
    return told if name in _NAMELESS else {**told, "名称": whole(record["name"]) or ""}


def _more(name: str, record: Row) -> Row:
    if name != "boards":
        return {}
    return {
        "最近更换": _day(record["last_change"]),
        "最迟应更换": _day(record["due"]),
        "更换情况": _FRESHNESS[record["freshness"]],
    }


def _position(record: Row, point: Any) -> Row:
    own = record["placed"] == "own" and point is not None
    return {
        "经度": round(point.x, 6) if own else "",
        "纬度": round(point.y, 6) if own else "",
        "坐标来源": {"own": "上报", "unit": "按单位位置", "none": "无"}[record["placed"]],
    }


def _ending(record: Row, *, sourced: bool) -> Row:
    told = {"编号": record["id"]}
    if not sourced:
        return told
    numbers = {key: whole(record[key]) for key in ("file", "sheet", "row", "batch")}
    return {**told, "依据": source_text(numbers) if numbers["file"] else ""}


def cell(source: Source, column: Column, record: Mapping[str, Any]) -> Any:
    """Return a cell: a day as one, a number as one, all else as text; "" where nothing was reported."""
    value = whole(record[column.name])
    if value is None:
        return ""
    match column.kind:
        case "flag":
            return flag_word(column, value)
        case "date":
            told = _day(value)
            month = _ONE_MONTH.get(column.name)
            return f"{told:%Y-%m}（只报到月）" if told and month and whole(record.get(month)) else told
        case "choice":
            return column.choices.get(value, value)
        case "codes":
            return "、".join(source.names.get(code, code) for code in _listed(value))
        case "dates":
            return "、".join(_listed(value)) or "从未更换"
    return value


def flag_word(column: Column, value: Any) -> str:
    """Return a yes or no as it reads behind the column's label."""
    yes, no = ("有", "无") if column.name in _HAVING else ("是", "否")
    return yes if value else no


def _listed(value: Any) -> list[str]:
    return [str(item) for item in (value.split("、") if isinstance(value, str) else value) if item]


def whole(value: Any) -> Any:
    """Return a value without the ways in which files keep it: blank as None, whole numbers as such."""
    if isinstance(value, str | tuple | list):
        return value
    if value is None or pd.isna(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _day(value: Any) -> date | str:
    """A day, or "" for none."""
    if value is None or pd.isna(value):
        return ""
    return pd.Timestamp(value).date()


def unit_sheet(source: Source, unit: str) -> Sheet | None:
    """Return the units of a kind against all that is asked of them; None where the plan asks nothing of it."""
    rules = source.tables["rules"]
    asked = [
        (str(r), f"{r} {what}") for r, what, of in rules[["规则", "要求", "unit"]].itertuples(index=False) if of == unit
    ]
    if not asked:
        return None
    states = source.states(unit)
    rows: list[Row] = []
    for code, name, home in _units(source, unit):
        if source.township not in (None, home):
            continue
        own = {head: STATE_LABELS[states.get(code, {}).get(rule, "not_applicable")] for rule, head in asked}
        rows.append({"序号": len(rows) + 1, "乡镇（街道）": source.names.get(home, ""), "单位": name, "单位代码": code,
                     **own, **_tally(own.values())})  # fmt: skip
    header = ("序号", "乡镇（街道）", "单位", "单位代码", *(head for _, head in asked), *_tally(()))
    return Sheet(UNIT_SHEETS[unit], header, tuple(rows), 3)


def _units(source: Source, unit: str) -> list[tuple[str, str, str]]:
    """Code, name and township of all units of a kind, in order of township and code."""
    key = "code" if unit in ("village", "township") else "id"
    home = "code" if unit == "township" else "township_code"
    table = source.tables[_UNIT_LAYERS[unit]]
    found = [
        (str(c), whole(n) or str(c), whole(h) or "")
        for c, n, h in zip(table[key], table["name"], table[home], strict=True)
    ]
    return sorted(found, key=lambda one: (one[2], one[0]))


def _tally(states: Any) -> Row:
    found = Counter(str(state).partition("（")[0] for state in states)
    return {f"{label}项数": found[label] for label in (s.label for s in State) if label != OUT}
