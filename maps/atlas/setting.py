"""Sets sheets into a PDF, or one sheet into a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.atlas import legends
from maps.atlas.lettering import printable
from maps.atlas.margin import margin
from maps.atlas.sheets import as_data
from maps.atlas.texts import TEXTS
from maps.print.typesetting import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maps.atlas.papers import Paper
    from maps.atlas.sheets import Sheet
    from maps.dossier.edition import Edition

TEMPLATE = "atlas.typ"


def set_sheets(
    edition: Edition, sheets: Sequence[Sheet], paper: Paper, *, title: str, single: bool = False, dpi: int | None = None
) -> bytes:
    """Return sheets as one PDF; `single`: one sheet by itself, without what follows it, with `dpi` as a PNG."""
    told, files = as_data(sheets)
    data: dict[str, Any] = {
        "paper": paper.as_data(), "margin": _plain(margin(edition)), "title": printable(title), "single": single,
        "sheets": told, "labels": [sheet.label for sheet in sheets],
        "texts": {"back": TEXTS["back"], "plan": TEXTS["plan"] + "：", "sources": TEXTS["sources"],
                  "dates": TEXTS["dates"]},
    }  # fmt: skip
    pictures = {f"swatches/{name}.svg": picture for name, picture in legends.pictures().items()}
    return typeset(TEMPLATE, data, day=edition.as_of, files={**pictures, **files}, dpi=dpi)


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    return {
        key: printable(value)
        if isinstance(value, str)
        else [printable(one) for one in value]
        if isinstance(value, list)
        else value
        for key, value in told.items()
    }
