"""The manifest of a dossier: every file with its digest, and what the whole was made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from maps.errors import DossierRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from maps.dossier.edition import Edition

NAME: Final = "manifest.json"
_FORM: Final = 1


@dataclass(frozen=True)
class Entry:
    """One file: its SHA-256, its size in bytes, and the key of what it was made from."""

    sha256: str
    size: int
    key: str


@dataclass(frozen=True)
class Manifest:
    """A finished dossier. `about`: dates, mode, digests of store and plan, version; `files`: by path."""

    about: Mapping[str, Any]
    edition: str
    files: Mapping[str, Entry]

    def write(self, folder: Path) -> None:
        """Write manifest.json, whole or not at all."""
        told = {
            "form": _FORM,
            "edition": self.edition,
            "about": dict(self.about),
            "files": {
                path: {"sha256": entry.sha256, "size": entry.size, "key": entry.key}
                for path, entry in sorted(self.files.items())
            },
        }
        draft = folder / f"{NAME}.draft"
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
        draft.replace(folder / NAME)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder, None where there is none; raises DossierRefused where it is not one of ours."""
    path = folder / NAME
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        files = {_inside(name): Entry(**entry) for name, entry in told["files"].items()}
        return Manifest(_about(told["about"]), told["edition"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path.name} 不是档案清单，或已损坏：请换一个空文件夹"
        raise DossierRefused(msg) from error


def _inside(name: str) -> str:
    """Return a path that stays in its folder; a manifest that somebody wrote shall not reach out of it."""
    parts = name.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\\" in name or ":" in parts[0] or "\0" in name:
        raise ValueError(name)
    return name


def _about(told: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("as_of", "known_on", "before"):
        if (day := told.get(name)) is not None:
            date.fromisoformat(day)
    return told


def last_day(folder: Path, as_of: date) -> date | None:
    """Return the day that a new dossier in a folder is compared with: that of the last one in it, None for none.

    One that is made again for its own day keeps the day that it was compared with.
    """
    last = read_manifest(folder) if folder.is_dir() else None
    if last is None:
        return None
    told = last.about.get("as_of"), last.about.get("before")
    days = [date.fromisoformat(text) for text in told if text]
    return next((day for day in days if day < as_of), None)


def about(edition: Edition) -> dict[str, Any]:
    """Return what the manifest says of the whole."""
    known, before = edition.assessment.known_on, edition.before
    return {
        "place": {"code": edition.place.code, "name": edition.place.name},
        "township": edition.township,
        "as_of": edition.as_of.isoformat(),
        "known_on": known.isoformat() if known else None,
        "before": before[0].as_of.isoformat() if before else None,
        "mode": "public" if edition.public else "internal",
        "review_number": edition.review_number,
        "entered_by": edition.entered_by,
        "plan": {"id": edition.assessment.plan.plan.id, "sha256": edition.assessment.plan.sha256},
        "store": edition.store_digest,
        "version": edition.version,
    }


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
