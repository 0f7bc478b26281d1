"""A file of a dossier before it is made: its place, what it depends on, and how it is made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from maps.dossier.edition import Edition


@dataclass(frozen=True)
class Making:
    """What a piece is made with. `target`: the file to write. `sources`: the pieces it asked for, by their paths."""

    edition: Edition
    target: Path
    sources: Mapping[str, Path]


class Make(Protocol):
    """A module's function that writes one file; picklable, for several processes make pieces."""

    __module__: str

    def __call__(self, making: Making, /, *told: Any) -> None:
        """Write `making.target`."""


@dataclass(frozen=True)
class Piece:
    """One file of a dossier.

    `path`: inside the dossier, with "/". `facts`: all that the file shows, as JSON-able values; the same facts
    give the same bytes, so a piece whose facts have not changed is not made again. `told`: further arguments of
    `make`, picklable. `sources`: paths of pieces that it is put together from; they are made before it.
    """

    path: str
    make: Make
    facts: Any
    told: tuple[Any, ...] = ()
    sources: Sequence[str] = ()

    def key(self, version: str, sources: Sequence[str] = ()) -> str:
        """SHA-256 of what the file's bytes depend on; `sources`: the digests of the files it is put together from."""
        depends = [version, self.make.__module__, self.path, self.facts, list(sources)]
        told = json.dumps(depends, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()
