"""Everything the page knows, as one compact value: columns instead of records, each text once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.schema import LAYERS
from maps import palette, variants
from maps.datablock import Dictionary
from maps.geometry import label_point, quantise, rings
from maps.layers import FACILITY_LAYERS, facility_table, records, shown_state
from maps.pinyin import keys
from maps.series import series_block
from maps.texts import LABEL_ENDINGS, SHOWN_COLUMNS, TEXTS, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import geopandas as gpd

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.schema import Column

KINDS: Final = ("township", "village", "school", "base", "city")
COUNTS: Final = ("in_scope", "met", "met_shared", "not_met", "unknown", "not_applicable")


@dataclass
class Block:
    """The dictionaries that every part of the data block shares."""

    strings: Dictionary[str] = field(default_factory=Dictionary)
    evidence: Dictionary[tuple[int, int, int | None, int | None]] = field(default_factory=Dictionary)
    evidence_sets: Dictionary[tuple[int, ...]] = field(default_factory=Dictionary)
    units: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: dict[tuple[object, ...], int] = field(default_factory=dict)

    def text(self, value: object) -> int:
        """Number of a text; -1 for None and missing values."""
        if type(value) is str:
            return self.strings.code(value)
        return -1 if value is None or value is pd.NA or value != value else self.strings.code(str(value))

    def source(self, rows: Iterable[tuple[object, object, object, object]]) -> int:
        """Number of a set of evidence rows, each file, sheet, row, batch."""
        return self.evidence_sets.code(tuple([self._row(row) for row in rows]))

    def _row(self, source: tuple[object, object, object, object]) -> int:
        """Number of one evidence row; many findings rest on the same one, so each is read once."""
        found = self.rows.get(source)
        if found is None:
            file, sheet, row, batch = source
            found = self.evidence.code((self.text(file), self.text(sheet), _integer(row), _integer(batch)))
            self.rows[source] = found
        return found


def build(
    layers: Layers,
    facts: Mapping[str, Any],
    *,
    place: Mapping[str, Any],
    as_of: date,
    measures: Mapping[str, str],
    months: int = 2,
    series: Mapping[date, Assessment] | None = None,
) -> dict[str, Any]:
    """The data block: plain lists, dicts, numbers and texts in a fixed order.

    ``facts`` is the assessment's dict; ``place`` holds code, name, boundary (geometry or None) and what
    the margin prints; boards are due ``months`` calendar months after a change; ``series`` holds earlier
    days and ends with ``as_of``. Coordinates are degrees × 1e5.
    """
    block = Block()
    facilities = {name: facility_table(layers, name, as_of=as_of, months=months) for name in FACILITY_LAYERS}
    units = _units(block, layers, facilities, place)
    tasks = [_task(block, task, measures) for task in facts["tasks"]]
    drawn = [_facilities(block, name, table) for name, table in facilities.items()]
    rules = [rule for task in tasks for rule in task["rules"]]
    return {
        "format": 1,
        "place": {key: value for key, value in place.items() if key != "boundary"},
        "boundary": rings(place["boundary"]),
        "asOf": facts["as_of"],
        "plan": dict(facts["plan"]),
        "palette": palette.as_data(),
        "texts": dict(TEXTS),
        "units": units,
        "tasks": tasks,
        "layers": drawn,
        "series": series_block(series, rules, block.units, facilities, months=months) if series else None,
        "evidence": _columns(block.evidence.values, ("file", "sheet", "row", "batch")),
        "evidenceSets": [list(codes) for codes in block.evidence_sets.values],
        "strings": block.strings.values,
    }


def _units(
    block: Block, layers: Layers, facilities: Mapping[str, gpd.GeoDataFrame], place: Mapping[str, Any]
) -> dict[str, Any]:
    """Townships, villages, schools, bases and the city in one list; rules refer to them by position."""
    rows: list[dict[str, Any]] = []
    townships, villages = layers["townships"], layers["villages"]
    in_plan = set(townships.loc[townships["in_plan"].fillna(value=False).astype(bool), "code"])
    for kind, table in ((0, townships), (1, villages)):
        for row in _records(table):
            parent = row["code"] if kind == 0 else row["township_code"]
            rows.append(_unit(kind, row, parent, parent in in_plan))
    for kind, name in ((2, "schools"), (3, "bases")):
        for row in _records(facilities[name]):
            point = row["geometry"]
            at = {"lon": None if point is None else point.x, "lat": None if point is None else point.y}
            rows.append(_unit(kind, {**row, **at, "code": row["id"], "geometry": None}, row["township_code"], False))
    rows.append(_unit(4, {"code": place["code"], "name": place["name"]}, None, True))
    for index, row in enumerate(rows):
        block.units.setdefault((KINDS[row["kind"]], row["code"]), index)
    return _unit_columns(block, rows)


_UNIT_COLUMNS: Final = (
    "id", "code", "name", "township_code", "kind", "stage", "population", "schematic", "lon", "lat", "geometry",
)  # fmt: skip


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts with the columns that units need."""
    return records(pd.DataFrame(table)[[column for column in _UNIT_COLUMNS if column in table]])


