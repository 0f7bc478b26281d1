"""Read a row of a ledger: one unit with several layers, each cell a record, a "none", or unknown when blank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.intake.coordinates import columns_of
from geo.intake.placing import position_of
from geo.intake.private_texts import keep_private
from geo.intake.rows import months_told
from geo.intake.times import contradict_times
from geo.intake.told_changes import changes_told
from geo.schema import layer_named
from geo.words.cells import is_blank, read_flag, read_headcount
from geo.words.vocabulary import JOINT, catalogue, choices_of, column_of, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.intake.columns import Field
    from geo.intake.rows import Row
    from geo.schema import Layer

    Record = dict[str, Any]

_COMMUNICATORS = "communicators"
_PLACED = ("stations", "boards")


def placed_layer(fields: Mapping[str, Field]) -> str | None:
    """Return the layer whose facilities a ledger's coordinates place; None where that may be several, or the unit.

    It is the group that their title names (科普活动站·经度), else the one group of facilities that have a place.
    """
    at = next((fields[name] for name in (*columns_of(fields), "position") if name in fields), None)
    if at is None:
        return None
    titles = [title for title in at.header.split(JOINT)[:-1] if column_of(title, "")[0] != "position"]
    groups = catalogue()["ledger_groups"].items()
    named = {layer for title in titles for layer, names in groups if plain(title) in map(plain, names)}
    there = {name for name in _PLACED if any(field.startswith(f"{name}.") for field in fields)}
    if titles:
        return named.pop() if len(named) == 1 and named <= there else None
    return there.pop() if len(there) == 1 else None


def read_ledger(row: Row) -> None:
    """Read a row into the harvest, layer by layer."""
    unit = row.unit("ask")
    if unit is None:
        return
    for name in dict.fromkeys(field.split(".")[0] for field in row.fields if "." in field):
        _read_layer(row, layer_named(name), unit)


def _read_layer(row: Row, layer: Layer, unit: str) -> None:
    record = _record(row, layer, unit)
    there = _presence(row, layer, record)
    if there is False and _only_closed(layer, record):
        there = True  # none any more: it closed on a day that is told
    if there is False and _implied(layer, record):
        row.refuse("none-and-some", _key(layer), f"报“无”，却又填了{layer.label}的内容", "请核对后改正")
    if there and row.placed is not None and layer.name == placed_layer(row.fields):
        record |= position_of(row, layer, unit)
    if row.failed:
        return
    row.harvest.cover(layer.name, unit, row.header)
    if there:
        row.harvest.records.setdefault(layer.name, []).append(record)
        return
    said = row.harvest.blank if there is None else row.harvest.none
    said.append({"layer": layer.name, "unit_code": unit, **row.source})


def _record(row: Row, layer: Layer, unit: str) -> Record:
    record: Record = {"unit_code": unit, "name": row.text(f"{layer.name}.name") or None, **row.source}
    for column in layer.columns:
        key = f"{layer.name}.{column.name}"
        if key not in row.fields or column.kind == "dates" or layer.name == _COMMUNICATORS:
            continue
        record[column.name] = row.units(key, unit) if column.kind == "codes" else row.value(column, layer.name, key=key)
    if layer.name == "boards":
        record |= changes_told(row, "boards.updates", "boards.last_update")
    keep_private(row, layer, record, ledger=True)
    contradict_times(row, layer, record, ledger=True)
    return record | months_told(layer, record)


def _presence(row: Row, layer: Layer, record: Record) -> bool | None:
    """Say whether the unit has one: yes, none, or (blank) unknown. 共用, 专用 and names are yes.

    Where the presence cell is blank, or the table has none, but another of the layer's
    columns says what there is (an area, a change of content), there is one.
    """
    key = _key(layer)
    if is_blank(row.cell(key)):
        return True if _implied(layer, record) else None
    try:
        if layer.name == _COMMUNICATORS:
            record["count"] = read_headcount(row.cell(key))
            return bool(record["count"])
        sharing = choices_of("sharing", layer.name).get(plain(row.text(key)))
        if sharing and any(column.name == "sharing" for column in layer.columns):
            record["sharing"] = sharing
            return True
        there = read_flag(row.cell(key), descriptive=True)
        if there and any(column.name == "sharing" for column in layer.columns):
            record |= sharing_told(row.text(key), layer.name)
        return there
    except ValueError as problem:
        row.refuse_cell("cell-flag", key, problem)
        return None


def sharing_told(text: str, layer: str) -> Record:
    """Return `sharing` where a description tells it (与庙工村共用, 有(专用)); nothing where it tells none, or both."""
    found = {value for word, value in choices_of("sharing", layer).items() if word in plain(text)}
    return {"sharing": found.pop()} if len(found) == 1 else {}


def _key(layer: Layer) -> str:
    return f"{layer.name}.{'count' if layer.name == _COMMUNICATORS else 'presence'}"


def _only_closed(layer: Layer, record: Record) -> bool:
    told = {column.name for column in layer.columns if record.get(column.name) and not column.derived}
    return layer.ends is not None and told == {layer.ends}


def _implied(layer: Layer, record: Record) -> bool:
    return any(bool(record.get(column.name)) for column in layer.columns if not column.derived)
