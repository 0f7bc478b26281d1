"""What of an edition its readers may see: all of it, or, in a public one, nothing that is internal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from geo.schema import LAYERS

if TYPE_CHECKING:
    from geo.assessment import Assessment, Explain, RuleResult
    from geo.layers import Layers
    from maps.dossier.edition import Edition


def shown(edition: Edition) -> Edition:
    """Return the edition as its readers may see it.

    A public one names no file, sheet or row and holds no evidence; the layers of `hide_points` have no points of
    their own: what is drawn stands at its unit. Its states and figures are the same.
    """
    if not edition.public:
        return edition
    before = edition.before and (_quiet(edition.before[0]), _open(edition.before[1], edition.hide_points))
    layers = _open(edition.layers, edition.hide_points)
    quiet = _quiet(edition.assessment)
    return replace(edition, assessment=quiet, layers=layers, before=before, proofs=(), reports={})


_WHERE: Final = ("file", "sheet", "row")


@dataclass(frozen=True)
class _Quiet:
    """Tells why a unit has its state, and not by which rows."""

    explain: Explain

    def reason(self, position: int) -> str:
        """Return the sentence."""
        return self.explain.reason(position)

    def evidence(self, position: int) -> list[dict[str, Any]]:
        """Return nothing."""
        return []

    def extras(self, position: int) -> dict[str, Any]:
        """Return further facts of the kind of rule."""
        return self.explain.extras(position)


def _quiet(assessment: Assessment) -> Assessment:
    tasks = (replace(task, rules=tuple(map(_quiet_rule, task.rules))) for task in assessment.tasks)
    return replace(assessment, tasks=tuple(tasks))


def _quiet_rule(result: RuleResult) -> RuleResult:
    return replace(result, findings=replace(result.findings, explain=_Quiet(result.findings.explain)))


def _open(layers: Layers, hidden: tuple[str, ...]) -> Layers:
    whole = layers.whole and _open(layers.whole, hidden)
    tables = {name: _open_table(name, table, hidden) for name, table in layers.tables.items()}
    closed = {name: _open_table(name, table, hidden) for name, table in layers.closed.items()}
    none, complete = (table.assign(file=None, sheet=None, row=None) for table in (layers.none, layers.complete))
    return replace(layers, tables=tables, closed=closed, whole=whole, earlier={}, none=none, complete=complete)


def _open_table(name: str, table: gpd.GeoDataFrame, hidden: tuple[str, ...]) -> gpd.GeoDataFrame:
    if LAYERS[name].role == "base":
        return table
    nothing = [None] * len(table)
    out = table.assign(**{name: pd.Series(nothing, table.index, table[name].dtype) for name in _WHERE})
    if name in hidden:
        out = out.set_geometry(gpd.GeoSeries(pd.Series(nothing, table.index, object), crs=table.crs))
    return out
