"""Which vector layers a file holds, before any library of formats sees it.

Each becomes a `Source`: its parts (a shapefile has several) by ending, to be staged in a
folder of ours under a name of ours. What a part holds must be what its name says: GDAL
would choose by content, and a description of a web service named .geojson would call it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from geo.files.archives import Archive
from geo.files.content import content_of, unreadable
from geo.files.sheets import decode
from geo.files.workbooks import ZIP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

Inside = TypeVar("Inside", bound=PurePath)

DRIVERS: Mapping[str, tuple[str, ...]] = {
    "geojson": ("GeoJSON",),
    "gpkg": ("GPKG",),
    "shp": ("ESRI Shapefile",),
    "kml": ("LIBKML", "KML"),
    "gpx": ("GPX",),
}
"""Format → the GDAL drivers that may read it. No other driver is ever registered."""
_FORMATS: Mapping[str, str] = {f".{name}": name for name in DRIVERS} | {".json": "geojson"}
ARCHIVE_SUFFIXES = (".zip", ".kmz")
VECTOR_SUFFIXES = (*_FORMATS, *ARCHIVE_SUFFIXES)
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
"""What belongs to a shapefile and is read; only .shp and .dbf are needed."""
_FORMAT_LABELS = {"geojson": "GeoJSON", "gpkg": "GeoPackage", "shp": "shapefile", "kml": "KML", "gpx": "GPX"}
_HEAD = 4096
_CHUNK = 1 << 20
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?(\w+)")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_SHAPE_MAGIC = b"\x00\x00\x27\x0a"


@dataclass(frozen=True)
class Source:
    """A vector file of one format: its parts by ending, each to be read when it is staged."""

    file: str
    stem: str
    format: str
    parts: Mapping[str, Callable[[], bytes]]

    def stage(self, folder: Path, stem: str) -> Path:
        """Write the checked parts into a folder under a name of ours; return the main one. Raises UnreadableFile."""
        for suffix, read in self.parts.items():
            content = read()
            if suffix == f".{self.format}":
                content = self._checked(content)
            (folder / f"{stem}{suffix}").write_bytes(content)
        return folder / f"{stem}.{self.format}"

    def told(self, suffix: str) -> str | None:
        """Return the text of a small part (.prj, .cpg), None where it is missing."""
        read = self.parts.get(suffix)
        return None if read is None else read().decode("utf-8", "replace").strip()

    def _checked(self, content: bytes) -> bytes:
        """Return the content, text as UTF-8, if it is of the format; raises UnreadableFile."""
        if self.format == "gpkg":
            fits = content.startswith(b"SQLite format 3\x00")
        elif self.format == "shp":
            fits = content.startswith(_SHAPE_MAGIC)
        else:
            content = _utf8(content, self.file)
            fits = content.lstrip().startswith(b"{") if self.format == "geojson" else self._is_xml(content)
        if not fits:
            told = f"扩展名是 {_FORMAT_LABELS[self.format]}，但内容不是"
            raise unreadable(self.file, "content", told, "请从 GIS 软件里重新导出")
        return _DECLARATION.sub(b"", content, count=1) if self.format in ("kml", "gpx") else content

    def _is_xml(self, content: bytes) -> bool:
        """Say whether the root element is the format's; raises UnreadableFile where entities could be declared."""
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise unreadable(self.file, "entities", "文件里有实体声明（DOCTYPE），不予解析", "请从 GIS 软件里重新导出")
        root = _ROOT.search(_COMMENT.sub(b"", content[:_HEAD]))
        return root is not None and root.group(1).decode().lower() == self.format


def sources_of(path: Path, name: str) -> list[Source]:
    """Return the vector files in a file or archive; `name` is what faults call it. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    if suffix in ARCHIVE_SUFFIXES:
        return _inside(content_of(path, name), name)
    log = path.with_name(f"{path.name}-wal")
    if suffix == ".gpkg" and log.is_file() and log.stat().st_size:
        told = "文件正被其他程序打开，最近的改动还没有写进去"
        raise unreadable(name, "busy", told, "请在 QGIS 等软件里关闭它（或移除图层）后再交")
    parts: dict[str, Callable[[], bytes]] = {suffix: partial(content_of, path, name)}
    if suffix == ".shp":
        content_of(path, name)
        parts = {end: partial(content_of, part, part.name) for end, part in shape_parts(path).items()}
    return [_source(name, PurePath(name), parts)]


def shape_parts(path: Path) -> dict[str, Path]:
    """Return the parts of a loose shapefile that stand beside its .shp, by ending."""
    return _beside(path, sorted(other for other in path.parent.iterdir() if other.is_file()))


def _inside(content: bytes, name: str) -> list[Source]:
    if not content.startswith(ZIP):
        raise unreadable(name, "content", "扩展名是压缩包，但内容不是", "请重新压缩（zip 格式）后再交")
    archive = Archive(content, name)
    found = []
    for inside in sorted(archive.entries, key=lambda entry: (len(entry.parts), str(entry))):
        suffix = inside.suffix.lower()
        if suffix in _FORMATS:
            beside = _beside(inside, archive.entries) if suffix == ".shp" else {suffix: inside}
            parts = {end: partial(archive.read, part) for end, part in beside.items()}
            found.append(_source(name, PurePath(name) if inside.name == "doc.kml" else inside, parts))
    if not found:
        told = "压缩包里没有能读的矢量文件"
        raise unreadable(name, "empty", told, "请放入 shapefile（.shp、.dbf、.prj）、GeoJSON、GeoPackage、KML 或 GPX")
    return found


def _beside(shp: Inside, others: Iterable[Inside]) -> dict[str, Inside]:
    """Return the parts of a shapefile among other files, by ending; names may differ in case."""
    alike = [other for other in others if other.parent == shp.parent and other.stem.lower() == shp.stem.lower()]
    return {other.suffix.lower(): other for other in alike if other.suffix.lower() in SHAPE_PARTS}


def _source(name: str, inside: PurePath, parts: Mapping[str, Callable[[], bytes]]) -> Source:
    format_ = next(_FORMATS[suffix] for suffix in parts if suffix in _FORMATS)
    if format_ == "shp" and ".dbf" not in parts:
        told = f"“{inside.name}”缺少同名的 .dbf（属性表）"
        raise unreadable(name, "incomplete", told, "请把 .shp、.shx、.dbf、.prj、.cpg 一起交来，最好压缩成一个 zip")
    ours = {f".{format_}" if suffix in _FORMATS else suffix: read for suffix, read in parts.items()}
    return Source(name, inside.stem, format_, ours)


def _utf8(content: bytes, name: str) -> bytes:
    """Return a text in UTF-8 without byte order mark; raises UnreadableFile. Large ones aren't decoded as a whole."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _CHUNK):
            decoder.decode(content[start : start + _CHUNK], final=start + _CHUNK >= len(content))
    except UnicodeDecodeError:
        return decode(content, name).encode()
    if b"\x00" in content:
        raise unreadable(name, "encoding", "不是文本文件，或编码无法识别", "请从 GIS 软件里重新导出为 UTF-8 编码")
    return content.removeprefix(codecs.BOM_UTF8)
