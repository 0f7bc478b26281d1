"""A GeoPackage that QGIS opens looking like our own maps: layers, assessment and styles."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geo.crs import CGCS2000
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS
from geo.schema import LAYERS
from maps import qgis
from maps.layers import facility_table, findings, township_table, village_table

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place

_STYLED = ("stations", "boards", "communicators", "schools", "bases")
_FIRST_RULE = "17.village.station"
_STYLE_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT,
  f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
  description TEXT, owner TEXT, ui TEXT, update_time DATETIME
)"""


def write_geopackage(path: Path, layers: Layers, assessment: Assessment, place: Place) -> None:
    """Write every layer (EPSG:4490), the findings, the rules and QGIS styles; replaces the file whole.

    The file appears only when it is finished. Private columns are never in it.
    """
    import pyogrio

    path = path.resolve()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / "draft.gpkg"
        for name, table in _tables(layers, assessment, place):
            spatial = "geometry" in table
            options: dict[str, Any] = {"geometry_type": _kind(table)} if spatial else {}
            pyogrio.write_dataframe(_plain(table), draft, layer=name, driver="GPKG", append=draft.exists(), **options)
        _write_styles(draft, assessment)
        draft.replace(path)


def _tables(layers: Layers, assessment: Assessment, place: Place) -> list[tuple[str, pd.DataFrame]]:
    found: list[tuple[str, pd.DataFrame]] = []
    if place.boundary is not None:
        found.append(("boundary", _boundary(place, place.boundary)))
    found += [
        ("townships", township_table(layers, assessment)),
        ("villages", village_table(layers, assessment)),
        ("village_points", _points(village_table(layers, assessment))),
    ]
    for name, layer in LAYERS.items():
        if layer.role in ("facility", "event"):
            found.append((name, facility_table(layers, name, as_of=assessment.as_of)))
    found += [
        ("figures", pd.DataFrame(layers["figures"].drop(columns="geometry"))),
        ("reported_none", layers.none[list(NONE_COLUMNS)]),
        ("complete_lists", layers.complete[list(COMPLETE_COLUMNS)]),
        ("findings", findings(assessment)),
        ("rules", _rules(assessment)),
    ]
    return found


def _boundary(place: Place, line: BaseGeometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [place.code], "name": [place.name]}, geometry=[line], crs=CGCS2000)


def _points(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return villages.set_geometry(gpd.points_from_xy(villages["lon"], villages["lat"], crs=villages.crs))


def _rules(assessment: Assessment) -> pd.DataFrame:
    from geo.tables import rule_rows

    days = {"截至": assessment.as_of.isoformat()}
    if assessment.known_on is not None:
        days["已知至"] = assessment.known_on.isoformat()
    return pd.DataFrame(rule_rows(assessment)).assign(**days)


def _kind(table: pd.DataFrame) -> str:
    kinds = set(table["geometry"].geom_type.dropna())
    if kinds <= {"Polygon", "MultiPolygon"} and kinds:
        return "MultiPolygon" if "MultiPolygon" in kinds else "Polygon"
    return "Point" if kinds <= {"Point"} else "Geometry"


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Turn lists of codes and dates into text, and multipart areas into one type; drop empty points."""
    out = table.copy()
    for column in out.columns:
        if column != "geometry" and out[column].dtype == object:
            out[column] = out[column].map(_text)
    if "geometry" in out and _kind(out) == "MultiPolygon":
        import shapely

        parts = [shapely.MultiPolygon([s]) if s.geom_type == "Polygon" else s for s in out["geometry"]]
        out["geometry"] = gpd.GeoSeries(parts, index=out.index, crs=CGCS2000)
    return out


def _text(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return "、".join(str(item) for item in value)
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return str(value)


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
    with sqlite3.connect(path) as connection:
        connection.execute(_STYLE_TABLE)
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
            [(name, f"{name}", style) for name, style in styles],
        )
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes',"
            " 'layer_styles')"
        )
    connection.close()
