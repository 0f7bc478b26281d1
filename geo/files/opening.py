"""Choose how a file is read, by its ending: as a spreadsheet or text, or as a vector file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from geo.files.content import unreadable
from geo.files.sheets import TEXT_SUFFIXES, WORKBOOK_SUFFIXES, read_tables
from geo.files.vector_sources import SHAPE_PARTS, VECTOR_SUFFIXES, shape_parts

if TYPE_CHECKING:
    from pathlib import Path

    from geo.crs import Datum
    from geo.files.layout import RawTable
    from geo.files.row_kinds import IsUnit

MOST_ROWS = 250_000
READABLE_SUFFIXES = (*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES, *VECTOR_SUFFIXES)
_OF_A_SHAPEFILE = {*SHAPE_PARTS, ".sbn", ".sbx", ".qix", ".qpj"} - {".shp"}
_OTHER_VECTORS = {".gml", ".tab", ".mif", ".dxf", ".dwg", ".gdb", ".mdb", ".fgb", ".topojson", ".geojsonl", ".sqlite"}
_OTHER_ARCHIVES = {".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz"}


def read_file(
    path: Path, *, shown_as: str | None = None, datum: Datum | None = None, is_unit: IsUnit | None = None
) -> list[RawTable]:
    """Read the tables or layers of a file; `datum` is what its sender declares. Raises UnreadableFile.

    `is_unit`: tells names of units (`read_tables`). More rows than any county has would fill the memory as records.
    """
    tables = _read(path, shown_as=shown_as, datum=datum, is_unit=is_unit)
    if sum(len(table.body) for table in tables) > MOST_ROWS and sum(1 for t in tables for _ in t.rows()) > MOST_ROWS:
        told = f"数据超过{MOST_ROWS // 10_000}万行"
        raise unreadable(shown_as or path.name, "rows", told, "请删去重复的行，或拆成几份后再交")
    return tables


def _read(path: Path, *, shown_as: str | None, datum: Datum | None, is_unit: IsUnit | None) -> list[RawTable]:
    suffix, name = path.suffix.lower(), shown_as or path.name
    if suffix in VECTOR_SUFFIXES:
        from geo.files.vectors import read_vectors

        return read_vectors(path, shown_as=shown_as, datum=datum)
    if suffix in _OF_A_SHAPEFILE:
        raise unreadable(
            name, "part", "这是 shapefile 的一部分，不能单独读取", "请给出同名的 .shp，或把它们压缩成一个 zip"
        )
    if suffix in _OTHER_VECTORS:
        raise unreadable(name, "suffix", "不支持的矢量格式", "请在 GIS 软件里另存为 GeoPackage 或 GeoJSON")
    if suffix in _OTHER_ARCHIVES:
        raise unreadable(name, "suffix", "不支持的压缩格式", "请解开后交，或压缩成 .zip")
    return read_tables(path, shown_as=shown_as, **({"is_unit": is_unit} if is_unit else {}))


def digest(path: Path, options: bytes) -> str:
    """Return the SHA-256 of a file, of a shapefile's other parts with it, and of how it is imported."""
    parts = shape_parts(path) if path.suffix.lower() == ".shp" else {"": path}
    found = hashlib.sha256()
    for _, part in sorted(parts.items()):
        found.update(part.read_bytes())
    found.update(options)
    return found.hexdigest()


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder and its sub-folders that can be read, in order of name.

    What office programs leave beside an open file (~$…, .~…) and hidden files are passed over.
    """
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in READABLE_SUFFIXES)
    parts = ((path, path.relative_to(folder).parts) for path in found)
    return sorted(path for path, names in parts if not any(name.startswith((".", "~$", "__")) for name in names))
