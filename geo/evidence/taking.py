"""Take a file in as evidence: what it is, whether it is whole and harmless, and what of it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from geo.errors import UnreadableFile
from geo.evidence.documents import check_document
from geo.evidence.kinds import PICTURES, kind_of, what_else
from geo.evidence.names import clean_name, shown_name
from geo.evidence.pictures import redrawn
from geo.evidence.refusing import refused

if TYPE_CHECKING:
    from datetime import date

    from geo.evidence.kinds import Kind

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 20 * MEGABYTE


class FileTooLarge(UnreadableFile):
    """The file is over the limit; `limit` in bytes."""

    def __init__(self, name: str, limit: int) -> None:
        told = refused(name, "size", f"文件超过{limit // MEGABYTE}兆字节", "请缩小或拆开后再交")
        super().__init__(str(told), faults=told.faults)
        self.limit = limit


@dataclass(frozen=True)
class Taken:
    """A file that may be stored. `sha256` is its content's, `given_sha256` that of what was handed in."""

    name: str
    kind: Kind
    content: bytes
    sha256: str
    given_sha256: str
    width: int | None = None
    height: int | None = None
    taken_on: date | None = None


def take(given: str, content: bytes, *, limit: int = MOST_BYTES, pictures_only: bool = False) -> Taken:
    """Look a file over; `given` is the name that its sender gave.

    Pictures come out as pixels alone (`geo.evidence.pictures`), documents as they are. Raises FileTooLarge, and
    UnreadableFile for what is empty, broken, of another kind, or could do harm.
    """
    shown = shown_name(given)
    if not content:
        raise refused(shown, "empty", "空文件（0字节）", "请重新选择文件")
    if len(content) > limit:
        raise FileTooLarge(shown, limit)
    kind = kind_of(content)
    if kind is None:
        raise refused(shown, "kind", *what_else(content))
    name, digest = clean_name(given, kind), hashlib.sha256(content).hexdigest()
    if kind in PICTURES:
        drawn = redrawn(content, kind, shown)
        kept = hashlib.sha256(drawn.content).hexdigest()
        return Taken(name, kind, drawn.content, kept, digest, drawn.width, drawn.height, drawn.taken_on)
    if pictures_only:
        raise refused(shown, "kind", "不是照片", "这里请交 JPEG 或 PNG 照片")
    check_document(content, kind, shown)
    return Taken(name, kind, content, digest, digest)