def _unit(kind: int, row: Mapping[str, Any], parent: object, in_plan: bool) -> dict[str, Any]:  # noqa: FBT001
    lon, lat, area = row.get("lon"), row.get("lat"), row.get("geometry")
    known = lon is not None and lat is not None and lon == lon and lat == lat
    name = "" if row.get("name") is None else str(row["name"])
    return {
        "kind": kind, "code": str(row["code"]), "name": name, "parent": parent, "plan": in_plan,
        "point": (float(str(lon)), float(str(lat))) if known else None,
        "area": area if area is not None and area.geom_type != "Point" else None,
        "type": row.get("kind") or row.get("stage"), "population": row.get("population"),
        "schematic": bool(row.get("schematic") or False),
    }  # fmt: skip


def _unit_columns(block: Block, rows: list[dict[str, Any]]) -> dict[str, Any]:
    points = [row["point"] for row in rows]
    labels = [label_point(row["area"], fallback=row["point"]) if row["kind"] == 0 else None for row in rows]
    search = [keys(row["name"]) for row in rows]
    return {
        "kind": "".join(str(row["kind"]) for row in rows),
        "code": [row["code"] for row in rows],
        "name": [block.text(row["name"]) for row in rows],
        "short": [block.text(short_name(row["name"])) for row in rows],
        "type": [block.text(_type_label(row)) for row in rows],
        "town": [block.units.get(("township", str(row["parent"])), -1) for row in rows],
        "plan": "".join(str(int(row["plan"])) for row in rows),
        "schematic": "".join(str(int(row["schematic"])) for row in rows),
        "x": [None if point is None else quantise(point[0]) for point in points],
        "y": [None if point is None else quantise(point[1]) for point in points],
        "labels": [None if at is None else [quantise(at[0]), quantise(at[1])] for at in labels],
        "shapes": [rings(row["area"]) for row in rows],
        "population": [_integer(row["population"]) for row in rows],
        "pinyin": [full for full, _ in search],
        "initials": [initials for _, initials in search],
    }


def short_name(name: str) -> str:
    """The name as written on the map: without its administrative ending."""
    for ending, short in LABEL_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending) + short
    return name


def _type_label(row: Mapping[str, Any]) -> str | None:
    layer = {0: "townships", 1: "villages", 2: "schools", 3: "bases"}.get(row["kind"])
    if layer is None or row["type"] is None:
        return None
    column = "stage" if layer == "schools" else "kind"
    kind = str(row["type"])
    return LAYERS[layer].column(column).choices.get(kind, kind)


def _task(block: Block, task: Mapping[str, Any], measures: Mapping[str, str]) -> dict[str, Any]:
    plain = ("no", "title", "section", "requirement", "lead", "cooperating", "kind", "state")
    out = {key: task[key] for key in plain if key in task}
    return {**out, "rules": [_rule(block, rule, measures) for rule in task["rules"]]}


