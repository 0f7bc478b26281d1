"""The pages' own style sheets and scripts: addressed by their content, so that browsers may keep them for good."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

MOUNT: Final = "/static"
VENDOR: Final = "vendor"
FOR_GOOD: Final = "private, max-age=31536000, immutable"
_CHARACTERS: Final = 12
_ROOMS: Final = {
    VENDOR: Path(str(files("maps").joinpath("assets", "vendor"))),
    "": Path(str(files("api").joinpath("static"))),
}


class Assets(StaticFiles):
    """Files of one folder. An address that carries the file's mark never changes its content."""

    def __init__(self, room: str) -> None:
        super().__init__(directory=_ROOMS[room])
        self._room = room

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file; kept by browsers for good where the address names its content."""
        response = await super().get_response(path, scope)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        if response.status_code in (200, 304) and given == [mark(f"{self._room}/{path}".lstrip("/"))]:
            response.headers["Cache-Control"] = FOR_GOOD
        return response


def install(app: FastAPI) -> None:
    """Serve all rooms of assets."""
    for room in _ROOMS:
        app.mount(f"{MOUNT}/{room}".rstrip("/"), Assets(room), name=f"assets-{room or 'own'}")


def address(name: str) -> str:
    """The address of a file such as `site.css` or `vendor/htmx.org/htmx.min.js`, with the mark of its content."""
    return f"{MOUNT}/{name}?v={mark(name)}"


@cache
def mark(name: str) -> str:
    """A short text that changes with a file's content. Raises FileNotFoundError."""
    room, _, rest = name.partition("/")
    path = _ROOMS[room] / rest if rest and room in _ROOMS else _ROOMS[""] / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:_CHARACTERS]
