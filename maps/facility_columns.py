"""One layer of facilities or activities, column by column: place, unit, symbol, links, source and card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.periods import has_closings
from geo.schema import LAYERS
from maps import variants
from maps.datablock import Block, digits, integers_of, texts_of
from maps.geometry import quantise
from maps.layers import board_codes
from maps.texts import SHOWN_COLUMNS, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from geo.schema import Column
    from maps.unit_columns import Placement

_FLAGS: Final = {"schools": "lab", "associations": "registered", "organisations": "leader"}
_YES, _NO, _UNKNOWN = range(3)


def columns(
    block: Block, name: str, table: pd.DataFrame, placed: Placement, of_unit: list[int], *, as_of: date, months: int
) -> dict[str, Any]:
    """The layer's columns; ``placed`` and ``of_unit`` say where each row is drawn and whose it is."""
    layer = LAYERS[name]
    shown = [column for column in layer.public_columns if (name, column.name) in SHOWN_COLUMNS]
    if not has_closings(table, layer):
        shown = [column for column in shown if column.name != layer.ends]
    lon, lat, came_by = placed
    return {
        "name": name,
        "label": layer.label,
        "id": list(map(str, table["id"].to_list())),
        "title": block.texts([title or layer.label for title in texts_of(table["name"])]),
        "unit": of_unit,
        "x": quantise(lon),
        "y": quantise(lat),
        "placed": digits(came_by),
        "state": digits(_states(name, table, as_of=as_of, months=months)),
        "links": _links(block, table[layer.links].to_list()) if layer.links else [[] for _ in of_unit],
        **variants.of(name, table),
        "sources": _sources(block, table),
        "columns": [{"label": column.label, "values": _cells(block, column, table[column.name])} for column in shown],
    }


def _links(block: Block, links: Iterable[tuple[str, ...] | None]) -> list[list[int]]:
    units = block.units["township"] | block.units["village"]
    return [[units.get(code, -1) for code in codes] if codes else [] for codes in links]


def _sources(block: Block, table: pd.DataFrame) -> list[int]:
    files, sheets = texts_of(table["file"]), texts_of(table["sheet"])
    rows, batches = integers_of(table["row"]), integers_of(table["batch"])
    found = zip(files, sheets, rows, batches, strict=True)
    known = [source for source in found if source[0] is not None]
    numbers = iter(block.source_sets((source,) for source in known))
    return [-1 if file is None else next(numbers) for file in files]


def _states(name: str, table: pd.DataFrame, *, as_of: date, months: int) -> NDArray[np.int8]:
    """Indexes into the layer's own legend: boards by freshness, the rest 0 yes, 1 no, 2 unknown."""
    if name == "boards":
        return board_codes(table, as_of=as_of, months=months)[1]
    if name not in _FLAGS:
        return np.zeros(len(table), dtype=np.int8)
    told = table[_FLAGS[name]].to_numpy(np.int8, na_value=_UNKNOWN)
    states: NDArray[np.int8] = np.array([_NO, _YES, _UNKNOWN], dtype=np.int8)[told]
    return states


def _cells(block: Block, column: Column, values: pd.Series) -> list[int]:
    """Numbers of a column's texts; values repeat, so each is worded once."""
    told = values.to_list()
    known = {value: cell_text(column, value) for value in set(told)}
    return block.texts([known[value] for value in told])
