"""Read the lines of a vector file, such as roads, by the same child process as tables of places.

Every layer that holds lines is read; classes of roads come from the column whose name says so, in the words of
OpenStreetMap or of Chinese road authorities.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from geo.crs import to_cgcs2000
from geo.errors import UnreadableFile
from geo.faults import Fault
from geo.files.content import unreadable
from geo.files.vector_process import ReadLayer, read_staged
from geo.files.vector_sources import VECTOR_SUFFIXES, sources_of
from geo.files.vectors import encodings_of
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.crs import Datum

CLASS_COLUMNS: Final = ("highway", "fclass", "class", "roadclass", "道路等级", "道路类型", "公路等级", "等级", "type")
"""Names of the column with classes of roads, the surest first."""
_CLASSES: Final = {
    "高速": "motorway", "快速": "trunk", "国道": "trunk", "省道": "primary", "主干": "primary", "县道": "secondary",
    "次干": "secondary", "乡道": "tertiary", "支路": "tertiary", "村道": "unclassified", "巷": "residential",
    "一级": "trunk", "二级": "primary", "三级": "secondary", "四级": "tertiary", "等外": "unclassified",
}  # fmt: skip
_LEAST_EXTENT: Final = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True)
class Lines:
    """Lines in degrees, CGCS2000 (EPSG:4490), longitude first. `classes`: of each, "" where nothing says it.

    `column`: the one that the classes come from, None where there is none. `others`: features that are no line.
    """

    shapes: NDArray[np.object_]
    classes: tuple[str, ...]
    column: str | None
    others: int


def read_lines(path: Path, *, shown_as: str | None = None, datum: Datum | None = None) -> Lines:
    """Read all lines of a vector file or archive.

    `datum` holds whatever the file says of itself. Raises UnreadableFile for files that cannot be read, that name no
    coordinate system or one that cannot be converted, or that hold no line.
    """
    name = shown_as or path.name
    if path.suffix.lower() not in VECTOR_SUFFIXES:
        kinds = "、".join(VECTOR_SUFFIXES)
        raise unreadable(name, "suffix", f"不是矢量文件（{path.suffix or '没有扩展名'}）", f"请用这些格式之一：{kinds}")
    sources = sources_of(path, name)
    with tempfile.TemporaryDirectory(prefix="kepu-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        staged = [(s, s.stage(folder, f"staged-{number}-"), encodings_of(s)) for number, s in enumerate(sources)]
        read = [layer for layer in read_staged(folder, staged, lines=True) if layer.rows]
    found = [(layer, _shapes(layer, datum)) for layer in read]
    column = next((c for c in (_column(layer) for layer, shapes in found if len(shapes)) if c), None)
    shapes = np.concatenate([np.empty(0, dtype=object), *(shapes for _, shapes in found)])
    classes = tuple(each for layer, shapes in found if len(shapes) for each in _classes_of(layer))
    if not len(shapes):
        raise unreadable(name, "empty", "文件里没有任何线", "请选有道路中心线的文件")
    return Lines(shapes, classes, column, sum(len(layer.rows) for layer in read) - len(shapes))


def road_class(text: object) -> str:
    """Return a class of road in OpenStreetMap's words: its own without `_link`, Chinese ones translated."""
    told = plain(str(text)) if text is not None else ""
    known = next((name for word, name in _CLASSES.items() if word in told), None)
    return known or told.removesuffix("link").rstrip("_")


def _shapes(layer: ReadLayer, declared: Datum | None) -> NDArray[np.object_]:
    lines = np.array([row[-2] for row in layer.rows if row[-2] is not None], dtype=object)
    found: NDArray[np.object_] = shapely.from_wkb(lines) if len(lines) else np.empty(0, dtype=object)
    if not len(found):
        return found
    datum = declared or (layer.crs or {}).get("datum")
    if datum is None:
        told = (
            "没有写明坐标系" if layer.crs is None else f"坐标系“{layer.crs['name']}”与 CGCS2000 之间没有公开的准确换算"
        )
        raise _refused(layer, told)
    if datum not in ("cgcs2000", "wgs84"):
        found = shapely.transform(found, lambda xy: np.array([to_cgcs2000(x, y, datum) for x, y in xy.tolist()]))
    low, high = _LEAST_EXTENT[:2], _LEAST_EXTENT[2:]
    bounds = shapely.total_bounds(found)
    if not (np.all(bounds[:2] >= low) and np.all(bounds[2:] <= high)):
        raise _refused(layer, "坐标不是经纬度，也没有写明是哪一种投影")
    return found


def _refused(layer: ReadLayer, told: str) -> UnreadableFile:
    remedy = "请补上坐标系（.prj），或在 GIS 软件里转换为 CGCS2000 经纬度后再交"
    fault = Fault("error", "file-crs", layer.source.file, told, remedy, sheet=layer.name)
    return UnreadableFile(fault.line(), faults=[fault])


def _column(layer: ReadLayer) -> str | None:
    names = {plain(name).replace("_", "").replace(" ", ""): name for name in layer.fields}
    return next((names[wanted] for wanted in CLASS_COLUMNS if wanted in names), None)


def _classes_of(layer: ReadLayer) -> list[str]:
    column = _column(layer)
    at = None if column is None else layer.fields.index(column)
    rows: list[tuple[Any, ...]] = [row for row in layer.rows if row[-2] is not None]
    return ["" if at is None else road_class(row[at]) for row in rows]
