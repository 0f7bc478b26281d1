"""A place: the county that is mapped, with its units, lines and names, read from a folder.

The folder's files are described in its README. Only place.toml, the two
unit tables and plan.toml are needed; boundary, names and changes may be absent.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.admin.gazetteer import CODE_DIGITS, Gazetteer
from geo.admin.unit_changes import read_changes
from geo.errors import PlaceError
from geo.faults import Fault
from geo.layers import frame
from geo.schema import LAYERS

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geo.admin.unit_changes import UnitChange

NAME_COLUMNS = ("code", "name", "scheme", "other_code")


@dataclass(frozen=True)
class Place:
    """A county-level place. Geometries are longitude/latitude in EPSG:4490.

    `working_crs`: the projected CRS (metres) for areas and layouts. `demo_note`: said on
    every map and page when the facilities are invented. `sources`: the data sources to
    print, each with title, origin, licence and maybe date. `changes`: how units changed through the years.
    """

    code: str
    name: str
    working_crs: str
    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    names: pd.DataFrame
    boundary: BaseGeometry | None = None
    maker: str = ""
    demo_note: str = ""
    demo_as_of: date | None = None
    population: int | None = None
    sources: tuple[dict[str, Any], ...] = field(default=())
    changes: tuple[UnitChange, ...] = ()

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The units with every name and code they are known by."""
        return Gazetteer.of(
            code=self.code,
            name=self.name,
            townships=self.townships,
            villages=self.villages,
            names=self.names,
            changes=self.changes,
        )

    @property
    def unit_codes(self) -> set[str]:
        """All 12-digit codes of townships and villages."""
        return {*self.townships["code"], *self.villages["code"]}


def read_place(folder: Path) -> Place:
    """Read a place folder. Raises PlaceError with every fault found."""
    settings = _settings(folder)
    head = settings["place"]
    tables = {name: _units(folder / f"{name}.geojson", name) for name in ("townships", "villages")}
    boundary = folder / "boundary.geojson"
    units = {*tables["townships"]["code"], *tables["villages"]["code"]}
    changes, odd = read_changes(folder / "changes.csv", units)
    place = Place(
        code=str(head["code"]),
        name=str(head["name"]),
        working_crs=str(head["working_crs"]),
        townships=tables["townships"],
        villages=tables["villages"],
        names=_names(folder / "names.csv"),
        boundary=_line(boundary) if boundary.exists() else None,
        maker=str(head.get("maker", "")),
        demo_note=str(head.get("demo_note", "")),
        demo_as_of=head.get("demo_as_of"),
        population=head.get("population"),
        sources=tuple(settings.get("sources", ())),
        changes=changes,
    )
    faults = [*_contradictions(place, folder.name), *odd]
    if faults:
        raise _refused(folder, faults)
    return place


def _refused(folder: Path, faults: list[Fault]) -> PlaceError:
    return PlaceError(f"地区数据“{folder.name}”有 {len(faults)} 处错误", faults=faults)


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "place.toml"
    if not path.is_file():
        fault = Fault("error", "place-missing", str(folder.name), "文件夹里没有 place.toml", "请指向地区数据文件夹")
        raise _refused(folder, [fault])
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise _refused(folder, [Fault("error", "place-syntax", path.name, f"不是有效的 TOML:{error}")]) from error
    absent = [key for key in ("code", "name", "working_crs") if key not in settings.get("place", {})]
    if absent:
        fault = Fault("error", "place-field", path.name, f"[place] 缺少 {'、'.join(absent)}", "请补上")
        raise _refused(folder, [fault])
    if not _in_metres(settings["place"]["working_crs"]):
        fault = Fault("error", "place-crs", path.name, "working_crs 不是以米为单位的投影坐标系", "如 EPSG:4538")
        raise _refused(folder, [fault])
    return settings


def _in_metres(crs: object) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(crs)
    except (CRSError, TypeError):
        return False
    return bool(found.is_projected) and found.axis_info[0].unit_name == "metre"


def _features(path: Path) -> list[tuple[dict[str, Any], BaseGeometry | None]]:
    """Read a GeoJSON file of ours (longitude/latitude) as properties and geometries."""
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
        return [(f["properties"], shape(f["geometry"]) if f.get("geometry") else None) for f in collection["features"]]
    except FileNotFoundError:
        fault = Fault("error", "place-missing", path.name, "没有这个文件", "请按 README 补齐地区数据")
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError) as error:
        fault = Fault("error", "place-geojson", path.name, f"不是有效的 GeoJSON:{error}")
    raise _refused(path.parent, [fault])


def _line(path: Path) -> BaseGeometry:
    features = _features(path)
    if len(features) != 1 or features[0][1] is None:
        raise _refused(path.parent, [Fault("error", "place-boundary", path.name, "应当恰有一个带几何的要素")])
    return features[0][1]


def _units(path: Path, layer: str) -> gpd.GeoDataFrame:
    rows = [{**properties, "geometry": geometry} for properties, geometry in _features(path)]
    for row in rows:
        if row.get("lon") is None and row["geometry"] is not None:
            point = row["geometry"].representative_point()
            row["lon"], row["lat"] = point.x, point.y
        row["schematic"] = bool(row.get("schematic"))
    if not rows:
        raise _refused(path.parent, [Fault("error", "place-empty", path.name, "里面没有任何单位", "请补上单位")])
    try:
        return frame(LAYERS[layer], sorted(rows, key=lambda row: str(row.get("code"))))
    except (TypeError, ValueError) as error:
        told = f"有一列的值不合要求：{error}"
        raise _refused(
            path.parent, [Fault("error", "place-value", path.name, told, "请核对经纬度、人口等列")]
        ) from error


def _names(path: Path) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame(columns=list(NAME_COLUMNS), dtype=object)
    try:
        return pd.read_csv(path, dtype=object, encoding="utf-8-sig", keep_default_na=False)[list(NAME_COLUMNS)]
    except (ValueError, KeyError) as error:
        told = f"应为 UTF-8 的 CSV，列为 {'、'.join(NAME_COLUMNS)}"
        raise _refused(path.parent, [Fault("error", "place-names", path.name, told)]) from error


def _contradictions(place: Place, folder: str) -> list[Fault]:
    """Codes that are no codes, doubled or homeless."""
    faults = []
    townships = set(place.townships["code"])
    for layer, table in (("townships", place.townships), ("villages", place.villages)):
        codes = list(table["code"])
        bad = [c for c in codes if not (isinstance(c, str) and c.isdigit() and len(c) == CODE_DIGITS)]
        twice = sorted({c for c in codes if codes.count(c) > 1} - set(bad))
        faults += [
            Fault("error", "place-code", f"{folder}/{layer}.geojson", "代码不是12位数字", value=str(c)) for c in bad
        ]
        faults += [Fault("error", "place-code-twice", f"{folder}/{layer}.geojson", "代码重复", value=c) for c in twice]
    for code, home in zip(place.villages["code"], place.villages["township_code"], strict=True):
        if home not in townships:
            faults.append(
                Fault(
                    "error",
                    "place-township",
                    f"{folder}/villages.geojson",
                    f"村 {code} 所属乡镇不存在",
                    value=str(home),
                )
            )
    return faults
