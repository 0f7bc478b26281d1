"""The spot-check book (抽查手册): a page for each village with all that proves its states, and two indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from maps.dossier.openness import shown
from maps.dossier.pieces import Piece
from maps.dossier.shared_tables import digest_of, tables_of
from maps.dossier.spot_book_pages import book
from maps.dossier.spot_book_pictures import photos, pictures

if TYPE_CHECKING:
    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

PATH: Final = "06_抽查手册/抽查手册.pdf"


def pieces(edition: Edition) -> list[Piece]:
    """Return the book."""
    edition = shown(edition)
    told = book(edition)
    drawn = {name: digest_of(table) for name, table in tables_of(edition).items() if "geometry" in table}
    return [Piece(PATH, write, facts=[told, drawn, edition.as_of], told=(told,))]


def write(making: Making, /, *told: Any) -> None:
    """Set the book; its pictures are drawn now."""
    from maps.print.typesetting import typeset

    edition = shown(making.edition)
    (values,) = told
    files = {**pictures(edition, values), **photos(edition, values)}
    making.target.write_bytes(typeset("spot.typ", values, day=edition.as_of, files=files))
