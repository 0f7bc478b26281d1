"""Read vector files as raw tables: GeoJSON, GeoPackage, shapefiles, KML and KMZ, GPX, loose or zipped.

Each layer becomes a table: its fields, then longitude, latitude and datum; of lines and
areas a point inside. Row 1 is the field names, row 2 the first feature.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from geo.crs import DATUM_LABELS
from geo.errors import UnreadableFile
from geo.faults import Fault
from geo.files.content import unreadable
from geo.files.layout import RawTable
from geo.files.vector_process import ReadLayer, read_staged
from geo.files.vector_sources import Source, sources_of
from geo.words.cells import is_blank
from geo.words.vocabulary import column_of, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.crs import Datum
    from geo.faults import Severity
    from geo.words.cells import Cell

_ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5": "Big5"}
_SAID_ENCODINGS = {
    "utf-8": ("utf-8", "utf8", "65001"),
    "gb18030": ("gbk", "gb2312", "gb18030", "936", "cp936", "ansi936"),
    "big5": ("big5", "950", "cp950"),
}
_POSITION = ("经度", "纬度")
_DATUM, _REMARK = "坐标系", "备注"
_DEGREES = (180.0, 90.0)
_TECHNICAL = {"fid", "ogc_fid", "gid", "objectid", "shape_leng", "shape_length", "shape_area"}
"""Fields that GIS software adds to every layer."""
_OF_FORMAT = {
    "kml": {"id", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility", "draworder",
            "icon", "snippet"},
    "gpx": {"ele", "time", "magvar", "geoidheight", "cmt", "src", "link1_href", "link1_text", "link1_type",
            "link2_href", "link2_text", "link2_type", "sym", "type", "fix", "sat", "hdop", "vdop", "pdop",
            "ageofdgpsdata", "dgpsid"},
}  # fmt: skip
"""Fields that a format gives to every feature."""
_ASK = "坐标是经纬度的，请用 --datum 指明（cgcs2000、wgs84、gcj02、bd09）"


def read_vectors(path: Path, *, shown_as: str | None = None, datum: Datum | None = None) -> list[RawTable]:
    """Read every layer of a vector file or archive that has features.

    `datum` is what the sender declares: it holds whatever the file says of itself, since
    offset coordinates are often saved as WGS 84. Without it a coordinate system that the
    file doesn't name is asked for, and one whose datum is neither WGS 84 nor CGCS2000 is
    refused. Raises UnreadableFile.
    """
    name = shown_as or path.name
    sources = sources_of(path, name)
    with tempfile.TemporaryDirectory(prefix="kepu-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        staged = [(s, s.stage(folder, f"staged-{number}-"), encodings_of(s)) for number, s in enumerate(sources)]
        linked = any(source.format == "kml" and b"<NetworkLink" in path.read_bytes() for source, path, _ in staged)
        read = read_staged(folder, staged)
    layers = [_Layer(layer, datum) for layer in read]
    faults = [fault for layer in layers for fault in layer.refusals()]
    if faults:
        raise UnreadableFile(faults[0].line(), faults=faults)
    tables = [layer.table() for layer in layers if layer.read.rows]
    if not tables:
        raise unreadable(name, "empty", "文件里没有任何要素", "请确认导出的图层不是空的")
    notes = _left_out(name, ways=sum(layer.unread for layer in read), linked=linked)
    return [replace(tables[0], notes=(*tables[0].notes, *notes)), *tables[1:]]


def _left_out(name: str, *, ways: int, linked: bool) -> list[Fault]:
    """Tell of what stands in a file and isn't read."""
    told = [*(["航线、航迹"] if ways else []), *(["网络链接所指的内容"] if linked else [])]
    shown = f"没有读取{'、'.join(told)}"
    return [Fault("warning", "layer-unread", name, shown, "如应读取，请另存为点图层")] if told else []


def _said(source: Source) -> str | None:
    """Return the encoding that a shapefile's .cpg names; None where it names none, or one that has no Chinese."""
    folded = plain(source.told(".cpg") or "").replace(" ", "")
    return next((encoding for encoding, names in _SAID_ENCODINGS.items() if folded in names), None)


def encodings_of(source: Source) -> list[str]:
    """Return the encodings to try on a shapefile's texts, the one that it names first."""
    return list(dict.fromkeys(encoding for encoding in (_said(source), "utf-8", "gb18030") if encoding))


