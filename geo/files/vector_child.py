"""Read staged vector files with GDAL, in a process of its own: `python -m geo.files.vector_child FOLDER`.

Imports little, so that it starts quickly; a file that breaks it breaks nothing else.
`FOLDER/job.json` says what to read and within which limits; `FOLDER/answer.jsonl`
gets one line for each layer and each of its features. The exit code is one of `EXIT_*`.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo.files.bounded import limit
from geo.files.kml import level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

EXIT_DAMAGED, EXIT_MEMORY, EXIT_DRIVERS, EXIT_ENCODING = 11, 12, 13, 14
_FEATURES_AT_ONCE = 50_000
_MOST_ANSWER_BYTES = 256 * 1024 * 1024
_NO_DATA = {"layer_styles", "qgis_projects"}
_UNREAD_GPX = {"routes", "tracks", "route_points", "track_points"}
_PLACES_GPX = {"waypoints", "route_points", "track_points"}
_RAW = "ISO-8859-1"
"""Keeps each byte of a .dbf as one character, to be decoded once its encoding is known."""
_PLACES = 9
_LONGEST_MESSAGE = 2000
_NO_ROOM = re.compile(r"memory|allocat|File too large", re.IGNORECASE)
"""What libraries say when they meet a limit."""
_KNOWN_DATUMS = {
    "wgs84": "wgs84",
    "wgs1984": "wgs84",
    "worldgeodeticsystem1984": "wgs84",
    "china2000": "cgcs2000",
    "cgcs2000": "cgcs2000",
    "chinageodeticcoordinatesystem2000": "cgcs2000",
}


def read(folder: Path, job: dict[str, Any]) -> int:
    """Do the job; return the exit code."""
    for unused in ("geopandas", "pandas", "pyarrow"):  # pyogrio would import them, half a second for nothing
        sys.modules[unused] = None  # type: ignore[assignment]
    import pyogrio

    if not set(pyogrio.list_drivers()) <= set(job["drivers"]):
        return EXIT_DRIVERS
    with (folder / "answer.jsonl").open("w", encoding="utf-8") as answer:
        for number, source in enumerate(job["sources"]):
            path = folder / source["path"]
            if source["format"] == "kml":
                level(path)
            for layer in _layers(path, source["format"]):
                for line in _lines(path, layer, source):
                    answer.write(json.dumps({"source": number, **line} if isinstance(line, dict) else line) + "\n")
    return 0


def _layers(path: Path, format_: str) -> list[str]:
    """Return the names of a file's layers; GeoJSON has one, and would be parsed once more to be asked for it."""
    import pyogrio

    if format_ == "geojson":
        return [path.stem]
    return [str(name) for name, _ in pyogrio.list_layers(path) if name not in _NO_DATA]


def _lines(path: Path, layer: str, source: dict[str, Any]) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield what a layer is, then each of its features: cells, longitude, latitude, whether it is more than a point."""
    import pyogrio

    if source["format"] == "gpx" and layer in (_PLACES_GPX if source["lines"] else _UNREAD_GPX):
        yield {
            "layer": layer,
            "unread": int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]),
        }
        return
    encoding, points = None, None
    which = None if source["format"] == "geojson" else layer
    if source["format"] == "shp":
        texts = (_foreign(chunk) for chunk in _chunks(path, which, _RAW, geometry=False))
        encoding = _encoding(texts, source["encodings"])
    for chunk in _chunks(path, which, encoding and _RAW):
        if points is None:
            points = (_Lines if source["lines"] else _Points)(chunk.crs)
            fields = [_decoded(name, encoding) for name in chunk.fields]
            yield {"layer": layer, "fields": fields, "crs": points.told, "encoding": encoding}
        columns = chunk.columns
        if encoding is not None:
            columns = [[_decoded(cell, encoding) for cell in column] for column in columns]
        yield from (list(row) for row in zip(*columns, *points.of(chunk.shapes), strict=True))


class _Chunk(NamedTuple):
    """Some features of a layer: the columns of their fields, and their geometries as WKB."""

    crs: str | None
    fields: list[str]
    columns: list[list[Any]]
    shapes: Any


def _chunks(path: Path, layer: str | None, encoding: str | None, *, geometry: bool = True) -> Iterator[_Chunk]:
    """Yield the features of a layer piece by piece, so that memory is bounded; at least one piece."""
    from pyogrio import raw

    start, count = 0, _FEATURES_AT_ONCE
    while count == _FEATURES_AT_ONCE:
        meta, _, shapes, values = raw.read(
            path,
            layer=layer,
            encoding=encoding,
            skip_features=start,
            max_features=_FEATURES_AT_ONCE,
            read_geometry=geometry,
        )
        count = len(shapes) if shapes is not None else max((len(column) for column in values), default=0)
        types = zip(values, meta["ogr_types"], meta["ogr_subtypes"], strict=True)
        columns = [_plain(column, of, subtype) for column, of, subtype in types]
        yield _Chunk(meta["crs"], list(map(str, meta["fields"])), columns, [None] * count if shapes is None else shapes)
        start += count


def _plain(column: Any, of: str, subtype: str) -> list[Any]:
    """Return a column's values as JSON has them; days as {"day": …}, lists joined as people write them."""
    if of == "OFTBinary":
        return [None] * len(column)
    if column.dtype.kind == "M":
        return [None if text == "NaT" else {"day": text} for text in column.astype(str).tolist()]
    values = column.tolist()
    if column.dtype.kind == "f":
        values = [None if value != value else value for value in values]  # NaN is what a blank is read as
    if subtype == "OFSTBoolean":
        return [None if value is None else bool(value) for value in values]
    if of.endswith("List"):
        return [None if value is None else "、".join(map(str, value)) for value in values]
    return [value if value is None or isinstance(value, int | float) else str(value) for value in values]


