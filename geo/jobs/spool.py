"""The spool: uploads, each in a folder of its own under a name of ours, readable by this account only."""

from __future__ import annotations

import shutil
import stat
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from geo.files.opening import READABLE_SUFFIXES
from geo.store.files import sqlite_path

if TYPE_CHECKING:
    from typing import BinaryIO

PREFIX: Final = "upload-"
NAME: Final = "upload"
_SUFFIXES: Final = frozenset(READABLE_SUFFIXES)
_YOUNG_S: Final = 3600
"""Folders younger than this may belong to a request that is still being answered."""


def spool_beside(url: str) -> Path:
    """Return where uploads wait by default: beside an SQLite file, else in the current folder."""
    path = sqlite_path(url) or Path("kepu.db")
    return path.with_name(f"{path.name}-uploads")


class Spool:
    """A folder of uploads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: BinaryIO, name: str) -> str:
        """Copy an upload into a fresh folder, gone again if that fails; of its name only a known ending is kept."""
        suffix = PurePosixPath(name).suffix.lower()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(self._folder.stat().st_mode) & 0o077:
            self._folder.chmod(0o700)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._folder))
        path = folder / (NAME + (suffix if suffix in _SUFFIXES else ""))
        try:
            with path.open("wb") as copy:
                shutil.copyfileobj(content, copy)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return f"{folder.name}/{path.name}"

    def path(self, upload: str) -> Path:
        """Return where an upload is."""
        return self._folder / upload

    def has(self, upload: str) -> bool:
        """Say whether an upload is here: another machine may have taken it."""
        return self.path(upload).is_file()

    def remove(self, upload: str) -> None:
        """Delete an upload with its folder."""
        if upload.startswith(PREFIX):
            shutil.rmtree(self.path(upload).parent, ignore_errors=True)

    def sweep(self, needed: set[str]) -> None:
        """Delete what no job needs."""
        if not self._folder.is_dir():
            return
        wanted = {name.partition("/")[0] for name in needed}
        for folder in self._folder.glob(f"{PREFIX}*"):
            if folder.name not in wanted and time.time() - folder.stat().st_mtime > _YOUNG_S:
                shutil.rmtree(folder, ignore_errors=True)