@dataclass(frozen=True)
class _Layer:
    """A layer that was read, and the datum that its sender declares."""

    read: ReadLayer
    declared: Datum | None

    @cached_property
    def places(self) -> list[tuple[Cell, Cell]]:
        """Longitude and latitude of the features that have any."""
        return [(lon, lat) for *_, lon, lat in self.read.rows if lon is not None or lat is not None]

    # -- refusals --------------------------------------------------------------------

    def refusals(self) -> list[Fault]:
        """Say why the layer's coordinates can't be used."""
        crs = self.read.crs
        if not self.places:
            return []
        if crs is None and self.declared is None:
            has_none = self.read.source.format == "shp" and self.read.source.told(".prj") is None
            told = "缺少 .prj，不知道坐标系" if has_none else "没有写明坐标系，或写法认不出"
            return [self._refusal(told, f"请补上坐标系（.prj）后再交；{_ASK}")]
        if crs is not None and crs["datum"] is None and self.declared is None:
            told = f"坐标系“{crs['name']}”与 CGCS2000 之间没有公开的准确换算"
            return [self._refusal(told, "请在 GIS 软件里转换为 CGCS2000 经纬度后再交")]
        odd = [place for place in self.places if not _in_degrees(place)]
        if len(odd) * 2 > len(self.places):
            told = f"坐标不是经纬度（如 {odd[0][0]}，{odd[0][1]}），也没有写明是哪一种投影"
            return [self._refusal(told, "请补上坐标系（.prj）后再交，或转换为经纬度")]
        return []

    def _refusal(self, told: str, remedy: str) -> Fault:
        return Fault("error", "file-crs", self.read.source.file, told, remedy, sheet=self.read.name)

    # -- the table -------------------------------------------------------------------

    def table(self) -> RawTable:
        """Return the layer as a table, with notes of how it was understood."""
        chosen = self._columns()
        header = [header for _, header in chosen]
        own_datum = any(_means(header) == "datum" for header in header)
        added = [*_POSITION, *([] if own_datum else [_DATUM])] if self.places else []
        datum = self.declared or (self.read.crs or {}).get("datum")
        label = _label(datum) if datum else None
        body = []
        for *cells, lon, lat in self.read.rows:
            position = (lon, lat, label if lon is not None else None)[: len(added)]
            body.append((*(cells[n] for n, _ in chosen), *position))
        notes = tuple(self._notes())
        return RawTable(self.read.source.file, self.read.name, (*header, *added), tuple(body), notes=notes)

    def _columns(self) -> list[tuple[int, str]]:
        """Return the position and header of the fields that tell of the feature."""
        fields = list(enumerate(self.read.fields))
        kept = [(n, header) for n, header in fields if not self._technical(n, header)]
        if self.read.source.format == "gpx":  # what GDAL puts before the fields of other programs
            kept = [(n, header.removeprefix("ogr_")) for n, header in kept]
        if self.read.source.format in _OF_FORMAT and not any(_means(header) == "remark" for _, header in kept):
            kept = [(n, _REMARK if plain(header) in ("description", "desc") else header) for n, header in kept]
        return [(n, header) for n, header in kept if not (self.places and header in self._replaced)]

    def _technical(self, position: int, header: str) -> bool:
        """Say whether a field is of the format or of a program, and tells nothing of the features."""
        folded, format_ = plain(header), self.read.source.format
        cells = [row[position] for row in self.read.rows]
        if folded == "id" and all(cell is None or isinstance(cell, int | float) for cell in cells):
            return True
        of_format = _OF_FORMAT.get(format_)
        return folded in _TECHNICAL or (of_format is not None and (folded in of_format or all(map(is_blank, cells))))

    @cached_property
    def _replaced(self) -> list[str]:
        """Fields that hold coordinates; the features' own hold instead."""
        return [header for header in self.read.fields if _means(header) in ("lon", "lat")]

    # -- notes -----------------------------------------------------------------------

    def _notes(self) -> list[Fault]:
        read = self.read
        notes = [self._note("note", "layer-read", f"读到{len(read.rows)}个要素，第2行是第1个要素{self._system()}")]
        missing = len(read.rows) - len(self.places)
        if self.places and missing:
            notes.append(self._note("note", "layer-places", f"{missing}个要素没有图形，坐标留空"))
        if read.inner:
            notes.append(self._note("note", "layer-shapes", f"{read.inner}个要素是线或面，取其内部一点作为位置"))
        if self.places and self._replaced:
            told = f"位置取自图形，没有读取{'、'.join(f'“{header}”' for header in self._replaced)}列"
            notes.append(self._note("note", "layer-columns", told))
        return [*notes, *self._encoding_notes()]

    def _system(self) -> str:
        """Say which coordinate system the positions are read in."""
        if not self.places:
            return ""
        own = "" if self.read.crs is None else self.read.crs["name"]
        said = "" if self.declared is None else f"按 --datum 指明的 {_label(self.declared)} 读取"
        return f"；坐标系{f'为 {own}' if own else '没有写明'}" + (f"，{said}" if said else "")

    def _encoding_notes(self) -> list[Fault]:
        """Say in which encoding the texts of a shapefile were read where it names none, or one that doesn't fit."""
        sample = self._sample()
        said, used = _said(self.read.source), self.read.encoding
        if used is None or sample is None or said == used:
            return []
        shown, remedy = f"属性表按 {_ENCODINGS[used]} 读取，如“{sample}”", "文字如有错，请补上 .cpg 或按 UTF-8 重新导出"
        if said is None:
            return [self._note("note", "layer-encoding", f"没有注明文字编码（.cpg），{shown}", remedy)]
        told = f".cpg 注明的 {_ENCODINGS[said]} 读不通，{shown}"
        return [self._note("warning", "layer-encoding", told, remedy)]

    def _sample(self) -> str | None:
        """Return a text by which to judge the encoding: a field's name or a unit's, never what may be a person's."""
        fields, rows = self.read.fields, self.read.rows
        units = [n for n, header in enumerate(fields) if _means(header) in ("township", "village")]
        texts = [*fields, *(row[n] for n in units for row in rows)]
        return next((text for text in texts if isinstance(text, str) and not text.isascii()), None)

    def _note(self, severity: Severity, code: str, told: str, remedy: str = "") -> Fault:
        return Fault(severity, code, self.read.source.file, told, remedy, sheet=self.read.name)


def _label(datum: Datum) -> str:
    return DATUM_LABELS[datum].partition("（")[0]


def _means(header: str) -> str | None:
    """Return the common canonical column of a field's name."""
    return column_of(header, "")[0]


def _in_degrees(place: Sequence[Cell]) -> bool:
    """Say whether a longitude and latitude can be degrees; what is no number is left to the row's own check."""
    pairs = zip(place, _DEGREES, strict=True)
    return all(not isinstance(value, int | float) or abs(value) <= most for value, most in pairs)
