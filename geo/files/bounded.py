"""A process of its own for a file that may ask for too much: bounded in memory, time and output, without our secrets.

Both sides use this module, so it imports little.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

_KEPT_VARIABLES = (
    "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "APPDATA", "LANG", "LC_ALL", "PYTHONPATH",
    "PYTHONHOME", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB",
)  # fmt: skip
_GRACE = 5


def environment() -> dict[str, str]:
    """Return a child's variables: what it needs to start, and nobody's secrets."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    home = str(Path(__file__).parents[2])
    kept["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [kept.get("PYTHONPATH")])])
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def start(module: str, folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a module of ours on a folder; what it writes comes out of its pipe."""
    return subprocess.Popen(
        _command(module, folder),
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def run(module: str, folder: Path, variables: dict[str, str], seconds: int) -> int:
    """Run a module of ours on a folder, without input and output, and return its exit code.

    Raises subprocess.TimeoutExpired.
    """
    done = subprocess.run(
        _command(module, folder),
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )
    return done.returncode


def _command(module: str, folder: Path) -> list[str]:
    return [sys.executable, "-P", "-B", "-m", module, str(folder)]


def limit(*, memory: int, seconds: int, output: int) -> None:
    """Bound this process's address space (bytes), processor time and output (bytes), where the system can.

    The parent ends it after `seconds`; the limit of processor time is for a parent that is gone.
    """
    with contextlib.suppress(ImportError):
        import resource

        wanted = {"AS": memory, "CPU": seconds + _GRACE, "FSIZE": output, "CORE": 0}
        for name, most in wanted.items():
            with contextlib.suppress(AttributeError, ValueError, OSError):
                resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))
