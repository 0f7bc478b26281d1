"""A paper as DOCX: our template, or the office's own, filled with plain values.

What users wrote is escaped and never read as a tag; the template itself runs in a sandbox. The same values
give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from maps.errors import DossierRefused
from maps.report.docx_template import REPORT, SHEET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from docx.table import Table

WIDTH_MM: Final = 156
_ROOM_MM: Final = 8
"""Least height of a row in which people write."""
_TWIPS_PER_MM: Final = 1440 / 25.4
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ABSENT: Final = "（没有图件）"


def paper_docx(
    paper: Mapping[str, Any],
    *,
    day: date,
    pictures: Mapping[str, bytes] | None = None,
    template: bytes | None = None,
) -> bytes:
    """Return a paper as DOCX; `pictures`: path → PNG or JPEG; `template`: the office's own in place of ours.

    `day` is the only date in the file. Raises DossierRefused if the template can't be filled.
    """
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    ours = (REPORT if paper["form"] == "report" else SHEET).read_bytes()
    try:
        document = DocxTemplate(io.BytesIO(ours if template is None else template))
        told = {**paper, "blocks": [_shown(document, block, pictures or {}) for block in paper["blocks"]]}
        document.render(told, SandboxedEnvironment(autoescape=True))
    except (TemplateError, zipfile.BadZipFile, KeyError, ValueError) as error:
        msg = f"报告模板不能用：{error}；请按说明修改模板，或用程序自带的"
        raise DossierRefused(msg) from error
    tables = [block["table"] for block in paper["blocks"] if "table" in block]
    made = [table for table in document.docx.tables if len(table.columns)]
    for table, values in zip(made[-len(tables) :] if tables else [], tables, strict=False):
        _fit(table, values)
    _date(document.docx.core_properties, "".join(paper["title"]), day)
    content = io.BytesIO()
    document.save(content)
    return _packed(content.getvalue())


def _shown(document: Any, block: Mapping[str, Any], pictures: Mapping[str, bytes]) -> Mapping[str, Any]:
    """Return a block with its picture as docxtpl places it."""
    from docx.shared import Mm
    from docxtpl import InlineImage

    if "picture" not in block:
        return block
    told = block["picture"]
    content = pictures.get(told["path"])
    shown = _ABSENT if content is None else InlineImage(document, io.BytesIO(content), width=Mm(WIDTH_MM))
    return {"picture": {**told, "shown": shown}}


def _fit(table: Table, told: Mapping[str, Any]) -> None:
    """Set a table's columns to their shares of the line, and centre those of short cells."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm

    whole = sum(told["widths"])
    twips = [str(round(WIDTH_MM * _TWIPS_PER_MM * share / whole)) for share in told["widths"]]
    if len(table._tbl.tblGrid) != len(twips):
        return  # a template of the office's own may draw its tables otherwise
    table.autofit = False
    for column, width in zip(table._tbl.tblGrid, twips, strict=True):
        column.set(qn("w:w"), width)
    for row, cells in zip(table._tbl.tr_lst[1:], told["rows"], strict=False):
        if "" in cells:
            row.trHeight_val = Mm(_ROOM_MM)
    for number, row in enumerate(table._tbl.tr_lst):
        for cell, width, centred in zip(row.tc_lst, twips, told["centred"], strict=False):
            cell.get_or_add_tcPr().get_or_add_tcW().set(qn("w:w"), width)
            if centred and number:
                cell.p_lst[0].get_or_add_pPr().jc_val = WD_ALIGN_PARAGRAPH.CENTER


def _date(properties: Any, title: str, day: date) -> None:
    moment = datetime.combine(day, time(), UTC)
    properties.title = title
    properties.created = properties.modified = moment
    properties.last_printed = moment
    properties.last_modified_by = ""
    properties.revision = 1


def _packed(content: bytes) -> bytes:
    """Return a package with its parts in one order and of one date."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return packed.getvalue()