# -- text of shapefiles --------------------------------------------------------------


def _foreign(chunk: _Chunk) -> set[str]:
    """Return the texts that aren't plain ASCII, names of fields too."""
    columns = [chunk.fields, *chunk.columns]
    return {cell for column in columns for cell in column if isinstance(cell, str) and not cell.isascii()}


def _encoding(texts: Iterable[set[str]], candidates: Sequence[str]) -> str:
    """Return the first encoding in which every text makes sense, whole if possible; raises UnicodeDecodeError."""
    left = [(encoding, whole) for whole in (True, False) for encoding in candidates]
    for some in texts:
        while not all(_fits(text, left[0][0], whole=left[0][1]) for text in some):
            if len(left) == 1:
                raise UnicodeDecodeError(left[0][0], b"", 0, 0, "no candidate fits")
            left.pop(0)
    return left[0][0]


def _fits(text: str, encoding: str, *, whole: bool) -> bool:
    try:
        _decoded(text, encoding, whole=whole)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(cell: Any, encoding: str | None, *, whole: bool = False) -> Any:
    """Decode a text that was read byte by byte; unless it must be whole, a character cut off at its end is left out."""
    if encoding is None or not isinstance(cell, str) or cell.isascii():
        return cell
    return codecs.getincrementaldecoder(encoding)().decode(cell.encode(_RAW), final=whole)


# -- coordinates ---------------------------------------------------------------------


class _Points:
    """Turns geometries of a coordinate system into longitude and latitude on that system's own datum."""

    def __init__(self, crs: str | None) -> None:
        self.told: dict[str, Any] | None = None
        self._convert: Any = None
        if crs is None:
            return
        from pyproj import CRS, Transformer
        from pyproj.exceptions import CRSError

        try:
            known = CRS.from_user_input(crs)
        except CRSError:
            return
        known = known.source_crs or known if known.is_bound else known
        base = known.geodetic_crs
        if base is None or base.datum is None:
            return
        self.told = {"name": known.name, "datum": _datum_named(base.datum.name), "projected": not known.is_geographic}
        if not known.is_geographic:
            self._convert = Transformer.from_crs(known, base, always_xy=True)

    def of(self, shapes: Any) -> tuple[list[Any], list[Any], list[bool]]:
        """Return longitudes and latitudes of WKB geometries, and which are of a point inside something larger."""
        import shapely

        found = shapely.from_wkb(shapes)
        blank = shapely.is_missing(found) | shapely.is_empty(found)
        extended = ~blank & (shapely.get_type_id(found) != shapely.GeometryType.POINT)
        found[blank] = None
        found[extended] = shapely.point_on_surface(found[extended])
        x, y = shapely.get_x(found), shapely.get_y(found)
        if self._convert is not None:
            x, y = self._convert.transform(x, y)
        return _coordinates(x, blank), _coordinates(y, blank), extended.tolist()


class _Lines(_Points):
    """The same for whole lines: WKB as hexadecimal digits in place of the longitude, no latitude."""

    def of(self, shapes: Any) -> tuple[list[Any], list[Any], list[bool]]:
        """Return lines; whatever else a feature is becomes None."""
        import numpy as np
        import shapely

        found = shapely.force_2d(shapely.from_wkb(shapes))
        types = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
        found[shapely.is_empty(found) | ~np.isin(shapely.get_type_id(found), types)] = None
        if self._convert is not None:
            found = shapely.transform(found, self._convert.transform, interleaved=False)
        told = [None if line is None else shapely.to_wkb(line, hex=True) for line in found]
        return told, [None] * len(told), [False] * len(told)


def _coordinates(values: Any, blank: Any) -> list[Any]:
    """Return numbers as JSON has them; what is none of a geometry that is there is kept as text, to be refused."""
    rounded = [round(value, _PLACES) if abs(value) < float("inf") else str(value) for value in values.tolist()]
    return [None if nothing else value for value, nothing in zip(rounded, blank.tolist(), strict=True)]


def _datum_named(name: str) -> str | None:
    """Return `wgs84` or `cgcs2000` for the ways to write them; None for every other datum."""
    folded = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((datum for known, datum in _KNOWN_DATUMS.items() if known in folded), None)


def main(folder: Path) -> int:
    """Read the job, keep to its limits, do it."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    limit(memory=job["memory"], seconds=job["seconds"], output=_MOST_ANSWER_BYTES)
    try:
        return read(folder, job)
    except UnicodeDecodeError:
        return EXIT_ENCODING
    except Exception as problem:  # the file's fault, whatever it is; the parent says so
        sys.stderr.write(f"{type(problem).__name__}: {problem}"[:_LONGEST_MESSAGE])
        return EXIT_MEMORY if isinstance(problem, MemoryError) or _NO_ROOM.search(str(problem)) else EXIT_DAMAGED


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
