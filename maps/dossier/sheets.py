"""Which map sheets of the atlas show a rule, for the parts of a dossier that place them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from maps.dossier.edition import Edition


class SheetPaths(NamedTuple):
    """A rule's map as a single sheet: where its PDF and its picture stand in the dossier."""

    pdf: str
    png: str


def sheets_of(edition: Edition) -> dict[str, SheetPaths]:
    """Return rule → its map sheet; none in the dossier of one township, which has no single sheets."""
    from maps.atlas.titles import picture_path, sheet_paths

    if edition.township is not None:
        return {}
    return {rule: SheetPaths(path, picture_path(path)) for rule, path in sheet_paths(edition.assessment).items()}
