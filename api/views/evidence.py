"""Files of evidence as pages list them, and what a visitor may do with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.datastructures import UploadFile

from api.deps import Inquiry, Parts
from api.i18n import gettext as _
from api.settings import Settings
from api.snapshots import Snapshot
from api.visitors import Kind, Visitor
from geo.admin.gazetteer import township_of
from geo.evidence.kinds import LABELS
from geo.evidence.taking import Taken, take
from geo.store.evidence import Evidence, read_evidence

_OUTSIDERS: Final = frozenset({Kind.SHARE, Kind.TOWNSHIP_SHARE})
_KILO: Final = 1024


@dataclass(frozen=True)
class FileLine:
    """A file as a page lists it. `size` and `kind` in words; `withdraws`: the visitor may take it back."""

    file: Evidence
    kind: str
    size: str
    withdraws: bool

    @property
    def address(self) -> str:
        """Where it is handed out."""
        return f"/evidence/{self.file.number}"


def may_see(visitor: Visitor) -> bool:
    """Say whether a visitor may see files at all: who is logged in, never who holds a link only."""
    return visitor.kind not in _OUTSIDERS


def may_withdraw(visitor: Visitor, file: Evidence) -> bool:
    """Say whether a visitor may take a file back: planners of a township only what belongs to it."""
    if not visitor.may_edit or file.withdrawn_on is not None:
        return False
    if visitor.township is None:
        return True
    return file.unit_code is not None and township_of(file.unit_code) == visitor.township


def all_files(parts: Parts) -> tuple[Evidence, ...]:
    """Every file that was ever attached, the oldest first."""
    return parts.recall.get(parts.snapshots.store, "evidence", lambda seen: read_evidence(seen, withdrawn=True))


def files_mark(files: Sequence[Evidence]) -> str:
    """A text that changes with every file that is attached or withdrawn."""
    return f"{len(files)} {sum(file.withdrawn_on is not None for file in files)}"


def seen_files(inquiry: Inquiry, shot: Snapshot) -> tuple[Evidence, ...]:
    """The files that a visitor may see, withdrawn ones too, as they were known on the day that is asked about."""
    files = all_files(inquiry.parts) if may_see(inquiry.visitor) else ()
    return files if shot.known_on is None else known_files(files, shot.known_on)


def known_files(files: Iterable[Evidence], day: date) -> tuple[Evidence, ...]:
    """The files that stood at the end of a day."""
    return tuple(
        file for file in files if file.recorded_on <= day and (file.withdrawn_on is None or file.withdrawn_on > day)
    )


def file_line(visitor: Visitor, file: Evidence, *, closed: bool = False) -> FileLine:
    """A file as a line; `closed`: of a day that is past, on which nobody can change anything."""
    return FileLine(file, _(LABELS[file.kind]), size_text(file.bytes), not closed and may_withdraw(visitor, file))


def size_text(count: int) -> str:
    """A number of bytes as people read it."""
    if count < _KILO * _KILO:
        return f"{max(1, round(count / _KILO))} KB"
    return f"{count / _KILO / _KILO:.1f} MB"


def take_uploads(uploads: Iterable[object], settings: Settings, *, pictures_only: bool = False) -> list[Taken]:
    """Look over what a form brought. Raises FileTooLarge, and UnreadableFile with one line for the first bad file."""
    found = []
    for upload in uploads:
        if not isinstance(upload, UploadFile) or not upload.filename:
            continue
        limit = settings.evidence_bytes
        content = upload.file.read(limit + 1)
        found.append(take(upload.filename, content, limit=limit, pictures_only=pictures_only))
    return found
