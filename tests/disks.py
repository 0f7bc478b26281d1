"""Disks for the tests: small ones and read-only ones, where this machine lets us mount them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def disk(folder: Path, *, kilobytes: int = 8192) -> Iterator[Path]:
    """A disk of a size, mounted at a folder; skips the test where mounting is not allowed."""
    folder.mkdir()
    if sys.platform != "linux" or not _run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)):
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))


def make_read_only(folder: Path) -> None:
    """Let a mounted disk take no more writes."""
    assert _run("mount", "-o", "remount,ro", str(folder))
