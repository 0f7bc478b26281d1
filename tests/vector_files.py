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
        warnings.simplefilter("ignore")  # no coordinate system, a text cut off: just what is tested
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


# -- two stations in every format

WILLOW = (102.0512345, 30.1871234)
ROWS: list[dict[str, Any]] = [
    {"乡镇": "河口街道", "村": "柳树村", "名称": "柳树站", "面积": 60.5},
    {"乡镇": "云岭镇", "村": "云岭村", "名称": "云岭站", "面积": None},
]
PLACED = [WILLOW, None]


def stations(crs: int = 4326) -> gpd.GeoDataFrame:
    """Two stations, one of them without a point."""
    return layer(ROWS, PLACED).to_crs(crs)


def codes(table: Any) -> list[str]:
    return [note.code for note in table.notes]


def a_geojson(folder: Path) -> Path:
    return write(folder / "站.geojson", stations())


def a_geopackage(folder: Path) -> Path:
    return write(folder / "站.gpkg", stations(4543), layer="科普活动站")


def a_shapefile(folder: Path) -> Path:
    return write(folder / "站.shp", stations(4490), encoding="UTF-8")


def a_gbk_shapefile(folder: Path) -> Path:
    path = write(folder / "站.shp", stations(3857), encoding="GB18030")
    path.with_suffix(".cpg").unlink()
    return path


def a_zip(folder: Path) -> Path:
    inside = {f"数据/{name}": part for name, part in parts(a_shapefile(folder)).items()}
    litter = {f"__MACOSX/数据/._{name.rpartition('/')[2]}": b"\x00\x05\x16\x07" for name in inside}
    return zipped(folder / "站.zip", {**inside, **litter, "数据/.DS_Store": b"x", "数据/说明.txt": b"x"})


def a_kml(folder: Path) -> Path:
    return write(folder / "站.kml", stations())


def a_kmz(folder: Path) -> Path:
    return zipped(folder / "站.kmz", {"doc.kml": a_kml(folder), "files/icon.png": b"x"})


def a_gpx(folder: Path) -> Path:
    return write(folder / "站.gpx", stations().iloc[:1], dataset_options={"GPX_USE_EXTENSIONS": "YES"})


FORMATS = [a_geojson, a_geopackage, a_shapefile, a_gbk_shapefile, a_zip, a_kml, a_kmz, a_gpx]
