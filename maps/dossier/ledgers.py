"""The ledgers (台账): workbooks of facilities, of units against requirements, of gaps and of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geo.list_books import ListSheet, lists_book
from geo.schema import LAYERS
from geo.tables import GAP_COLUMNS, gap_rows, known_text
from maps.dossier.ledger_tables import (
    LEDGER_LAYERS,
    STATE_FILLS,
    UNIT_SHEETS,
    Sheet,
    Source,
    facility_sheet,
    unit_sheet,
)
from maps.dossier.ledger_verdicts import rule_sheet, task_sheet
from maps.dossier.openness import shown
from maps.dossier.pieces import Piece
from maps.dossier.shared_tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

FOLDER: Final = "04_台账"
MATRIX: Final = "达标情况"
GAPS: Final = "缺口清单"
CHANGES: Final = "变化情况"
_WIDEST: Final = 26
_HEAD_WIDTH: Final = 18
_NOTE: Final = "空白是没有上报，不是“无”。本表不含责任人和联系电话。"


def pieces(edition: Edition) -> list[Piece]:
    """Return the workbooks; each is made again only where one of its rows has changed."""
    return [
        Piece(path, write, facts=[name, _about(edition), sheets], told=(name, sheets))
        for path, name, sheets in books(edition)
    ]


def write(making: Making, /, *told: Any) -> None:
    """Write a workbook of a name and sheets."""
    name, sheets = told
    edition = making.edition
    title = f"{edition.place.name}{name}（截至{edition.as_of.isoformat()}{known_text(edition.assessment.known_on)}）"
    lists = [
        ListSheet(
            sheet.name, sheet.header, sheet.rows, title, sheet.frozen,
            widest=_WIDEST, head_width=_HEAD_WIDTH, large=sheet.large, fills=STATE_FILLS,
        )
        for sheet in sheets
    ]  # fmt: skip
    making.target.write_bytes(lists_book(lists, title=title, about=("说明", _about(edition)), day=edition.as_of))


def books(edition: Edition) -> Iterator[tuple[str, str, tuple[Sheet, ...]]]:
    """Yield path, name and sheets of each workbook."""
    edition = shown(edition)
    source = Source(tables_of(edition))
    found: list[tuple[str, tuple[Sheet, ...]]] = [
        (f"{LAYERS[name].label}台账", (facility_sheet(source, name),)) for name in LEDGER_LAYERS
    ]
    units = (unit_sheet(source, unit) for unit in UNIT_SHEETS)
    found.append((MATRIX, (task_sheet(source), rule_sheet(source), *(sheet for sheet in units if sheet))))
    found.append((GAPS, (_gaps(edition),)))
    if edition.before is not None:
        found.append((CHANGES, (_changes(edition),)))
    for number, (name, sheets) in enumerate(found, start=1):
        yield f"{FOLDER}/{number:02}_{name}.xlsx", name, sheets


def _gaps(edition: Edition) -> Sheet:
    """Return who lacks what; evidence is left out where it may not be told."""
    rows = gap_rows(edition.assessment, edition.gazetteer, township=edition.township)
    return _without_evidence(Sheet(GAPS, GAP_COLUMNS, tuple(rows), 2), edition)


def _changes(edition: Edition) -> Sheet:
    from geo.difference_tables import DIFFERENCE_COLUMNS, difference_rows
    from geo.differences import differences

    assert edition.before is not None
    changed = differences(edition.before[0], edition.assessment, township=edition.township)
    rows = [row | {"任务": int(row["任务"])} for row in difference_rows(changed, edition.gazetteer)]
    return _without_evidence(Sheet(CHANGES, DIFFERENCE_COLUMNS, tuple(rows), 3), edition)


def _without_evidence(sheet: Sheet, edition: Edition) -> Sheet:
    if not edition.public:
        return sheet
    header = tuple(name for name in sheet.header if name != "依据")
    rows = tuple({name: row[name] for name in header} for row in sheet.rows)
    return Sheet(sheet.name, header, rows, sheet.frozen)


def _about(edition: Edition) -> list[tuple[str, Any]]:
    """Return what the second sheet of each workbook says."""
    plan, known = edition.assessment.plan.plan, edition.assessment.known_on
    told: list[tuple[str, Any]] = [("截至", edition.as_of)]
    if known is not None:
        told.append(("只按此日为止已入库的数据", known))
    if edition.before is not None:
        told.append(("对比的较早日期", edition.before[0].as_of))
    if edition.township is not None:
        told.append(("范围", edition.gazetteer.name_of(edition.township)))
    told += [
        ("方案", f"{plan.title} {plan.document}".strip()),
        ("编制单位", edition.place.maker),
        ("使用范围", edition.usage),
        ("坐标", "CGCS2000 经纬度（度）；“按单位位置”是没有上报坐标，图上按所在单位绘制"),
        ("说明", _NOTE),
    ]
    return told if not edition.place.demo_note else [*told, ("演示数据", edition.place.demo_note)]
