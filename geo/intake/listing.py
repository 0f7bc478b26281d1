"""Read a row of a facility list: one record, or a "none" of its unit where its name says so (无, 0, -, /)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from geo.intake.placing import position_of
from geo.intake.private_texts import keep_private
from geo.intake.rows import months_told
from geo.intake.times import contradict_times
from geo.intake.told_changes import changes_told
from geo.schema import layer_named
from geo.words.cells import is_blank
from geo.words.denials import said_of, said_of_person
from geo.words.descriptions import affirms
from geo.words.vocabulary import PRESENCE, YES_OR_NO, column_of, flags, plain, says_none

if TYPE_CHECKING:
    from geo.intake.rows import Row
    from geo.schema import Column, Layer
    from geo.words.denials import Said

    Record = dict[str, Any]

_COMMUNICATORS = "communicators"


def read_listing(row: Row, layer: Layer) -> None:
    """Read a row into the harvest. A row that names a unit and nothing else reports nothing: it is unknown."""
    unit = row.ground.gazetteer.place_code if layer.role == "figure" else row.unit(layer.blank_village)
    said = _said(row, layer) if layer.role == "facility" else "name"
    if said == "none":
        _refuse_more_said(row, layer)
        if unit is not None and not row.failed:
            _report_none(row, layer, unit)
        return
    record = _record(row, layer, unit)
    if row.failed or unit is None:
        return
    if layer.role == "base" and not _fits_base(row, layer, unit):
        return
    _cover(row, layer, unit)
    said_of_it = _says(layer, record)
    if said_of_it is False:
        row.refuse(
            "none-or-lacking", "name", f"这一行只填了“无”或0，看不出是没有{layer.label}，还是有而缺这些",
            "没有的请在名称栏填“无”；有的请写名称",
        )  # fmt: skip
    elif said_of_it is None:
        row.harvest.blank.append({"layer": layer.name, "unit_code": unit, **row.source})
    elif layer.name == _COMMUNICATORS and record["count"] == 0:
        row.harvest.none.append({"layer": layer.name, "unit_code": unit, **row.source})
    else:
        row.harvest.records.setdefault(layer.name, []).append(record)


def _said(row: Row, layer: Layer) -> Said:
    """Say what stands in place of a name, a person or a presence: something, "none", or a doubt, which is refused."""
    told: list[tuple[str, Said]] = []
    if text := row.text("name"):
        told.append(("name", said_of(text, layer.name)))
    if layer.name == _COMMUNICATORS and (text := row.text("person")):
        told.append(("person", said_of_person(text)))
    if text := row.text(PRESENCE):
        there = affirms(text)
        told.append((PRESENCE, "doubtful" if there is None else "name" if there else "none"))
    if all(said == "name" for _, said in told):
        return "name"
    for column, said in told:
        if said == "doubtful":
            row.refuse("name-doubtful", column, f"看不出有没有{layer.label}", "有的请写名称，没有的请填“无”")
    if {"name", "none"} <= {said for _, said in told}:
        row.refuse("none-and-some", told[0][0], f"一处说没有{layer.label}，一处又说有", "请核对后改正")
    return "none" if all(said == "none" for _, said in told) else "name"


def _refuse_more_said(row: Row, layer: Layer) -> None:
    """Refuse a row that says none in its name and then describes one: "-" may only mean that it has no name."""
    described = [c for c in layer.columns if not c.private and c.name in row.fields]
    said = [c.label for c in described if not is_blank(row.cell(c.name)) and not says_none(row.text(c.name))]
    if said:
        told = f"名称栏报“无”，却又填了{'、'.join(f'“{label}”' for label in said)}"
        row.refuse("none-and-some", "name", told, "没有的请清空其余各列；有的请写名称")


def _report_none(row: Row, layer: Layer, unit: str) -> None:
    _cover(row, layer, unit)
    row.harvest.none.append({"layer": layer.name, "unit_code": unit, **row.source})


def _cover(row: Row, layer: Layer, unit: str) -> None:
    if unit not in row.memory.covered and unit != row.ground.gazetteer.place_code:
        row.harvest.cover(layer.name, unit, row.header)
        row.memory.covered.add(unit)


def _name(row: Row, layer: Layer) -> str | None:
    """Return the name; a bare yes (有, √) in its place, or that there is one, names a facility by its layer."""
    text = row.text("name")
    if not text and row.text(PRESENCE):
        return layer.label
    return layer.label if layer.role == "facility" and flags().get(plain(text)) else text or None


def _record(row: Row, layer: Layer, unit: str | None) -> Record:
    record: Record = {"unit_code": unit, "name": _name(row, layer), "id": row.text("id") or None, **row.source}
    for column in _columns(row, layer):
        if column.kind == "codes":
            record[column.name] = row.units(column.name, unit) if column.name in row.fields else None
        else:
            declared = _declared(row, layer, column) if layer.role == "figure" else None
            record[column.name] = row.value(column, layer.name) if declared is None else declared
            if column.required and is_blank(row.cell(column.name)):
                row.refuse("cell-required", column.name, f"“{column.label}”不能为空", "请填写")
    if layer.name == "boards":
        record |= changes_told(row, "updates", "last_update")
    if layer.name == _COMMUNICATORS:
        record |= _people(row, record)
    contradict_times(row, layer, record)
    record |= _told_in_words(row, layer)
    record |= months_told(layer, record)
    record |= position_of(row, layer, unit)
    keep_private(row, layer, record)
    return record


def _columns(row: Row, layer: Layer) -> tuple[Column, ...]:
    """Return a layer's columns that are read from one cell of the row, and its lists of units."""
    if layer.name not in row.memory.columns:
        row.memory.columns[layer.name] = tuple(
            column for column in layer.columns
            if column.kind == "codes" or (column.name in row.fields and not _apart(column))
        )  # fmt: skip
    return row.memory.columns[layer.name]


