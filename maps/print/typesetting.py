"""Typst documents from plain values: the template is ours, all that users wrote comes in as JSON data.

No text of a user is ever part of a Typst source, so none of it can be markup or code.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from maps.errors import TypesettingFailed
from maps.print.fonts import fonts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

TEMPLATES: Final = Path(__file__).parent / "templates"


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    day: date,
    files: Mapping[str, bytes | Path] | None = None,
    dpi: int | None = None,
) -> bytes:
    """Return the PDF of a template of `maps/print/templates` filled with `data`.

    The template reads `json("data.json")`, with `fonts` (sans, serif) added to it; `files` are pictures
    and pages that it places, by the names it calls them. `day` is the only date in the PDF, so the same
    values give the same bytes. `dpi`: a PNG of the one page instead. Raises TypesettingFailed with Typst's own words.
    """
    import typst

    known = fonts()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for source in TEMPLATES.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        for file, content in (files or {}).items():
            target = root / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_bytes(content)
        told = {**data, "fonts": {"sans": known.sans, "serif": known.serif}}
        (root / "data.json").write_text(json.dumps(told, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        moment = datetime.combine(day, time(), UTC)
        try:
            kind: Literal["pdf", "png"] = "pdf" if dpi is None else "png"
            made = typst.compile(root / template, root=root, format=kind, ppi=dpi, timestamp=moment)
        except typst.TypstError as error:
            msg = f"排版失败（{template}）：{error.message}"
            raise TypesettingFailed(msg) from error
    return made
