"""Write spreadsheets as a sender would: .xlsx with typed cells, .csv in several encodings."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    Rows = Iterable[Sequence[Any]]


def write_book(path: Path, sheets: Mapping[str, Rows] | Rows) -> Path:
    """Write a workbook; each cell keeps its type, dates are real Excel dates. None leaves a cell out.

    The same rows give the same bytes, whenever they are written.
    """
    named = sheets if isinstance(sheets, dict) else {"Sheet1": sheets}
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": datetime(2022, 10, 1)})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in named.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, datetime | date):
                        sheet.write_datetime(at, column, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(at, column, value)
                    elif value is not None:
                        sheet.write(at, column, value)
    return path


def csv_text(rows: Rows) -> str:
    """Rows as CSV text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8-sig") -> Path:
    """Write rows as CSV."""
    path.write_bytes(csv_text(rows).encode(encoding))
    return path