def _rule(block: Block, rule: Mapping[str, Any], measures: Mapping[str, str]) -> dict[str, Any]:
    plain = ("id", "requirement", "unit", "threshold", "value", "state")
    found = rule["findings"]
    out = {key: rule.get(key) for key in plain}
    out["measure"] = measures.get(rule["id"], "share")
    out["counts"] = [rule["units"][key] for key in COUNTS]
    out["sharing"] = any(finding.get("sharing") for finding in found)
    out["unitNo"] = [_unit_number(block, rule["unit"], finding) for finding in found]
    out["states"] = "".join(str(palette.STATE_CODE[shown_state(finding)]) for finding in found)
    out["reasons"] = [block.text(finding.get("reason") or None) for finding in found]
    out["sources"] = [block.source(_sources(finding)) for finding in found]
    for key, name in (("last_change", "changed"), ("due", "due")):
        if any(finding.get(key) for finding in found):
            out[name] = [block.text(finding.get(key)) for finding in found]
    if any(finding.get("readings") for finding in found):
        out["readings"] = [_readings(finding.get("readings") or {}) for finding in found]
    return out


def _sources(finding: Mapping[str, Any]) -> list[tuple[object, object, object, object]]:
    return [(e.get("file"), e.get("sheet"), e.get("row"), e.get("batch")) for e in finding.get("evidence") or ()]


def _readings(readings: Mapping[str, str]) -> str:
    names = ("since_last_change", "largest_interval", "changes_in_year")
    return "".join(str(palette.STATE_CODE.get(readings.get(name, "unknown"), 0)) for name in names)


def _unit_number(block: Block, kind: str, finding: Mapping[str, Any]) -> int:
    """Position of the finding's unit; -1 when no layer holds it."""
    return block.units.get((kind, str(finding["unit_code"])), -1)


def _facilities(block: Block, name: str, table: gpd.GeoDataFrame) -> dict[str, Any]:
    layer = LAYERS[name]
    columns = [column for column in layer.public_columns if (name, column.name) in SHOWN_COLUMNS]
    no_links: list[tuple[str, ...]] = [()] * len(table)
    links = table[layer.links].tolist() if layer.links else no_links
    sources = zip(*(table[key].tolist() for key in ("file", "sheet", "row", "batch")), strict=True)
    return {
        "name": name,
        "label": layer.label,
        "id": [str(value) for value in table["id"]],
        "title": [block.text(value or layer.label) for value in table["name"]],
        "unit": [_at(block, code) for code in table["unit_code"]],
        "x": _quantised(table.geometry.x),
        "y": _quantised(table.geometry.y),
        "placed": "".join(_PLACED[value] for value in table["placed"]),
        "state": "".join(map(str, _facility_states(name, table))),
        "links": [[_at(block, code) for code in codes or ()] for codes in links],
        **variants.of(name, table),
        "sources": [block.source([source]) if source[0] is not None else -1 for source in sources],
        "columns": [{"label": column.label, "values": _cells(block, column, table[column.name])} for column in columns],
    }


def _cells(block: Block, column: Column, values: pd.Series) -> list[int]:
    """Numbers of a column's texts; values repeat, so each is worded once."""
    known: dict[object, int] = {}
    out = []
    for value in values.tolist():
        key = tuple(value) if isinstance(value, list) else value
        if key not in known:
            known[key] = block.text(cell_text(column, value))
        out.append(known[key])
    return out


_PLACED: Final = {"own": "1", "unit": "0", "none": "2"}


def _quantised(degrees: pd.Series) -> list[int | None]:
    return [None if value != value else quantise(value) for value in degrees.tolist()]


def _at(block: Block, code: object) -> int:
    key = str(code)
    return block.units.get(("village", key), block.units.get(("township", key), -1))


def _facility_states(name: str, table: pd.DataFrame) -> list[int]:
    """Indexes into the layer's own legend: boards by freshness, the rest 0 yes, 1 no, 2 unknown."""
    if name == "boards":
        return [palette.FRESHNESS_CODE[value] for value in table["freshness"]]
    flag = {"schools": "lab", "associations": "registered", "organisations": "leader"}.get(name)
    if flag is None:
        return [0] * len(table)
    return [2 if value is None or value is pd.NA else 0 if value else 1 for value in table[flag]]


def _columns(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def _integer(value: object) -> int | None:
    return None if value is None or value is pd.NA or value != value else int(str(value).removesuffix(".0"))
