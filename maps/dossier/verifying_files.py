"""Holds ledgers and report, as they stand in their files, against what an edition says."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from geo.faults import printable
from maps.dossier.ledgers import books
from maps.dossier.openness import shown
from maps.dossier.report import FOLDER, NAME
from maps.dossier.sheets import sheets_of
from maps.report.content import report_paper
from maps.report.model import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from maps.dossier.edition import Edition
    from maps.dossier.ledger_tables import Sheet

    Faults = tuple[str, list[str]]

_REPORT: Final = f"{FOLDER}/{NAME}.docx"
_MOST_SIGNS: Final = 32_000
_LONGEST: Final = 40
_SMALL: Final = 1e-9


def ledger_faults(edition: Edition, folder: Path) -> Iterator[Faults]:
    """Yield each workbook's path with the cells that are not what the edition says."""
    from python_calamine import CalamineError, CalamineWorkbook

    for path, _, sheets in books(edition):
        if not (folder / path).is_file():
            continue
        try:
            book = CalamineWorkbook.from_path(folder / path)
            found = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        except (CalamineError, OSError) as error:
            yield path, [f"打不开（{error}）"]
            continue
        yield path, [fault for sheet in sheets for fault in _sheet(sheet, found.get(sheet.name))]


def _sheet(sheet: Sheet, rows: list[list[Any]] | None) -> Iterator[str]:
    if rows is None:
        yield f"没有工作表“{sheet.name}”"
        return
    wanted = [list(sheet.header), *([row[name] for name in sheet.header] for row in sheet.rows)]
    held = [row for row in rows if any(cell != "" for cell in row)]
    if len(held) != len(wanted):
        yield f"工作表“{sheet.name}”有{max(0, len(held) - 1)}行，按地理数据应有{len(wanted) - 1}行"
    for number, (row, expected) in enumerate(zip(held, wanted, strict=False), start=1):
        for at, value in enumerate(expected):
            cell = row[at] if at < len(row) else ""
            if not _same(cell, value):
                where = f"工作表“{sheet.name}”第{number}行“{sheet.header[at]}”"
                yield f"{where}写的是“{_shown(cell)}”，按地理数据应为“{_shown(value)}”"


def _same(cell: Any, value: Any) -> bool:
    if isinstance(value, int | float):
        return isinstance(cell, int | float) and abs(cell - value) < _SMALL
    if isinstance(value, date):
        return bool(cell == value)
    return str(cell) == printable(str(value))[:_MOST_SIGNS]


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else printable(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def report_faults(edition: Edition, folder: Path) -> Iterator[Faults]:
    """Yield the report's path with the sentences and cells that the edition says and it does not."""
    file = folder / _REPORT
    if not file.is_file():
        return
    pictures = {rule: paths.png for rule, paths in sheets_of(edition).items()}
    wanted = Counter(text.strip() for text in texts_of(report_paper(shown(edition), pictures)) if text.strip())
    try:
        held = Counter(_docx_texts(file.read_bytes()))
    except (ValueError, KeyError, OSError) as error:
        yield _REPORT, [f"打不开（{error}）"]
        return
    yield (
        _REPORT,
        [
            f"应有“{_shown(text)}”{f'{times}处' if times > 1 else ''}，没有找到"
            for text, times in (wanted - held).items()
        ],
    )


def _docx_texts(content: bytes) -> Iterator[str]:
    """Yield the texts of paragraphs and cells."""
    from docx import Document

    document = Document(io.BytesIO(content))
    for paragraph in document.paragraphs:
        yield paragraph.text.strip()
    for table in document.tables:
        for row in table._tbl.tr_lst:
            for cell in row.tc_lst:
                yield "\n".join(
                    "".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")) for p in cell.p_lst
                ).strip()
