"""A record typed into a form: read, checked, tried and stored as a file of one row.

The form's fields become the only row of a table, so the checks, the datums and the names are those of an
import; what is stored is a batch, which history, undoing and the audit know like any other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from geo.assess import assess
from geo.differences import differences
from geo.faults import Fault
from geo.files.layout import RawTable
from geo.intake.identity import family_id
from geo.intake.imports import checked, known_points
from geo.intake.normalise import Normaliser
from geo.schema import layer_named
from geo.store.batches import NewBatch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.differences import Differences
    from geo.intake.harvest import Harvest
    from geo.intake.imports import ImportReport
    from geo.place import Place
    from geo.store import Store
    from geo.store.transactions import Reading, Writing

FILE = "网页录入"
_CODE, _ID = "代码", "编号"


@dataclass(frozen=True)
class Edit:
    """What somebody typed of one facility of a unit, or that the unit has none.

    `cells`: header as an import understands it → text. `id`: of the stored facility that it changes, '' for a
    new one. `version`: `version_of` when the form was opened. `only_in`: the one township that `by` may change.
    """

    layer: str
    unit_code: str
    cells: Mapping[str, str]
    id: str = ""
    version: str = ""
    received_on: date | None = None
    by: str = ""
    only_in: str | None = None

    def table(self, row: int) -> RawTable:
        """Return the edit as a table that has a single row, of this number."""
        cells = {_CODE: self.unit_code, **({_ID: self.id} if self.id else {}), **self.cells}
        return RawTable(FILE, None, tuple(cells), (tuple(cells.values()),), header_row=row - 1, layer=self.layer)


@dataclass(frozen=True)
class Tried:
    """What an edit comes to.

    `record`: as read, None where it can't be read or says "none". `stored` as the batch of this number.
    `overtaken`: somebody else stored a report of this since the form was opened. `changes` in the assessment.
    """

    report: ImportReport
    record: Mapping[str, Any] | None = None
    overtaken: bool = False
    changes: Differences | None = None
    stored: int | None = field(default=None)

    @property
    def refused(self) -> bool:
        """Whether it can't be stored as it is."""
        return self.report.outcome == "refused"


def check(store: Store, place: Place, edit: Edit) -> Tried:
    """Read an edit and hold it against the store, as an import would be."""
    with store.reading() as seen:
        return _checked(seen, place, edit, *_read(store, seen, place, edit))


def rehearse(store: Store, place: Place, edit: Edit, day: date) -> Tried:
    """Check an edit, and say what storing it would change in the assessment of a day; nothing stays stored."""
    with store.writing() as locked:
        harvest, batch = _read(store, locked, place, edit)
        tried = _checked(locked, place, edit, harvest, batch)
        if tried.refused:
            return tried
        return replace(tried, changes=changes_by(locked, place, batch, day))


def save(store: Store, place: Place, edit: Edit) -> Tried:
    """Store an edit as a batch, unless it is refused or overtaken: what was checked still holds when it is written."""
    with store.writing() as locked:
        harvest, batch = _read(store, locked, place, edit)
        tried = _checked(locked, place, edit, harvest, batch)
        if tried.refused or tried.overtaken:
            return tried
        return replace(tried, stored=locked.write(batch))


def changes_by(locked: Writing, place: Place, batch: NewBatch, day: date) -> Differences:
    """Return what a batch would change in the assessment of a day; nothing of it stays stored."""
    plan = locked.plan()
    before = assess(locked.layers(as_of=day), plan, as_of=day, place_name=place.name)
    trial = locked.connection.begin_nested()
    try:
        locked.write(batch)
        after = assess(locked.layers(as_of=day), plan, as_of=day, place_name=place.name)
    finally:
        trial.rollback()
    return differences(before, after)


def version_of(seen: Reading, layer: str, unit_code: str, number: str) -> str:
    """Return a short text that changes with every report of a facility, and of its unit's having none.

    `number`: the facility's id, '' for a new one: then every report of the unit's in the layer counts.
    """
    told = [*seen.reports_of(unit_code), *(seen.reports_of(number) if number else ())]
    rows = {
        (r.batch, r.row, r.told, r.id, r.undone_by)
        for r in told
        if r.layer == layer and (r.told == "none" or (r.told == "record" and number in ("", r.id)))
    }
    return hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()[:16]


def _read(store: Store, seen: Reading, place: Place, edit: Edit) -> tuple[Harvest, NewBatch]:
    row = 1 + sum(batch.file == FILE for batch in seen.batches())
    normaliser = Normaliser(place, received_on=edit.received_on, known=partial(known_points, store, file=FILE))
    harvest = normaliser.read([edit.table(row)], edit.layer)
    harvest.faults = [fault for fault in harvest.faults if fault.code != "header-found"]  # there is none to be seen
    content = json.dumps([row, edit.layer, edit.unit_code, edit.id, dict(edit.cells)], ensure_ascii=False)
    batch = NewBatch(
        file=FILE,
        sha256=hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest(),
        layer=edit.layer,
        received_on=edit.received_on,
        datum=": ".join(["auto", *([", ".join(harvest.datums)] if harvest.datums else [])]),
        records=harvest.records,
        none=harvest.none,
        by=edit.by,
    )
    return harvest, batch


def _checked(seen: Reading, place: Place, edit: Edit, harvest: Harvest, batch: NewBatch) -> Tried:
    records = harvest.records.get(edit.layer, [])
    harvest.faults += _twins(seen, edit, records[0]) if records else ()
    if not records and not harvest.none and not any(fault.severity == "error" for fault in harvest.faults):
        harvest.faults.append(Fault("error", "edit-blank", FILE, "什么都没有填", "请至少填写名称或数量"))
    return Tried(
        checked(seen, place.gazetteer, harvest, batch, edit.only_in),
        records[0] if records else None,
        edit.version != version_of(seen, edit.layer, edit.unit_code, edit.id),
    )


def _twins(seen: Reading, edit: Edit, record: Mapping[str, Any]) -> list[Fault]:
    """Refuse what would be taken for another facility: a new one called like a stored one, one of several alike."""
    label, where = layer_named(edit.layer).label, {"row": record["row"], "value": record["name"]}
    if not edit.id:
        if not seen.units_of(edit.layer, [record["id"]]):
            return []
        told, remedy = (
            f"这里已登记了同名（或同样没有名称）的{label}",
            "要改它，请打开那一条；另有一处的，请写不同的名称",
        )
        return [Fault("error", "edit-known", FILE, told, remedy, **where)]
    table = seen.layers()[edit.layer]
    alike = [i for i in table.loc[table["unit_code"] == edit.unit_code, "id"] if family_id(i) == family_id(edit.id)]
    if len(alike) < 2:
        return []
    told = f"本单位有{len(alike)}处同名（或都没有名称）的{label}，分不清改的是哪一处"
    return [Fault("error", "edit-twins", FILE, told, "请用清单整体报送，并给每一处写上编号", **where)]
