"""A GeoPackage that QGIS opens looking like our own maps: layers, assessment and styles."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maps import qgis
from maps.package_tables import NOTHING, kind_of, package_tables, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place
    from maps.package_tables import More

_STYLED = ("stations", "boards", "communicators", "schools", "bases")
_FIRST_RULE = "17.village.station"
_STYLE_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT,
  f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT, ui TEXT, update_time DATETIME
)"""


def write_geopackage(
    path: Path,
    layers: Layers,
    assessment: Assessment,
    place: Place,
    *,
    before: Assessment | None = None,
    more: More = NOTHING,
) -> None:
    """Write every layer (EPSG:4490), the findings, the rules and QGIS styles; replaces the file whole.

    `before`, `more`: see `maps.package_tables`. The file appears only when it is finished; the same input
    gives the same bytes. Private columns are never in it.
    """
    import pyogrio

    path = path.resolve()
    tables = package_tables(layers, assessment, place, before=before, more=more)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, _dated(assessment.as_of):
        draft = Path(folder) / "draft.gpkg"
        for name, table in tables:
            spatial = "geometry" in table
            options: dict[str, Any] = {"geometry_type": kind_of(table)} if spatial else {}
            pyogrio.write_dataframe(plain(table), draft, layer=name, driver="GPKG", append=draft.exists(), **options)
        _write_styles(draft, assessment)
        draft.replace(path)


@contextmanager
def _dated(day: date) -> Iterator[None]:
    """Let GDAL take the day that the file speaks of for the present, which it writes into each table's entry.

    Nor does it wait for the disk after each table: the file is a draft until it is whole.
    """
    import pyogrio

    options = {"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z", "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))


def _write_styles(path: Path, assessment: Assessment) -> None:
    ids = [rule.id for rule in assessment.plan.rules if rule.unit == "village"]
    chosen = _FIRST_RULE if _FIRST_RULE in ids else next(iter(ids), None)
    styles = [(name, qgis.facilities(name)) for name in _STYLED]
    if chosen is not None:
        styles += [
            ("villages", qgis.village_areas(chosen)),
            ("village_points", qgis.village_points(chosen)),
            ("townships", qgis.township_shares(f"{chosen} share")),
        ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_STYLE_TABLE)
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
            [(name, f"{name}", style) for name, style in styles],
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (f"{assessment.as_of.isoformat()}T00:00:00.000Z",),
        )
