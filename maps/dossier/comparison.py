"""The comparison sheets of a dossier: two days side by side, where an earlier day was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from maps.dossier.openness import shown
from maps.dossier.pieces import Piece

if TYPE_CHECKING:
    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

COMPARISON: Final = "07_对比图/对比图.pdf"


def pieces(edition: Edition) -> list[Piece]:
    """Return the comparison sheets; none without an earlier day."""
    from maps.dossier.atlas import base_facts, layers_digest

    seen = shown(edition)
    if seen.before is None:
        return []
    assessment, layers = seen.before
    facts = [base_facts(seen), layers_digest(layers), assessment.to_dict(), seen.facts, seen.township]
    return [Piece(COMPARISON, make_comparison, facts)]


def make_comparison(making: Making) -> None:
    """Write the comparison sheets."""
    from maps.atlas.atlas import comparison_pdf

    making.target.write_bytes(comparison_pdf(shown(making.edition)))
