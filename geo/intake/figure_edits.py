"""A figure or a declaration typed into a form: read, checked, tried and stored as a file of one row.

As `geo.intake.edits` does for facilities: what is stored is a batch of the layer `figures`, which history, undoing
and the audit know like any other. Functions of an open transaction, so that evidence can be stored in the same one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.figure_items import item_key
from geo.files.layout import RawTable
from geo.intake.edits import FILE, Tried, changes_by
from geo.intake.imports import checked
from geo.intake.normalise import Normaliser
from geo.store.batches import NewBatch
from geo.store.figure_reports import read_figure_reports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.intake.harvest import Harvest
    from geo.place import Place
    from geo.store.transactions import Reading, Writing

LAYER = "figures"
VALUE, MEASURE, OF_DAY, EVIDENCE = "数值", "计量单位", "数据日期", "佐证材料"
_TASK, _ITEM = "任务号", "指标"


@dataclass(frozen=True)
class FigureEdit:
    """What somebody typed of an item of a task.

    `cells`: header as an import understands it → text. `version`: `version_of` when the form was opened.
    """

    task: int
    item: str
    cells: Mapping[str, str]
    version: str = ""
    received_on: date | None = None
    by: str = ""

    def table(self, row: int) -> RawTable:
        """Return the edit as a table that has a single row, of this number."""
        cells = {_TASK: str(self.task), _ITEM: self.item, **{name: text for name, text in self.cells.items() if text}}
        return RawTable(FILE, None, tuple(cells), (tuple(cells.values()),), header_row=row - 1, layer=LAYER)


def check(seen: Reading, place: Place, edit: FigureEdit) -> Tried:
    """Read an edit and hold it against the store, as an import would be."""
    return _checked(seen, place, edit, *_read(seen, place, edit))


def rehearse(locked: Writing, place: Place, edit: FigureEdit, day: date) -> Tried:
    """Check an edit, and say what storing it would change in the assessment of a day; nothing stays stored."""
    harvest, batch = _read(locked, place, edit)
    tried = _checked(locked, place, edit, harvest, batch)
    return tried if tried.refused else replace(tried, changes=changes_by(locked, place, batch, day))


def save(locked: Writing, place: Place, edit: FigureEdit) -> Tried:
    """Store an edit as a batch, unless it is refused or overtaken."""
    harvest, batch = _read(locked, place, edit)
    tried = _checked(locked, place, edit, harvest, batch)
    return tried if tried.refused or tried.overtaken else replace(tried, stored=locked.write(batch))


def version_of(seen: Reading, task: int, item: str) -> str:
    """Return a short text that changes with every report of an item, and with every undoing of one."""
    key = item_key(item, task)
    reports = read_figure_reports(seen.connection, task)
    told = [(r.batch, r.row, r.undone_by) for r in reports if item_key(r.item, task) == key]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _read(seen: Reading, place: Place, edit: FigureEdit) -> tuple[Harvest, NewBatch]:
    row = 1 + sum(batch.file == FILE for batch in seen.batches())
    harvest = Normaliser(place, received_on=edit.received_on).read([edit.table(row)], LAYER)
    harvest.faults = [fault for fault in harvest.faults if fault.code != "header-found"]  # there is none to be seen
    content = json.dumps([row, LAYER, edit.task, edit.item, dict(edit.cells)], ensure_ascii=False)
    digest = hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()
    batch = NewBatch(
        file=FILE, sha256=digest, layer=LAYER, received_on=edit.received_on, records=harvest.records, by=edit.by
    )
    return harvest, batch


def _checked(seen: Reading, place: Place, edit: FigureEdit, harvest: Harvest, batch: NewBatch) -> Tried:
    records = harvest.records.get(LAYER, [])
    if not edit.cells.get(VALUE):
        blank = Fault("error", "figure-blank", FILE, "没有填数值", "请填写；还不知道的先不要保存", column=VALUE)
        harvest.faults.append(blank)
    return Tried(
        checked(seen, place.gazetteer, harvest, batch, None),
        records[0] if records else None,
        edit.version != version_of(seen, edit.task, edit.item),
    )
