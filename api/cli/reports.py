"""The report of an import as a file: a marked copy of what was sent, a list of faults, JSON, text, or the questions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from api.cli.app import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.files.row_kinds import IsUnit
    from geo.intake.imports import ImportReport

SUFFIXES = (".xlsx", ".csv", ".json", ".txt", ".toml")


def check_report_path(path: Path, files: Sequence[Path]) -> None:
    """End the command if the report can't be written there, before anything is imported."""
    if path.is_dir():
        return
    if path.suffix.lower() not in SUFFIXES:
        refuse(f"{path.name}：问题报告只能写成 {'、'.join(SUFFIXES)}，或写到已有的文件夹；请改扩展名")
    if not path.parent.is_dir():
        refuse(f"没有文件夹 {path.parent}；请先建好文件夹")
    if path.exists() and any(file.exists() and path.samefile(file) for file in files):
        refuse(f"报告不能覆盖原件 {path.name}；请换一个文件名")


def write_report(
    path: Path, files: Sequence[Path], reports: Sequence[ImportReport], lines: Sequence[str], is_unit: IsUnit
) -> None:
    """Write what became of the files; `lines` say it of each in one line, `is_unit` tells names of the place's units.

    A folder gets a marked copy of each file that has faults; an .xlsx is the marked copy of one
    file, and of several the list of all faults; a .toml holds the questions alone, for `--answers`.
    """
    from geo.forms.marked_copies import write_marked_copy
    from geo.intake.decisions import questions_text
    from geo.intake.told_lines import told_lines
    from geo.tables import write_fault_table

    if path.is_dir():
        _write_copies(path, files, reports, is_unit)
    elif path.suffix.lower() == ".json":
        told = {"files": [report.to_dict() for report in reports]}
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    elif path.suffix.lower() == ".toml":
        path.write_text(questions_text(f for report in reports for f in report.faults), encoding="utf-8", newline="\n")
    elif path.suffix.lower() == ".txt":
        said = [text for line, r in zip(lines, reports, strict=True) for text in (line, *told_lines(r.faults))]
        path.write_text("\n".join(said) + "\n", encoding="utf-8-sig", newline="\r\n")
    elif path.suffix.lower() == ".xlsx" and len(files) == 1:
        write_marked_copy(path, files[0], reports[0].faults, is_unit=is_unit)
    else:
        write_fault_table(path, [fault for report in reports for fault in report.faults])


def _write_copies(folder: Path, files: Sequence[Path], reports: Sequence[ImportReport], is_unit: IsUnit) -> None:
    from geo.forms.marked_copies import write_marked_copy

    taken = {file.resolve() for file in files}
    for file, report in zip(files, reports, strict=True):
        if report.faults:
            path = folder.resolve() / f"{file.stem}_标注.xlsx"
            while path in taken:
                path = path.with_stem(f"{path.stem}+")
            taken.add(path)
            write_marked_copy(path, file, report.faults, is_unit=is_unit)
