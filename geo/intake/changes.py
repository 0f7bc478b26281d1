"""What an import changes of what is stored: how many facilities are new, changed, the same, or no longer listed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from geo.admin.gazetteer import township_of
from geo.intake.identity import rejoin
from geo.intake.likeness import NAMED
from geo.periods import closed
from geo.schema import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from geo.layers import Layers

    Record = Mapping[str, Any]
    Pairs = dict[str, list[tuple[str, Record, Record | None]]]

_SAME_DEGREES = 1e-6
"""About a decimetre."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Of one layer. `gone`: stored facilities that a list called complete lacks; they go on counting."""

    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the numbers with the names that the API uses."""
        return asdict(self)


def paired(records: Mapping[str, Sequence[Record]], stored: Layers) -> Pairs:
    """Return by layer what a file brings: the key that each record is or would be stored by, it, and the stored row."""
    found: Pairs = {}
    for name, told in records.items():
        before = _by_id(stored, name) if told else {}
        found[name] = [(key, record, before.get(key)) for key, record in _known_as(name, told, before)]
    return found


def changes_of(pairs: Pairs, gone: Mapping[str, int]) -> dict[str, Changes]:
    """Compare what a file brings with what is stored, layer by layer. A blank changes nothing."""
    found = {}
    for name in dict.fromkeys([*pairs, *gone]):
        counts = {"new": 0, "changed": 0, "same": 0}
        for _, record, old in pairs.get(name, ()):
            counts["new" if old is None else "changed" if _differs(name, record, old) else "same"] += 1
        found[name] = Changes(**counts, gone=gone.get(name, 0))
    return found


def lacking(
    pairs: Pairs,
    none: Sequence[Record],
    lists: Sequence[Record],
    stored: Layers,
    place_code: str,
    day: date,
) -> Iterator[tuple[Record, Record]]:
    """Yield (list, stored facility) of the facilities that lists of a day, called complete, neither hold nor deny.

    What closed by that day isn't missed.
    """
    known: dict[str, set[str]] = {}
    for said in lists:
        layer, scope = said["layer"], said["scope_code"]
        told = pairs.get(layer, ())
        told_of = {r["unit_code"] for r in (*(r for _, r, _ in told), *(r for r in none if r["layer"] == layer))}
        if layer not in known:
            known[layer] = {number for key, record, _ in told for number in (key, record["id"])}
        ids = known[layer]
        there = stored[layer][~closed(stored[layer], LAYERS[layer], day)]
        for row in there[["id", "unit_code", "name", "batch"]].to_dict("records"):
            unit = str(row["unit_code"])
            inside = scope in (place_code, township_of(unit))
            if inside and row["id"] not in ids and unit not in told_of:
                yield said, {str(key): value for key, value in row.items()}


def _by_id(stored: Layers, name: str) -> dict[str, Record]:
    table = pd.DataFrame(stored[name])
    rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return {str(row["code" if LAYERS[name].role == "base" else "id"]): row for row in rows}


def _known_as(name: str, records: Sequence[Record], before: Mapping[str, Record]) -> Iterator[tuple[str, Record]]:
    """Yield each record with the key of the stored row that it would join, or its own."""
    layer = LAYERS[name]
    if layer.role == "base":
        yield from ((record["unit_code"], record) for record in records)
        return
    if not before or (layer.city_wide and name not in NAMED):
        yield from ((record["id"], record) for record in records)
        return
    old = [_identity(key, row, -1) for key, row in before.items()]
    new = [_identity(record["id"], record, at) for at, record in enumerate(records)]
    for row in rejoin(name, [*old, *new], lambda row: row["at"] >= 0):
        if row["at"] >= 0:
            yield row["id"], records[row["at"]]


def _identity(key: str, row: Record, at: int) -> dict[str, Any]:
    """What tells a facility from another (`geo.intake.identity.rejoin`)."""
    told = {column: _value(row.get(column)) for column in ("unit_code", "name", "date", "month_only")}
    return {"id": key, "at": at, **told}


def _differs(name: str, record: Record, old: Record) -> bool:
    """Say whether a record tells anything that the stored row doesn't."""
    layer = LAYERS[name]
    columns = ["name", *(c.name for c in layer.public_columns if not c.derived)]
    if layer.role != "base" and record["unit_code"] != old["unit_code"]:
        return True
    if any(_new(record.get(column), old.get(column)) for column in columns):
        return True
    point, known = record.get("geometry"), old.get("geometry")
    return (
        point is not None
        and layer.role != "base"
        and (known is None or not shapely.equals_exact(point, known, tolerance=_SAME_DEGREES))
    )


def _new(told: object, known: object) -> bool:
    told, known = _value(told), _value(known)
    if told in (None, ""):
        return False
    if isinstance(told, tuple):
        return not set(told) <= set(known if isinstance(known, tuple) else ())
    if isinstance(told, float) and isinstance(known, float | int):
        return not math.isclose(told, known, rel_tol=1e-9)
    return told != known


def _value(value: Any) -> Any:
    """A value as a plain one; blanks as None, days as dates."""
    if isinstance(value, tuple | list):
        return tuple(value)
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
