"""Write a tidy table as GIS software would: GeoJSON, or a zipped shapefile in GBK that names no encoding.

The same table gives the same bytes: they are put together here, not by a library that dates its files.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from datetime import date
from typing import TYPE_CHECKING

from make_tables import NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from make_tables import Cell, Rows

    Point = tuple[float, float] | None

CRS = "urn:ogc:def:crs:EPSG::4490"
PRJ = (
    b'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    b'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
SHORT = {"乡镇(街道)": "乡镇", "村(社区)": "村", "面积(平方米)": "面积", "长度(米)": "长度"}
"""A .dbf has room for 10 bytes of a field's name."""
_NAME_BYTES, _MOST_BYTES = 10, 254
_DAY = (2022, 10, 20)
_POINT, _NULL = 1, 0


def parted(header: Sequence[str], rows: Rows) -> tuple[list[str], list[list[Cell]], list[Point]]:
    """Take the coordinates, which become geometries, out of a table; a datum that is told goes with them."""
    lon, lat = header.index("经度"), header.index("纬度")
    kept = [n for n, text in enumerate(header) if n not in (lon, lat) and text != "坐标系"]
    wide = [[*row, *[None] * (len(header) - len(row))] for row in rows]
    points: list[Point] = [
        (float(str(row[lon])), float(str(row[lat]))) if isinstance(row[lon], float) else None for row in wide
    ]
    return [header[n] for n in kept], [[row[n] for n in kept] for row in wide], points


def as_geojson(name: str, header: Sequence[str], rows: Rows) -> bytes:
    """Return a table as GeoJSON that says, as older software does, that it is in CGCS2000."""
    fields, cells, points = parted(header, rows)
    features = [
        {
            "type": "Feature",
            "properties": {text: _plain(cell) for text, cell in zip(fields, row, strict=True)},
            "geometry": None if point is None else {"type": "Point", "coordinates": list(point)},
        }
        for row, point in zip(cells, points, strict=True)
    ]
    crs = {"type": "name", "properties": {"name": CRS}}
    found = {"type": "FeatureCollection", "name": name, "description": NOTE, "crs": crs, "features": features}
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(cell: Cell) -> str | int | float | None:
    return cell.isoformat() if isinstance(cell, date) else cell if cell != "" else None


def as_zipped_shapefile(name: str, header: Sequence[str], rows: Rows) -> bytes:
    """Return a table as an archive of .shp, .shx, .dbf (GBK, no .cpg) and .prj."""
    fields, cells, points = parted(header, rows)
    shapes, index = _shapes(points)
    parts = {
        ".shp": shapes, ".shx": index, ".dbf": _dbf([SHORT.get(text, text) for text in fields], cells),
        ".prj": PRJ,
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for suffix, content in parts.items():
            archive.writestr(zipfile.ZipInfo(f"{name}/{name}{suffix}", (*_DAY, 0, 0, 0)), content)
        archive.writestr(zipfile.ZipInfo(f"{name}/说明.txt", (*_DAY, 0, 0, 0)), NOTE)
    return out.getvalue()


def _shapes(points: Sequence[Point]) -> tuple[bytes, bytes]:
    """Return the contents of .shp and .shx (ESRI Shapefile Technical Description, 1998)."""
    known = [point for point in points if point is not None]
    records, index = b"", b""
    at = 50
    for number, point in enumerate(points, start=1):
        shape = struct.pack("<i", _NULL) if point is None else struct.pack("<idd", _POINT, *point)
        words = len(shape) // 2
        records += struct.pack(">ii", number, words) + shape
        index += struct.pack(">ii", at, words)
        at += 4 + words
    box = (*map(min, zip(*known, strict=True)), *map(max, zip(*known, strict=True)))

    def head(content: bytes) -> bytes:
        size = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50 + len(content) // 2)
        return size + struct.pack("<ii8d", 1000, _POINT, *box, 0, 0, 0, 0)

    return head(records) + records, head(index) + index


def _dbf(fields: Sequence[str], rows: Rows) -> bytes:
    """Return a dBASE III table: days as D, all else as text, in GBK."""
    texts = [[_text(cell) for cell in row] for row in rows]
    days = [all(isinstance(row[n], date) or row[n] in (None, "") for row in rows) for n in range(len(fields))]
    widths = [8 if days[n] else min(_MOST_BYTES, max(1, *(len(row[n]) for row in texts))) for n in range(len(fields))]
    described = b"".join(
        struct.pack("<11sc4xB15x", text.encode("gbk")[:_NAME_BYTES], b"D" if days[n] else b"C", widths[n])
        for n, text in enumerate(fields)
    )
    year, month, day = _DAY
    size = 33 + len(described)
    head = struct.pack("<4BIHH20x", 3, year - 1900, month, day, len(texts), size, 1 + sum(widths))
    body = b"".join(b" " + b"".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) for row in texts)
    return head + described + b"\r" + body + b"\x1a"


def _text(cell: Cell) -> bytes:
    if isinstance(cell, date):
        return cell.strftime("%Y%m%d").encode()
    return ("" if cell is None else str(cell)).encode("gbk")
