"""The facilities that served units once and exist no more: that a unit lacks what was closed is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.periods import last_days
from geo.schema import LAYERS, MONTH_FLAGS, SOURCE_COLUMNS
from geo.states import MET, both
from geo.survey import accepts, in_source_order
from geo.units import Links, Served, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo.schema import Layer
    from geo.survey import Survey


@dataclass(frozen=True)
class Closings:
    """What of a layer is closed on the survey's day, and which units of a level it served."""

    survey: Survey
    layer: Layer
    table: gpd.GeoDataFrame
    links: Links

    @classmethod
    def of(
        cls,
        survey: Survey,
        layer: str,
        level: str,
        *,
        where: Mapping[str, Sequence[str | bool]] | None = None,
        includes_villages: bool = False,
    ) -> Closings:
        """Find what is closed of the rows that are known to fit `where`; options as for `Survey.links`."""
        table = survey.layers.closed.get(layer, survey.layers[layer].iloc[:0])
        for column, accepted in (where or {}).items():
            table = table[both(accepts(table, column, accepted)) == MET]
        rows, numbers = Served.of(table, LAYERS[layer].links).pairs()
        links = link(rows, numbers, survey.units(level), includes_villages=includes_villages)
        return cls(survey, LAYERS[layer], table, links)

    @property
    def units(self) -> NDArray[np.bool_]:
        """Whether something that served the unit is closed; shape (number of units,)."""
        return self.links.any(np.ones(len(self.table), dtype=bool))

    def told(self, position: int) -> tuple[str, list[dict[str, Any]]]:
        """Say what of a unit is closed and since when, the last closing first; "", [] if nothing is."""
        rows = self.links.rows_of(position)
        if not len(rows):
            return "", []
        found = self.table.iloc[rows]
        last = int(np.argmax(last_days(found, str(self.layer.ends)).to_numpy()))
        name = found["name"].iloc[last]
        also = f"等{len(rows)}处" if len(rows) > 1 else ""
        named = f"{self.layer.label if pd.isna(name) else name}{also}"
        return f"{named}：{closing_text(found.iloc[last], self.layer)}已停用", self._sources(found)

    def _sources(self, found: gpd.GeoDataFrame) -> list[dict[str, Any]]:
        rows = found[list(SOURCE_COLUMNS)].astype(object).where(found[list(SOURCE_COLUMNS)].notna(), None)
        told = list(rows.itertuples(index=False, name=None))
        earlier = self.survey.layers.earlier
        told += [source for of in found["id"] for source in earlier.get((self.layer.name, of), ())]
        return in_source_order(told)


def closing_text(row: Mapping[str, Any] | pd.Series, layer: Layer) -> str:
    """Return a row's day of closing as people read it: 2022-06-30, or 2022-06 where only the month is told."""
    day, vague = pd.Timestamp(row[str(layer.ends)]).date().isoformat(), row.get(MONTH_FLAGS[str(layer.ends)])
    return day[: len("2022-06")] if pd.notna(vague) and bool(vague) else day
