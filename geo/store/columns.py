"""Reports of a layer as columns: many rows without an object for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.object_]
    Places = NDArray[np.intp]


@dataclass(frozen=True)
class Columns:
    """Rows by column; blanks are None. `size`: how many rows."""

    values: Mapping[str, Values]
    size: int

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]], names: Sequence[str]) -> Columns:
        """Turn rows into columns."""
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return cls({name: as_values(column, len(rows)) for name, column in zip(names, columns, strict=True)}, len(rows))

    @classmethod
    def of_records(cls, records: Sequence[Mapping[str, Any]], names: Iterable[str]) -> Columns:
        """Turn records, which have each of the columns, into them."""
        n = len(records)
        return cls({name: as_values((record[name] for record in records), n) for name in names}, n)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.size

    def __getitem__(self, name: str) -> Values:
        """Return a column."""
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is a column of this name."""
        return name in self.values

    def take(self, at: Places | NDArray[np.bool_]) -> Columns:
        """Return some of the rows, by their places or by a mark on each."""
        size = int(np.count_nonzero(at)) if at.dtype == bool else len(at)
        return Columns({name: values[at] for name, values in self.values.items()}, size)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows one by one."""
        names = list(self.values)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.values.values(), strict=True)]

    def __add__(self, other: Columns) -> Columns:
        """Return the rows of both."""
        if not len(self) or not len(other):
            return self if len(self) else other
        joined = {name: np.concatenate((values, other[name])) for name, values in self.values.items()}
        return Columns(joined, self.size + other.size)

    def in_order_of_id(self) -> Columns:
        """Return the rows in order of id, of one id in order of unit, of one unit as they stood."""
        keys = list(zip(self["id"].tolist(), self["unit_code"].tolist(), strict=True))
        return self.take(np.array(sorted(range(self.size), key=keys.__getitem__), dtype=np.intp))


def as_values(values: Iterable[Any], count: int) -> Values:
    """Return values as an array of objects; lists and tuples stay what they are."""
    return np.fromiter(values, dtype=object, count=count)


def blanks(values: Values) -> NDArray[np.bool_]:
    """Say which values are None."""
    return np.fromiter((value is None for value in values), dtype=bool, count=len(values))
