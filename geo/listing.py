"""Read a row of a facility list: one record, or a "none" of its unit where its name says so (无, 0, -, /)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.cells import is_blank
from geo.rows import month_only
from geo.vocabulary import YES_OR_NO, flags, plain, puts_off, says_none

if TYPE_CHECKING:
    from geo.rows import Row
    from geo.schema import Column, Layer

    Record = dict[str, Any]

_COMMUNICATORS = "communicators"


def read_listing(row: Row, layer: Layer) -> None:
    """Read a row into the harvest. A row that names a unit and nothing else reports nothing: it is unknown."""
    unit = row.ground.gazetteer.place_code if layer.role == "figure" else row.unit(layer.blank_village)
    if layer.role == "facility":
        _refuse_put_off(row, layer)
    if _denies(row, layer):
        _refuse_more_said(row, layer)
        if unit is not None and not row.failed:
            _report_none(row, layer, unit)
        return
    record = _record(row, layer, unit)
    if row.failed or unit is None:
        return
    if layer.role == "base" and not _fits_base(row, layer, unit):
        return
    if unit != row.ground.gazetteer.place_code:
        row.harvest.cover(layer.name, unit, row.header)
    if not _says_something(layer, record):
        row.harvest.blank.append({"layer": layer.name, "unit_code": unit, **row.source})
    elif layer.name == _COMMUNICATORS and record["count"] == 0:
        row.harvest.none.append({"layer": layer.name, "unit_code": unit, **row.source})
    else:
        row.harvest.records.setdefault(layer.name, []).append(record)


def _denies(row: Row, layer: Layer) -> bool:
    """Say whether the row reports that its unit has none."""
    named = ["name", "person"] if layer.name == _COMMUNICATORS else ["name"]
    texts = [row.text(name) for name in named if name in row.fields]
    return layer.role == "facility" and any(says_none(text) or flags().get(plain(text)) is False for text in texts)


def _refuse_put_off(row: Row, layer: Layer) -> None:
    """Refuse a word in place of a name that puts the matter off (待建, 在建, 不详): neither none nor a facility."""
    if puts_off(row.text("name")):
        row.refuse("name-doubtful", "name", f"看不出有没有{layer.label}", "有的请写名称，没有的请填“无”")


def _refuse_more_said(row: Row, layer: Layer) -> None:
    """Refuse a row that says none in its name and then describes one: "-" may only mean that it has no name."""
    described = [c for c in layer.columns if not c.private and c.name in row.fields]
    said = [c.label for c in described if not is_blank(row.cell(c.name)) and not says_none(row.text(c.name))]
    if said:
        told = f"名称栏报“无”，却又填了{'、'.join(f'“{label}”' for label in said)}"
        row.refuse("none-and-some", "name", told, "没有的请清空其余各列；有的请写名称")


def _report_none(row: Row, layer: Layer, unit: str) -> None:
    if unit != row.ground.gazetteer.place_code:
        row.harvest.cover(layer.name, unit, row.header)
    row.harvest.none.append({"layer": layer.name, "unit_code": unit, **row.source})


def _name(row: Row, layer: Layer) -> str | None:
    """Return the name; a bare yes (有, √) in its place tells of a facility and names it by its layer."""
    text = row.text("name")
    return layer.label if layer.role == "facility" and flags().get(plain(text)) else text or None


def _record(row: Row, layer: Layer, unit: str | None) -> Record:
    record: Record = {"unit_code": unit, "name": _name(row, layer), "id": row.text("id") or None, **row.source}
    for column in layer.columns:
        if column.kind == "codes":
            record[column.name] = row.units(column.name, unit)
        elif column.name in row.fields and not _apart(column):
            declared = _declared(row, layer, column)
            record[column.name] = row.value(column, layer.name) if declared is None else declared
            if column.required and is_blank(row.cell(column.name)):
                row.refuse("cell-required", column.name, f"“{column.label}”不能为空", "请填写")
    if layer.name == "boards":
        record |= row.updates("updates", "last_update")
    if layer.name == _COMMUNICATORS:
        record |= _people(row, record)
    return record | _told_in_words(row, layer) | month_only(layer, record) | row.position(layer, unit)


def _apart(column: Column) -> bool:
    """Say whether a column isn't read from one cell of its own."""
    return column.derived or column.kind == "dates" or column.name == "township_code"


def _declared(row: Row, layer: Layer, column: Column) -> float | None:
    """Read a declaration among the figures (是, 已完成, 否) as the 1 or 0 that it stands for; None where it is none."""
    if layer.role != "figure" or column.name != "value":
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
    if count is None and (person or record.get("phone")):
        count = 1
    return {"name": None, "person": person, "count": count}


def _says_something(layer: Layer, record: Record) -> bool:
    if layer.role == "figure":  # the task and the item only name what is asked for
        return any(record.get(name) is not None for name in ("value", "evidence"))
    own = [c.name for c in layer.columns if c.kind != "codes" and not c.derived]
    return any(record.get(name) is not None for name in ("name", "geometry", *own))


def _fits_base(row: Row, layer: Layer, unit: str) -> bool:
    known = row.ground.gazetteer
    if unit in (known.villages if layer.name == "villages" else known.townships):
        return True
    row.refuse("unit-level", "unit_code", f"这一行不是{layer.label}一级的单位", "请核对代码")
    return False
