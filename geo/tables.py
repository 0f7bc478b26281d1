"""Results as flat tables, and how such tables are written: CSV, XLSX.

Text from users never becomes a formula: CSV cells that a spreadsheet would compute get an
apostrophe, XLSX cells are written as strings.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.errors import InputRefused
from geo.faults import SEVERITY_LABELS, Fault, printable
from geo.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import Assessment

    Row = Mapping[str, Any]

GAP_STATES = ("not_met", "unknown")
GAP_COLUMNS = ("任务", "规则", "要求", "规则结果", "乡镇（街道）", "单位", "单位代码", "状态", "原因", "依据")
_FAULT_COLUMNS = ("程度", "文件", "工作表", "行", "列", "原值", "问题", "怎么办")
_WIDEST = 60
_MOST_SIGNS_IN_A_CELL = 32_000
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def known_text(known_on: date | None) -> str:
    """Return what follows the day that a heading names, where it tells what was known on another day."""
    return "" if known_on is None else f"，按{known_on.isoformat()}已知的数据"


def rule_rows(assessment: Assessment) -> list[dict[str, Any]]:
    """Return one row per rule: what is required, what was found, and over which denominator."""
    rows = []
    for task in assessment.tasks:
        for result in task.rules:
            counts = result.counts
            rows.append(
                {
                    "任务": task.task.no,
                    "规则": result.rule.id,
                    "要求": result.rule.requirement,
                    "结果": result.state.verdict_label,
                    "数值": "" if result.value is None else f"{result.value:.4g}",
                    "标准": f"{result.rule.threshold:g}",
                    "应评": counts.in_scope,
                    "达标": counts.met,
                    "其中共用": counts.met_shared,
                    "未达标": counts.not_met,
                    "未上报": counts.unknown,
                    "不适用": counts.not_applicable,
                    "牵头单位": "、".join(task.task.lead),
                }
            )
    return rows


def gap_rows(
    assessment: Assessment,
    gazetteer: Gazetteer,
    *,
    township: str | None = None,
    rule: str | None = None,
    states: Sequence[str] = GAP_STATES,
) -> list[dict[str, Any]]:
    """Return one row per unit and rule that is in one of the states.

    `township`: a 12-digit code. Raises UnknownRule for a rule that the plan does not have.
    """
    if rule is not None:
        assessment.plan.rule(rule)
    rows = []
    for task in assessment.tasks:
        for result in task.rules:
            if rule not in (None, result.rule.id):
                continue
            for finding in result.findings:
                if finding["state"] not in states or township not in (None, finding["township_code"]):
                    continue
                home = finding["township_code"]
                rows.append(
                    {
                        "任务": task.task.no,
                        "规则": result.rule.id,
                        "要求": result.rule.requirement,
                        "规则结果": result.state.verdict_label,
                        "乡镇（街道）": gazetteer.name_of(township_of(home)) if home else "",
                        "单位": finding["unit_name"],
                        "单位代码": finding["unit_code"],
                        "状态": State(finding["state"]).label,
                        "原因": finding["reason"],
                        "依据": "；".join(source_text(source) for source in finding["evidence"]),
                    }
                )
    return rows


def source_text(source: Row) -> str:
    """Return an evidence entry as people read it: file, sheet, row, batch."""
    parts = [str(source["file"])]
    if source["sheet"]:
        parts.append(str(source["sheet"]))
    if source["row"]:
        parts.append(f"第{source['row']}行")
    if source["batch"]:
        parts.append(f"（第{source['batch']}批）")
    return " ".join(parts)


def csv_bytes(rows: Sequence[Row], *, header: Sequence[str] = ()) -> bytes:
    """Return rows as CSV, UTF-8 with BOM, as WPS and Excel expect it. `header` stands also over no rows."""
    text = io.StringIO(newline="")
    names = list(header) or list(rows[0] if rows else ())
    if names:
        writer = csv.DictWriter(text, fieldnames=names, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows([{key: _harmless(value) for key, value in row.items()} for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def write_table(path: Path, rows: Sequence[Row], *, title: str, header: Sequence[str] = ()) -> None:
    """Write rows as .csv or .xlsx by the path's ending; `header` stands also over no rows.

    Raises InputRefused for another ending, OSError where the file can't be written.
    """
    check_table_path(path)
    is_text = path.suffix.lower() == ".csv"
    path.write_bytes(csv_bytes(rows, header=header) if is_text else _workbook(rows, title, header))


def check_table_path(path: Path) -> None:
    """Raise InputRefused for a path that `write_table` can't write: by its ending, or for want of a folder."""
    if not path.parent.is_dir():
        fault = Fault("error", "folder", path.name, f"没有文件夹 {path.parent}", "请先建好文件夹")
        raise InputRefused(fault.line(), faults=[fault])
    if path.suffix.lower() not in (".csv", ".xlsx"):
        fault = Fault("error", "suffix", path.name, "只能写 .csv 或 .xlsx", "请改扩展名")
        raise InputRefused(fault.line(), faults=[fault])


def _workbook(rows: Sequence[Row], title: str, header: Sequence[str]) -> bytes:
    import xlsxwriter

    names = list(header) or list(rows[0] if rows else ("没有记录",))
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("清单")
        bold = book.add_format({"bold": True, "bg_color": "#E7E9EC", "border": 1})
        book.set_properties({"title": title})
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
            widest = text_width(name)
            for at, row in enumerate(rows, start=1):
                _write_cell(sheet, at, column, row[name])
                widest = max(widest, text_width(str(row[name])))
            sheet.set_column(column, column, min(_WIDEST, widest + 2))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(names) - 1)
        set_page(sheet, title)
    return content.getvalue()


def _write_cell(sheet: Any, row: int, column: int, value: object) -> None:
    """Write a number as one and everything else as text, so that nothing is ever computed."""
    if isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, printable(str(value))[:_MOST_SIGNS_IN_A_CELL])


def set_page(sheet: Any, title: str, *, header_row: int = 0) -> None:
    """Set a sheet up for print: A4 landscape, the header's row on each page, title and page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header_row)
    sheet.set_header(f"&C{title.replace('&', '&&')}")
    sheet.set_footer("&C第 &P 页 共 &N 页")


def text_width(text: str) -> int:
    """Return how many columns of a fixed-width font a text takes."""
    return sum(2 if ord(ch) > 0x2E7F else 1 for ch in text)


def write_fault_table(path: Path, faults: Iterable[Fault]) -> None:
    """Write a fault report as .xlsx or .csv."""
    rows = [
        {
            "程度": SEVERITY_LABELS[fault.severity],
            "文件": fault.file,
            "工作表": fault.sheet or "",
            "行": fault.row or "",
            "列": fault.column or "",
            "原值": fault.value or "",
            "问题": fault.message,
            "怎么办": fault.advice,
        }
        for fault in faults
    ]
    write_table(path, rows, title="导入问题清单", header=_FAULT_COLUMNS)
