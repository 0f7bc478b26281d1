"""Zip archives from others: looked over before anything is unpacked.

Names may be in any encoding that Chinese systems write. What could climb out of a folder,
stands for another file, holds archives again or unpacks to very much is refused; what
macOS adds (`__MACOSX`, `.DS_Store`) is passed over.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from geo.files.content import unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.errors import UnreadableFile

_MOST_ENTRIES = 2000
_MOST_BYTES = 200 * 1024 * 1024
_ENCRYPTED, _UTF8 = 0x1, 0x800
_ARCHIVES = {".zip", ".kmz", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz"}
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


class Archive:
    """A zip archive whose entries are all harmless. `entries`: where a file stands inside → its entry."""

    def __init__(self, content: bytes, name: str) -> None:
        """Look an archive over; raises UnreadableFile."""
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN as error:
            raise self._damaged() from error
        self.entries: Mapping[PurePosixPath, zipfile.ZipInfo] = self._checked()

    def read(self, inside: PurePosixPath) -> bytes:
        """Unpack one file; raises UnreadableFile if it is damaged."""
        try:
            return self._zip.read(self.entries[inside])
        except _BROKEN as error:
            raise self._damaged() from error

    def _checked(self) -> dict[PurePosixPath, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > _MOST_ENTRIES or sum(info.file_size for info in infos) > _MOST_BYTES:
            told = f"压缩包解开后超过{_MOST_BYTES >> 20}兆字节，或文件多于{_MOST_ENTRIES}个"
            raise unreadable(self._name, "large", told, "请只压缩要交的图层，或拆成几份")
        found: dict[PurePosixPath, zipfile.ZipInfo] = {}
        for info in infos:
            inside = PurePosixPath(name_of(info).replace("\\", "/"))
            self._refuse(info, inside)
            if info.is_dir() or _is_litter(inside):
                continue
            if inside in found:
                raise unreadable(self._name, "archive", f"压缩包里有两个“{inside}”", "请重新压缩")
            if inside.suffix.lower() in _ARCHIVES:
                raise unreadable(self._name, "nested", f"压缩包里还有压缩包“{inside}”", "请解开后重新压缩成一层")
            found[inside] = info
        return found

    def _refuse(self, info: zipfile.ZipInfo, inside: PurePosixPath) -> None:
        if inside.is_absolute() or ".." in inside.parts or _DRIVE.match(str(inside)):
            raise unreadable(self._name, "path", f"压缩包里的路径指向包外：“{inside}”", "请重新压缩，不要交这个文件")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise unreadable(self._name, "link", f"压缩包里的“{inside}”是链接，不是文件", "请压缩文件本身")
        if info.flag_bits & _ENCRYPTED:
            raise unreadable(self._name, "password", "压缩包有密码", "请去掉密码后再交")

    def _damaged(self) -> UnreadableFile:
        return unreadable(self._name, "damaged", "不是完好的压缩包", "请重新压缩（zip 格式）后再交")


def name_of(info: zipfile.ZipInfo) -> str:
    """Return an entry's name as its maker wrote it: told to be UTF-8, else UTF-8 or GB18030, as it fits."""
    if info.flag_bits & _UTF8:
        return info.filename
    raw = info.filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _is_litter(inside: PurePosixPath) -> bool:
    """Say whether a file is what a system adds by itself."""
    return "__MACOSX" in inside.parts or inside.name.startswith("._") or inside.name in {".DS_Store", "Thumbs.db"}
