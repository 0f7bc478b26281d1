"""The report of a dossier, as DOCX and as PDF: one paper, printed twice."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from maps.dossier.openness import shown
from maps.dossier.pieces import Piece
from maps.dossier.sheets import sheets_of
from maps.print.glyphs import undrawn
from maps.report.content import report_paper
from maps.report.docx import paper_docx
from maps.report.model import texts_of
from maps.report.pdf import paper_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

FOLDER: Final = "02_报告"
NAME: Final = "任务落实情况报告"
_PIXELS: Final = 1800
"""Width of a map picture: 290 dots an inch on 156 mm."""


def pieces(edition: Edition) -> list[Piece]:
    """Return the report twice; both wait for the map sheets that they show."""
    seen = shown(edition)
    sheets = sheets_of(seen)
    paper = report_paper(seen, {rule: paths.pdf for rule, paths in sheets.items()})
    tell_undrawn(paper)
    pictures = sorted(sheets.values())
    facts = [paper, edition.as_of.isoformat()]
    template = edition.digest if edition.report_template else None
    return [
        Piece(f"{FOLDER}/{NAME}.docx", write_docx, [*facts, template], told=(paper, pictures),
              sources=[paths.png for paths in pictures]),
        Piece(f"{FOLDER}/{NAME}.pdf", write_pdf, facts, told=(paper,), sources=[paths.pdf for paths in pictures]),
    ]  # fmt: skip


def tell_undrawn(paper: dict[str, Any]) -> None:
    """Add to a paper which of its signs the PDF's fonts don't have, if any."""
    missing = undrawn(texts_of(paper))
    if missing:
        told = "、".join(f"{sign}（U+{ord(sign):04X}）" for sign in missing)
        paper["blocks"].append({"note": f"下列字不在排版所用的字体中，PDF 里可能显示为方框，以 DOCX 为准：{told}"})


def write_docx(making: Making, /, *told: Any) -> None:
    """Write a paper as DOCX; office programs place no PDF, so its maps are pictures."""
    paper, pictures = told
    edition = making.edition
    small = {sheet: _smaller(making.sources[picture]) for sheet, picture in pictures if picture in making.sources}
    making.target.write_bytes(paper_docx(paper, day=edition.as_of, pictures=small, template=edition.report_template))


def write_pdf(making: Making, /, *told: Any) -> None:
    """Write a paper as PDF; its maps are the sheets themselves."""
    pdf = paper_pdf(told[0], day=making.edition.as_of, pictures=making.sources)
    making.target.write_bytes(pdf)


def _smaller(file: Path) -> bytes:
    """Return a picture no wider than a page needs, in the few colours of a map."""
    from PIL import Image

    with Image.open(file) as image:
        picture = image.convert("RGB")
    picture.thumbnail((_PIXELS, _PIXELS), reducing_gap=2.0)
    content = io.BytesIO()
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(content, "PNG")
    return content.getvalue()
