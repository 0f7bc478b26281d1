"""What a reader asks of the list of gaps: all of it stands in the address."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

from api.views.gaps import FilterState
from geo.tables import GAP_STATES

Level = Literal["city", "township", "village", "school", "base"]
Taken = Literal["yes", "done", "no"]
Window = Literal["30", "60"]
Column = Literal["unit", "township", "state", "since", "task", "comes", "taken"]
Order = Literal["asc", "desc"]

_ALL: Final = ("not_met", "unknown", "met")


@dataclass(frozen=True)
class GapQuery:
    """Filters, order and page; None lets all pass. `map`: the map stands beside the list."""

    township: str | None = None
    rule: str | None = None
    state: FilterState | None = None
    task: int | None = None
    level: Level | None = None
    taken: Taken | None = None
    due: Window | None = None
    q: str | None = None
    sort: Column | None = None
    order: Order | None = None
    map: Literal["1"] | None = None
    page: int | None = None

    def of(self, township: str | None) -> GapQuery:
        """The same of one township."""
        return replace(self, township=township)

    @property
    def states(self) -> tuple[str, ...]:
        """The states to list: the gaps, or all where it is asked what comes."""
        if self.state is not None:
            return (self.state,)
        return GAP_STATES if self.due is None else _ALL

    @property
    def days(self) -> int | None:
        """How far ahead to look."""
        return None if self.due is None else int(self.due)

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered at all."""
        return self.filters() != {}

    def filters(self) -> dict[str, Any]:
        """What narrows the list."""
        return {name: value for name, value in self.fields().items() if name not in ("sort", "order", "map", "page")}

    def fields(self, **changes: Any) -> dict[str, Any]:
        """The query of an address; a change of anything but the page begins at the first page again."""
        changed = replace(self, **{"page": None, **changes})
        told = {field.name: getattr(changed, field.name) for field in fields(changed)}
        return {name: value for name, value in told.items() if value is not None}

    def sorted_by(self, column: Column) -> dict[str, Any]:
        """The query that sorts by a column; of the sorted one, the other way round."""
        turned = self.sort == column and self.order != "desc"
        return self.fields(sort=column, order="desc" if turned else None)

    def direction(self, column: Column) -> str | None:
        """How a column is sorted, in the words of ARIA; None where it isn't."""
        if self.sort != column:
            return None
        return "descending" if self.order == "desc" else "ascending"
