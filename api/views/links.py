"""Addresses of our own pages, each carrying the days that the reader chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """Addresses that keep `as_of` and `known_on`; None stands for today and for now, and is left out."""

    as_of: date | None = None
    known_on: date | None = None

    def overview(self, township: str | None = None, rule: str | None = None) -> str:
        """The overview, of the whole place or of a township, with a rule on the map."""
        return self._to("/", township=township, rule=rule)

    def brief(self, township: str | None = None) -> str:
        """The overview on one sheet."""
        return self._to("/brief", township=township)

    def map(self, township: str | None = None) -> str:
        """The whole map, or opened on a township."""
        return self._to("/map", township=township)

    def unit(self, code: str) -> str:
        """A unit's page."""
        return self._to(f"/units/{quote(code, safe='')}")

    def edit(self, code: str, layer: str, number: str | None = None, *, none: bool = False) -> str:
        """The form for one facility of a unit: a new one, the one of an id, or that there is none."""
        return self._to(f"/edit/{quote(code, safe='')}", layer=layer, id=number, none=1 if none else None)

    def gaps(
        self, township: str | None = None, rule: str | None = None, state: str | None = None, page: int | None = None
    ) -> str:
        """The list of gaps, filtered."""
        return self._to("/gaps", township=township, rule=rule, state=state, page=page)

    def figures(self, task: int | None = None) -> str:
        """The page of all tasks, or of the figures and declarations of one."""
        return self._to("/figures" if task is None else f"/figures/{task}")

    def gap_list(self, query: Mapping[str, Any], ending: str = "") -> str:
        """The list of gaps by all that can be asked of it (`api.views.gap_query`); as a file by its ending."""
        return self._to(f"/gaps{ending}", **query)

    def map_of(self, rule: str, unit: str) -> str:
        """The map, opened on a unit under a rule."""
        return f"{self._to('/map')}#{urlencode({'rule': rule, 'unit': unit})}"

    def siting(self, query: Mapping[str, Any]) -> str:
        """Where to build, by all that can be asked (`api.views.siting_query`)."""
        return self._to("/siting", **query)

    def scenarios(self, names: Sequence[str] = (), **query: object) -> str:
        """Kept scenarios, those named side by side."""
        return self._to("/siting/scenarios", name=tuple(names) or None, **query)

    def scenarios_do(self, what: str) -> str:
        """Where a form about a kept scenario goes."""
        return self._to(f"/siting/scenarios/{what}")

    def _to(self, path: str, **query: object) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        chosen = {"as_of": self.as_of, "known_on": self.known_on}
        given |= {name: day.isoformat() for name, day in chosen.items() if day is not None}
        return f"{path}?{urlencode(given, doseq=True)}" if given else path
