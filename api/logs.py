"""What a running server writes down: faults, and requests where a setting says so; never what somebody typed.

A request's line has the template of its route, not its address: addresses hold names that were searched for, units,
and the secrets of shared links.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.texts import TEXTS

if TYPE_CHECKING:
    from api.settings import Settings

access: Final = logging.getLogger("kepu.access")
FILE_BYTES: Final = 5 * 1024 * 1024
FILES: Final = 10


def log_config(settings: Settings) -> dict[str, Any]:
    """Where logs go, for `logging.config.dictConfig`: stderr, or a file that rotates when it is full."""
    to_file = {"class": "logging.handlers.RotatingFileHandler", "filename": settings.log_file, "encoding": "utf-8",
               "maxBytes": FILE_BYTES, "backupCount": FILES, "delay": True}  # fmt: skip
    out = to_file if settings.log_file else {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
    level, told = settings.log_level.upper(), {"handlers": ["out"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"out": {**out, "formatter": "plain"}},
        "loggers": {
            "kepu": {**told, "level": level},
            "kepu.access": {**told, "level": "INFO" if settings.access_log else "CRITICAL"},
            "uvicorn": {**told, "level": level},
        },
    }


def note_request(route: tuple[str, str], status: int, seconds: float) -> None:
    """Write down an answered request."""
    access.info("%s %s %d %.0f ms", *route, status, seconds * 1000)


def fault(settings: Settings, workers: int) -> str | None:
    """What is wrong with the log of so many processes; None where nothing is."""
    if not settings.log_file:
        return None
    if not Path(settings.log_file).absolute().parent.is_dir():
        return TEXTS["setting_log_folder"].format(folder=Path(settings.log_file).parent)
    return TEXTS["setting_log_file"] if workers > 1 else None
