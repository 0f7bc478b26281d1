"""A dossier as one ZIP, for handing over: the same files give the same bytes."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from maps.dossier.building import DRAFT, MARK

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_STORED: Final = frozenset({".pdf", ".docx", ".xlsx", ".png", ".jpg", ".zip"})
"""What is compressed already."""


def write_archive(folder: Path, target: Path, day: date) -> None:
    """Write all files of a dossier, each dated `day`, names in UTF-8; the ZIP appears when it is whole."""
    draft = target.with_suffix(".draft")
    with zipfile.ZipFile(draft, "w") as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if not path.is_file() or name == MARK or name.startswith(f"{DRAFT}/"):
                continue
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as copy:
                while block := source.read(1 << 20):
                    copy.write(block)
    draft.replace(target)
