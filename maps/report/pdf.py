"""A paper as PDF, by Typst."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from maps.print.typesetting import typeset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path


def paper_pdf(paper: Mapping[str, Any], *, day: date, pictures: Mapping[str, bytes | Path] | None = None) -> bytes:
    """Return a paper's PDF; `pictures`: path → PNG or PDF, by its ending; others are said to be missing."""
    there = dict(sorted((pictures or {}).items()))
    names = {path: f"pictures/{number}{PurePosixPath(path).suffix}" for number, path in enumerate(there)}
    told = {**paper, "files": names}
    return typeset("report.typ", told, day=day, files={names[path]: content for path, content in there.items()})
