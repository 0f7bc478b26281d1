"""Options of an import as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.admin.gazetteer import full_code

if TYPE_CHECKING:
    from geo.admin.gazetteer import Gazetteer


def column_called(text: str) -> tuple[str, str] | None:
    """Read 原列名=列名; None where it isn't written so."""
    written, _, means = text.partition("=")
    return (written.strip(), means.strip()) if written.strip() and means.strip() else None


def scope_code(known: Gazetteer, wanted: str) -> str:
    """Return the code of the township, or of the whole place, that a name or code means. Raises UnknownUnit."""
    if full_code(wanted) == known.place_code or known.find_township(wanted) == {known.place_code}:
        return known.place_code
    return known.township_code(wanted)