def _apart(column: Column) -> bool:
    """Say whether a column isn't read from one cell of its own."""
    return column.derived or column.kind == "dates" or column.name == "township_code"


def _declared(row: Row, layer: Layer, column: Column) -> float | None:
    """Read a declaration among the figures (是, 已完成, 否) as the 1 or 0 that it stands for; None where it is none."""
    if column.name != "value":
        return None
    said = flags().get(plain(row.text("value")))
    return None if said is None else float(said)


def _told_in_words(row: Row, layer: Layer) -> Record:
    """Mark a figure told as a yes (有, 已完成): it is no number of anything."""
    text = plain(row.text("value")) if layer.role == "figure" else ""
    return {"unit_of_measure": YES_OR_NO} if flags().get(text) and not text.isdigit() else {}


def _people(row: Row, record: Record) -> Record:
    """Keep a communicator's name private, and count a row that names somebody as one."""
    person = record.get("person") or record["name"]
    count = record.get("count")
    if person and count == 0:
        row.refuse("none-and-some", "count", "填了姓名，人数却是0", "请核对后改正")
    if count is None and (person or (record.get("phone") and _under_own_header(row, "phone"))):
        count = 1
    return {"name": None, "person": person, "count": count}


def _under_own_header(row: Row, name: str) -> bool:
    """Say whether a column was known by its header: numbers under another, or none, may be anybody's."""
    return column_of(row.fields[name].header, "")[0] == name


def _says(layer: Layer, record: Record) -> bool | None:
    """Say whether a record tells of something (True), only of what is lacking (False), or of nothing (None)."""
    if layer.role == "figure":  # the task and the item only name what is asked for
        return True if any(record.get(name) is not None for name in ("value", "evidence")) else None
    if layer.role != "facility" or layer.name == _COMMUNICATORS:
        lacking: tuple[object, ...] = ()
    else:
        lacking = (0, False, (), "none")
    told = None
    for name in _telling(layer.name):
        value = record.get(name)
        if value is not None:
            told = not _among(value, lacking)
            if told:
                break
    return told


@cache
def _telling(layer: str) -> tuple[str, ...]:
    """Return what of a layer's records may tell that there is something, the name first; a telephone doesn't."""
    own = (c.name for c in layer_named(layer).columns if c.kind != "codes" and not c.derived and c.name != "phone")
    return "name", "geometry", *own


def _among(value: object, some: tuple[object, ...]) -> bool:
    return isinstance(value, bool | int | float | str | tuple) and value in some


def _fits_base(row: Row, layer: Layer, unit: str) -> bool:
    known = row.ground.gazetteer
    if unit in (known.villages if layer.name == "villages" else known.townships):
        return True
    row.refuse("unit-level", "unit_code", f"这一行不是{layer.label}一级的单位", "请核对代码")
    return False
