"""Serving, by one process or several: each makes the app from the environment that the first one handed down."""

from __future__ import annotations

import os
from contextlib import nullcontext

import uvicorn
from fastapi import FastAPI

from api.logs import log_config
from api.main import create_app
from api.metrics import shared_counts
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


def run(settings: Settings, workers: int) -> None:
    """Serve until told to stop."""
    hand_down(settings)
    with shared_counts() if workers > 1 else nullcontext():
        uvicorn.run(
            create_app(settings) if workers == 1 else "api.serving:served_app",
            factory=workers > 1,
            workers=workers,
            host=settings.host,
            port=settings.port,
            ssl_certfile=settings.tls_certificate or None,
            ssl_keyfile=settings.tls_key or None,
            log_config=log_config(settings),
            access_log=False,  # it would write down addresses, and what was searched for with them
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,  # pages that listen to an import would hold it up
        )
