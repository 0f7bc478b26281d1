"""Write the demo submissions' tables as bytes: workbooks, CSV files, and their manifest.

Used by make_submissions.py. The same tables give the same bytes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    Cell = str | int | float | date | None
    Rows = Sequence[Sequence[Cell]]

NOTE = "演示数据，全部虚构，仅供程序演示：设施、学校、活动和数字均不真实，不得引用。"
FIRST_ARRIVAL = date(2022, 10, 20)


@dataclass
class Folder:
    """The files made so far, name → content, and what the manifest says of each."""

    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[dict[str, str | bool | date]] = field(default_factory=list)

    def add(
        self,
        name: str,
        layer: str,
        sender: str,
        header: Sequence[str],
        rows: Rows,
        *,
        encoding: str | None = None,
        **told: str | bool,
    ) -> None:
        """Add a table as .xlsx, or as .csv where `encoding` is given; `told` goes into the manifest."""
        file = f"{len(self.entries) + 1:02d}_{name}.{'csv' if encoding else 'xlsx'}"
        made = csv_bytes(header, rows, encoding) if encoding else xlsx_bytes(name, header, rows)
        self.files[file] = made
        received = FIRST_ARRIVAL + timedelta(days=len(self.entries) % 9)
        self.entries.append({"file": file, "layer": layer, "sender": sender, "received_on": received, **told})

    def manifest(self) -> bytes:
        """Return manifest.toml."""
        lines = ["# 演示报表清单：谁、哪天、报了什么。由 make_submissions.py 生成，全部虚构。", ""]
        for entry in self.entries:
            lines.append("[[files]]")
            lines += [f"{key} = {_toml(of=value)}" for key, value in entry.items()]
            lines.append("")
        return "\n".join(lines).encode()


def _toml(*, of: str | bool | date) -> str:
    if isinstance(of, bool):
        return str(of).lower()
    return of.isoformat() if isinstance(of, date) else f'"{of}"'


def csv_bytes(header: Sequence[str], rows: Rows, encoding: str) -> bytes:
    """Return a CSV file; its last column says in every row that it is invented."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*header, "备注"])
    writer.writerows([[*(_plain(cell) for cell in row), "演示，虚构"] for row in rows])
    return text.getvalue().encode(encoding)


def _plain(cell: Cell) -> str | int | float:
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else cell


def xlsx_bytes(title: str, header: Sequence[str], rows: Rows) -> bytes:
    """Return a workbook: the table, and a second sheet that says it is invented. None leaves a cell out."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        book.set_properties({"title": title, "comments": NOTE, "created": datetime(2022, 10, 20)})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, header, bold)
        for at, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), day)
                elif cell not in (None, ""):
                    sheet.write(at, column, cell)
        sheet.set_column(0, len(header) - 1, 16)
        sheet.freeze_panes(1, 0)
        book.add_worksheet("说明").write(0, 0, NOTE)
    return out.getvalue()
