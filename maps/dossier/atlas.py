"""The map atlas of a dossier: one PDF of all sheets, and each rule's sheet by itself as PDF and PNG."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from maps.atlas.titles import picture_path, sheet_paths
from maps.dossier.openness import shown
from maps.dossier.pieces import Piece

if TYPE_CHECKING:
    from geo.layers import Layers
    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

ATLAS: Final = "01_图集/图集.pdf"


def pieces(edition: Edition) -> list[Piece]:
    """Return the atlas and the single sheets; of one township the atlas alone."""
    seen = shown(edition)
    base = base_facts(seen)
    found = [Piece(ATLAS, make_atlas, [base, seen.township, seen.facts])]
    if edition.township is not None:
        return found
    for rule_id, path in sheet_paths(seen.assessment).items():
        facts = [base, rule_id, seen.assessment.rule(rule_id).to_dict()]
        found.append(Piece(path, make_sheet, facts, told=(rule_id,)))
        found.append(Piece(picture_path(path), make_picture, facts, told=(rule_id,)))
    return found


def make_atlas(making: Making) -> None:
    """Write the atlas."""
    from maps.atlas.atlas import atlas_pdf

    making.target.write_bytes(atlas_pdf(shown(making.edition)))


def make_sheet(making: Making, rule_id: str) -> None:
    """Write one rule's sheet."""
    from maps.atlas.atlas import rule_pdf

    making.target.write_bytes(rule_pdf(shown(making.edition), rule_id))


def make_picture(making: Making, rule_id: str) -> None:
    """Write one rule's sheet as a picture."""
    from maps.atlas.atlas import rule_picture

    making.target.write_bytes(rule_picture(shown(making.edition), rule_id))


def base_facts(edition: Edition) -> dict[str, Any]:
    """Return what every sheet shows beside its own findings: margin, paper, units, facilities."""
    from maps.atlas.margin import margin

    return {"margin": margin(edition), "paper": edition.paper, "layers": layers_digest(edition.layers),
            "boundary": edition.place.boundary.wkb_hex if edition.place.boundary is not None else None,
            "crs": edition.place.working_crs}  # fmt: skip


def layers_digest(layers: Layers) -> str:
    """Return the SHA-256 of all that maps draw from layers."""
    digest = hashlib.sha256()
    for name in sorted(layers.tables):
        table = layers[name]
        digest.update(name.encode())
        digest.update(table.drop(columns=table.geometry.name).to_json(orient="split", date_format="iso").encode())
        digest.update(b"".join(b"-" if shape is None else shape.wkb for shape in table.geometry.to_numpy()))
    return digest.hexdigest()
