"""Where stored facilities stand: points to hold new lists against (`geo.intake.landmarks`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely
from sqlalchemy import select

from geo.crs import APPROXIMATE
from geo.intake.landmarks import ASSUMED, Known
from geo.schema import LAYERS
from geo.store.known import in_force
from geo.store.tables import batches, record_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

_COLUMNS = ("id", "unit_code", "name", "geometry", "datum", "batch", "file")


def read_points(connection: Connection) -> list[Known]:
    """Return where facilities stand by their newest report with coordinates that is not undone."""
    reports = {row.batch: row for row in connection.execute(select(batches).where(in_force()))}
    found: dict[tuple[str, str], tuple[tuple[Any, ...], Any]] = {}
    for name, table in record_tables.items():
        if LAYERS[name].role != "facility":
            continue
        columns = [table.c[column] for column in _COLUMNS]
        for row in connection.execute(select(*columns).where(table.c.geometry.is_not(None))):
            if row.batch not in reports:
                continue
            order = (reports[row.batch].reported_on, row.batch)
            if (name, row.id) not in found or found[name, row.id][0] < order:
                found[name, row.id] = (order, row)
    places = shapely.get_coordinates(shapely.from_wkb([row.geometry for _, row in found.values()]))
    return [
        Known(layer, row.id, row.unit_code, row.name, lon, lat, row.file, _assumed(reports[row.batch].datum, row.datum))
        for ((layer, _), (_, row)), (lon, lat) in zip(found.items(), places.tolist(), strict=True)
    ]


def _assumed(said: str, datum: str | None) -> bool:
    """Say whether a record's datum may be a mere assumption, by what its batch notes of datums."""
    return datum not in APPROXIMATE and (said == "auto" or said.endswith(ASSUMED))
