"""The file of an SQLite store: made whole under another name, and known to be unchanged without being opened."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

Stamp = tuple[int, int, int, int, bytes]

_HEADER_BYTES = 100
_ROLLBACK_JOURNAL = b"\x01\x01"
_MOST_HANDLES = 32
_handles: dict[tuple[int, int], int] = {}
"""Device and inode → handle of the files looked at last."""
_opening = Lock()


@lru_cache(maxsize=256)
def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite URL, None for other databases and for memory."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    name = parsed.database or ":memory:"
    if parsed.get_backend_name() != "sqlite" or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def sqlite_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite:///{path.as_posix()}"


@contextmanager
def in_the_making(path: Path) -> Iterator[Path]:
    """Give a name next to `path` to make a database under; it is gone afterwards, unless it was moved."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
    finally:
        for made in (temporary, temporary.with_name(f"{temporary.name}-journal")):
            with suppress(OSError):  # what went wrong before is what matters
                made.unlink(missing_ok=True)


def publish(temporary: Path, path: Path) -> None:
    """Give a finished file its name. Raises FileExistsError if something stands there, and leaves it alone."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: claim the name, then fill it
        path.open("xb").close()
        temporary.replace(path)


def stamp(path: Path | None) -> Stamp | None:
    """Return what changes with every commit to an SQLite file; None where nothing so cheap tells.

    The header's change counter (https://www.sqlite.org/fileformat2.html, 1.3.6) tells it for
    a rollback journal; the file's identity, whether another file has taken its place.
    """
    if path is None:
        return None
    try:
        header, found = _header(path)
    except OSError:
        return None
    if len(header) < _HEADER_BYTES or header[18:20] != _ROLLBACK_JOURNAL:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, header


def _header(path: Path) -> tuple[bytes, os.stat_result]:
    """Read a file's first bytes through a handle that stays open.

    On POSIX, a process that closes any handle of a file loses all its locks on it, those of
    SQLite's transactions in other threads too (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    if os.name == "nt":
        with path.open("rb", buffering=0) as file:
            return file.read(_HEADER_BYTES), os.fstat(file.fileno())
    with _opening:
        found = os.stat(path)  # noqa: PTH116  # a third of the time of Path.stat, and every request asks
        handle = _handles.pop((found.st_dev, found.st_ino), None)
        if handle is None:
            handle = os.open(path, os.O_RDONLY)
            found = os.fstat(handle)
        _handles[found.st_dev, found.st_ino] = handle
        if len(_handles) > _MOST_HANDLES:
            os.close(_handles.pop(next(iter(_handles))))
        return os.pread(handle, _HEADER_BYTES, 0), found
