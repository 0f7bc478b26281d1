"""Uploads: a browser's file becomes a file of ours, under a name of ours."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from api.jobs import new_folder
from geo.faults import printable
from geo.files.opening import READABLE_SUFFIXES

LONGEST_NAME: Final = 120
NAMELESS: Final = "upload"
_SUFFIXES: Final = frozenset(READABLE_SUFFIXES)


def shown_name(given: str | None) -> str:
    """The name that a sender gave, without folders and control characters: to be shown, never to be opened."""
    name = PurePosixPath((given or "").replace("\\", "/")).name
    clean = printable(name.encode("utf-8", "replace").decode()).strip()
    return clean[-LONGEST_NAME:] or NAMELESS


def keep(content: BinaryIO, given: str | None) -> Path:
    """Copy an upload into a fresh folder, gone again if that fails; of its name only a known ending is kept."""
    suffix = PurePosixPath(shown_name(given)).suffix.lower()
    folder = new_folder()
    path = folder / (NAMELESS + (suffix if suffix in _SUFFIXES else ""))
    try:
        with path.open("wb") as copy:
            shutil.copyfileobj(content, copy)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path
