"""Write vector files as senders do: layers of points with their formats' own manners, archives of all kinds."""

from __future__ import annotations

import json
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DRIVERS = {".geojson": "GeoJSON", ".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".kml": "LIBKML", ".gpx": "GPX"}


def layer(rows: Sequence[Mapping[str, Any]], shapes: Sequence[Any], crs: int | None = 4326) -> gpd.GeoDataFrame:
    """A layer of features; a pair is a point, None a feature without geometry."""
    points = [shapely.Point(shape) if isinstance(shape, tuple) else shape for shape in shapes]
    return gpd.GeoDataFrame(list(rows), geometry=points, crs=crs)


def write(path: Path, features: gpd.GeoDataFrame, **options: Any) -> Path:
    """Write a layer in the format of the file's ending."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # no coordinate system: just what is tested
        pyogrio.write_dataframe(features, path, driver=DRIVERS[path.suffix.lower()], **options)
    return path


def geojson(path: Path, *features: Mapping[str, Any], **members: Any) -> Path:
    """Write GeoJSON by hand: each feature its properties, `at` among them its coordinates."""
    found = [
        {
            "type": "Feature",
            "properties": {name: value for name, value in feature.items() if name != "at"},
            "geometry": {"type": "Point", "coordinates": feature["at"]} if "at" in feature else None,
        }
        for feature in features
    ]
    text = json.dumps({"type": "FeatureCollection", **members, "features": found}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


def zipped(path: Path, files: Mapping[str, bytes | Path]) -> Path:
    """Write an archive: where each file stands inside → its content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, content in files.items():
            archive.writestr(inside, content if isinstance(content, bytes) else content.read_bytes())
    return path


def parts(shp: Path) -> dict[str, Path]:
    """The parts of a shapefile that was written, by name."""
    return {part.name: part for part in sorted(shp.parent.glob(f"{shp.stem}.*"))}
