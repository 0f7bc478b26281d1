"""PDF, DOCX and XLSX: kept byte by byte, but only what is whole, opens without a password and runs nothing."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from geo.errors import UnreadableFile
from geo.evidence.kinds import LABELS, MAIN_PARTS
from geo.evidence.refusing import refused

if TYPE_CHECKING:
    from geo.evidence.kinds import Kind

_TAIL: Final = 4096
_LOCKED: Final = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_RUNS: Final = re.compile(rb"/(?:JavaScript|Launch)\b")
_ENCRYPTED: Final = 0x1
_MOST_BYTES: Final = 200 * 1024 * 1024
_MOST_OF_A_PART: Final = 50 * 1024 * 1024
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_AGAIN: Final = "请重新导出或另存后再交"


def check_document(content: bytes, kind: Kind, name: str) -> None:
    """Look a document over. Raises UnreadableFile."""
    if kind == "pdf":
        _check_pdf(content, name)
    else:
        _check_office(content, kind, name)


def _check_pdf(content: bytes, name: str) -> None:
    tail = content[-_TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise refused(name, "damaged", "PDF 不完整", _AGAIN)
    if _LOCKED.search(content):
        raise refused(name, "password", "PDF 有密码或限制", "请去掉后再交")
    if _RUNS.search(content):
        raise refused(name, "script", "PDF 里有脚本或会启动程序", "请用“打印成 PDF”重新做一份")


def _check_office(content: bytes, kind: Kind, name: str) -> None:
    """Refuse what unpacks to very much, climbs out of its folder, has macros or a password, or is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > _MOST_BYTES or any(map(_is_vast, infos)):
                raise refused(name, "large", f"{LABELS[kind]}解开后大得不正常", "请核对来源，另存一份后再交")
            if any("vbaproject" in info.filename.lower() for info in infos):
                raise refused(name, "macro", f"{LABELS[kind]}里有宏", "请另存为不带宏的 .docx、.xlsx，或 PDF")
            if any(info.flag_bits & _ENCRYPTED for info in infos):
                raise refused(name, "password", f"{LABELS[kind]}有密码", "请去掉密码后再交")
            whole = archive.testzip() is None and _opens(archive.read(MAIN_PARTS[kind]))
            if not whole or any(map(_climbs, infos)):
                raise refused(name, "damaged", f"{LABELS[kind]}已损坏", _AGAIN)
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise refused(name, "damaged", f"{LABELS[kind]}已损坏", _AGAIN) from error


def _is_vast(info: zipfile.ZipInfo) -> bool:
    """Say whether a part, which office programs read whole, is larger than one that people write."""
    return info.file_size > _MOST_OF_A_PART and info.filename.lower().endswith((".xml", ".rels"))


def _climbs(info: zipfile.ZipInfo) -> bool:
    inside = PurePosixPath(info.filename.replace("\\", "/"))
    return inside.is_absolute() or ".." in inside.parts


def _opens(part: bytes) -> bool:
    """Say whether the main part is XML that defines no entities of its own."""
    from xml.parsers import expat

    parser = expat.ParserCreate()

    def defined(*_: object) -> None:
        raise ValueError

    parser.EntityDeclHandler = defined
    try:
        parser.Parse(part, True)
    except expat.ExpatError:
        return False
    return True
