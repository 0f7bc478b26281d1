"""Serving by several processes: each makes the app from the environment that the first one handed down."""

from __future__ import annotations

import os

from fastapi import FastAPI

from api.main import create_app
from api.settings import Settings, variable

HANDED_DOWN = ("database_url", "host", "port")
"""What the command line may say otherwise than the environment."""


def hand_down(settings: Settings) -> None:
    """Put what the command line said where the processes to come look for it."""
    for name in HANDED_DOWN:
        os.environ[variable(name)] = str(getattr(settings, name))


def served_app() -> FastAPI:
    """The app of one process. Raises SettingsRefused."""
    return create_app(Settings.from_environment())
