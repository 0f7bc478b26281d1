"""Small builders for the tests: an invented county, layers from plain rows, plans from rules.

layers = layers_of(stations=[{"unit_code": V1}], none=[("boards", V2)], complete=[("stations", T1)])
plan = plan_of(PRESENCE, settings={"scope": "all"})
judged("17.village.station", stations=[...])    # {unit code: state} of one rule
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.assess import assess
from geo.layers import COMPLETE_COLUMNS, DTYPES, NONE_COLUMNS, SOURCE_DTYPES, Layers, frame
from geo.place import Place, read_place
from geo.plans.rules import Plan, read_plan
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.assessment import Assessment, RuleResult

Row = Mapping[str, Any]

COUNTY = Path(__file__).resolve().parent / "county"
AS_OF = date(2022, 10, 31)
PLACE = "990101000000"

# The county's townships: 涉农街道, 街道, 镇, 乡 (all in the plan) and a zone out of it.
RIVER, EAST, TOWN, HILL, ZONE = (f"990101{n}000" for n in ("001", "002", "100", "200", "400"))
# Some villages: two of one name (柳树村) in different townships, and one in the zone.
WILLOW_RIVER, WILLOW_TOWN, VILLAGE_ZONE = "990101001201", "990101100201", "990101400401"
VILLAGES = ("990101001001", WILLOW_RIVER, "990101002001", "990101002002", "990101100200", WILLOW_TOWN,
            "990101200200", "990101200201", "990101200202")  # fmt: skip
"""The villages in scope, in order of code."""

STATION: Row = {"id": "17.village.station", "kind": "presence", "unit": "village", "layer": "stations"}
BOARD: Row = {"id": "17.village.board", "kind": "presence", "unit": "village", "layer": "boards"}
FRESHNESS: Row = {"id": "17.village.freshness", "kind": "freshness", "unit": "village"}


@cache
def county() -> Place:
    """The invented county 云岭县 (990101); read once."""
    return read_place(COUNTY)


@cache
def county_plan_text() -> str:
    """The county's own plan.toml."""
    return (COUNTY / "plan.toml").read_text(encoding="utf-8")


@cache
def county_plan() -> Plan:
    """The county's own plan, checked."""
    return read_plan(county_plan_text(), units=county().unit_codes)


def table(layer: str, rows: Iterable[Row]) -> Any:
    """A layer's table. Absent ids and sources are numbered; `serves` and `reaches` default to nobody."""
    lists = {c.name: () for c in LAYERS[layer].columns if c.kind == "codes"}
    full = [
        {"id": f"{layer}-{n}", "file": f"{layer}.xlsx", "sheet": "表1", "row": n + 2, "batch": 1, **lists, **row}
        for n, row in enumerate(rows)
    ]
    return frame(LAYERS[layer], full)


def layers_of(
    *,
    none: Sequence[tuple[str, str]] = (),
    complete: Sequence[tuple[str, str]] = (),
    place: Place | None = None,
    as_of: date | None = None,
    **rows: Iterable[Row],
) -> Layers:
    """The layers of a place (the county) with facilities from plain rows.

    `none`: (layer, unit code) reported none; `complete`: (layer, township or place code).
    A keyword for each layer; `townships` and `villages` change the place's own.
    """
    home = place or county()
    tables = {name: table(name, found) for name, found in rows.items()}
    base = {"townships": home.townships, "villages": home.villages}
    return Layers(
        tables=base | tables,
        none=_declared(none, NONE_COLUMNS, "none.xlsx"),
        complete=_declared(complete, COMPLETE_COLUMNS, "complete.xlsx"),
        as_of=as_of,
    )


def _declared(said: Sequence[tuple[str, str]], columns: tuple[str, ...], file: str) -> pd.DataFrame:
    rows = [(layer, code, file, "表1", n + 2, 2) for n, (layer, code) in enumerate(said)]
    return pd.DataFrame(rows, columns=list(columns)).astype({"row": SOURCE_DTYPES["row"], "batch": DTYPES["count"]})


def toml(value: Any) -> str:
    """A value as TOML: text, number, yes/no, date, list or inline table."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {toml(v)}' for key, v in value.items())} }}"
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in str(value))
    return f'"{escaped}"'


def plan_text(*rules: Row, settings: Row | None = None, place: str = PLACE[:6]) -> str:
    """A plan in TOML; rules of one task number share a task. `requirement` may be left out."""
    lines = ["[plan]", 'id = "test-plan"', f'place = "{place}"', 'title = "测试方案"', "[settings]"]
    lines += [f"{key} = {toml(value)}" for key, value in (settings or {}).items()]
    tasks: dict[str, list[Row]] = {}
    for rule in rules:
        tasks.setdefault(rule["id"].split(".")[0], []).append(rule)
    for no, members in tasks.items():
        lines += ["", "[[tasks]]", f"no = {no}", 'section = "一"', f'title = "任务{no}"', f'requirement = "要求{no}"']
        lines += ['lead = ["牵头单位"]', 'kind = "map"']
        for rule in members:
            lines += ["[[tasks.rules]]", *(f"{k} = {toml(v)}" for k, v in {"requirement": "要求", **rule}.items())]
    return "\n".join(lines) + "\n"


def plan_of(*rules: Row, settings: Row | None = None, place: str = PLACE[:6]) -> Plan:
    """A checked plan of some rules."""
    return read_plan(plan_text(*rules, settings=settings, place=place))


def assessed(
    rules: Sequence[Row] | Plan, layers: Layers, *, settings: Row | None = None, as_of: date = AS_OF
) -> Assessment:
    """The assessment of some rules (or a plan) over layers."""
    plan = rules if isinstance(rules, Plan) else plan_of(*rules, settings=settings)
    return assess(layers, plan, as_of=as_of)


def judged(rule: Row, layers: Layers, *, settings: Row | None = None, as_of: date = AS_OF) -> RuleResult:
    """The result of one rule over layers."""
    return assessed([rule], layers, settings=settings, as_of=as_of).rules[0]


def states(result: RuleResult) -> dict[str, str]:
    """Unit code → state of a rule's findings (units in scope)."""
    return {finding["unit_code"]: finding["state"] for finding in result.findings}


def finding(result: RuleResult, code: str) -> dict[str, Any]:
    """One unit's finding; fails if the unit is out of scope."""
    return next(found for found in result.findings if found["unit_code"] == code)
