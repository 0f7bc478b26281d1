"""What a file is, told by its content alone; the ending of its name says nothing."""

from __future__ import annotations

import io
import zipfile
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["pdf", "png", "jpeg", "docx", "xlsx"]

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "png": "image/png",
        "jpeg": "image/jpeg",
        "docx": f"{_OFFICE}wordprocessingml.document",
        "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    }
)
ENDINGS: Final[Mapping[Kind, str]] = MappingProxyType(
    {"pdf": ".pdf", "png": ".png", "jpeg": ".jpg", "docx": ".docx", "xlsx": ".xlsx"}
)
PICTURES: Final[frozenset[Kind]] = frozenset({"png", "jpeg"})
DOCUMENTS: Final[frozenset[Kind]] = frozenset({"pdf", "docx", "xlsx"})
LABELS: Final[Mapping[Kind, str]] = MappingProxyType(
    {"pdf": "PDF", "png": "PNG 图片", "jpeg": "JPEG 图片", "docx": "Word 文档", "xlsx": "Excel 工作簿"}
)
MAIN_PARTS: Final[Mapping[Kind, str]] = MappingProxyType({"docx": "word/document.xml", "xlsx": "xl/workbook.xml"})
"""The part that a document of an office program is opened by."""

_BEGINNINGS: Final[Mapping[bytes, Kind]] = MappingProxyType({b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"})
_PDF: Final = b"%PDF-"
_PDF_WITHIN: Final = 1024
_AS_JPEG: Final = "请存成 JPEG 或 PNG 后再交"
_HEIC: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"})
_ELSE: Final[Mapping[bytes, tuple[str, str]]] = MappingProxyType(
    {
        b"GIF8": ("是 GIF 图片", _AS_JPEG),
        b"BM": ("是 BMP 图片", _AS_JPEG),
        b"II*\x00": ("是 TIFF 图片", _AS_JPEG),
        b"MM\x00*": ("是 TIFF 图片", _AS_JPEG),
        b"\xd0\xcf\x11\xe0": (
            "是旧格式（.doc、.xls）或有密码的文档",
            "请去掉密码，用 WPS 或 Office 另存为 .docx、.xlsx 或 PDF",
        ),
        b"Rar!": ("是压缩包", "请解开后逐个交里面的文件"),
        b"7z\xbc\xaf": ("是压缩包", "请解开后逐个交里面的文件"),
        b"\x1f\x8b": ("是压缩包", "请解开后逐个交里面的文件"),
        b"MZ": ("是程序", "请交文档或图片"),
    }
)


def kind_of(content: bytes) -> Kind | None:
    """Return what a content is, None for what is not taken."""
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if _PDF in content[:_PDF_WITHIN]:
        return "pdf"
    names = _names(content)
    return next((kind for kind, part in MAIN_PARTS.items() if part in names), None)


def what_else(content: bytes) -> tuple[str, str]:
    """Return what a content that isn't taken is, and what to hand in instead."""
    for beginning, told in _ELSE.items():
        if content.startswith(beginning):
            return told
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "是 WebP 图片", _AS_JPEG
    if content[4:8] == b"ftyp":
        return ("是 HEIC 照片", _AS_JPEG) if content[8:12] in _HEIC else ("是视频", "请交照片或文档")
    names = _names(content)
    if names:
        slides = "ppt/presentation.xml" in names
        return ("是演示文稿", "请另存为 PDF") if slides else ("是压缩包", "请解开后逐个交里面的文件")
    beginning = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<svg", b"<!doctype", b"<html", b"<?xml", b"<script")) or b"<svg" in beginning:
        return "是网页或矢量图，其中可以有脚本", "请存成 PDF、JPEG 或 PNG 后再交"
    return "看不出是什么文件", "可以交 PDF、JPEG、PNG、DOCX、XLSX"


def _names(content: bytes) -> frozenset[str]:
    if not content.startswith(b"PK"):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return frozenset()
