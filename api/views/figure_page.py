"""The page of one task that is told by numbers or declarations: what counts, its files, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.deps import Inquiry, Parts
from api.i18n import gettext as _
from api.snapshots import Snapshot
from api.views.edit_effects import Effects
from api.views.evidence import FileLine, file_line, may_see, seen_files
from api.views.figure_fields import FigureField, figure_fields, items_of, stored_of, value_words
from api.views.overview.lines import TaskLine, task_lines
from api.views.words import evidence as source_words
from api.visitors import Visitor
from geo.errors import UnknownRule
from geo.faults import Fault
from geo.figure_items import Wanted, item_key
from geo.intake.edits import Tried
from geo.intake.figure_edits import version_of
from geo.plans.rules import Task
from geo.store.evidence import Evidence
from geo.store.figure_reports import FigureReport, read_figure_reports

Step = Literal["open", "check", "preview", "save"]


@dataclass(frozen=True)
class ToldLine:
    """A report of an item in its history."""

    value: str
    of_day: str
    document: str
    source: str
    reported: str
    recorded: str
    by: str
    batch: int
    undone: int | None


@dataclass(frozen=True)
class ItemForm:
    """One item: its form, what counts now, its files and its history."""

    number: int
    wanted: Wanted
    stored: Mapping[str, Any] | None
    now: str
    fields: tuple[FigureField, ...]
    version: str
    files: tuple[FileLine, ...]
    gone: tuple[FileLine, ...]
    history: tuple[ToldLine, ...]


@dataclass(frozen=True)
class Sent:
    """What came with a form, and what became of it. `fault`: of its files or of the day of reception.

    `idle`: nothing in it is new. `later`: received after the day that the page is about, where it changes nothing.
    """

    item: int
    texts: Mapping[str, str]
    received: str
    version: str
    step: Step
    tried: Tried | None = None
    faults: Mapping[str, Sequence[Fault]] = field(default_factory=dict)
    others: Sequence[Fault] = ()
    effects: Effects = field(default_factory=Effects)
    fault: str = ""
    idle: bool = False
    later: bool = False

    @property
    def refused(self) -> bool:
        """Whether it was to be saved and can't be as it is."""
        return self.step == "save" and (bool(self.fault) or (self.tried is not None and self.tried.refused))

    @property
    def overtaken(self) -> bool:
        """Whether somebody else stored a report of the item since the form was opened."""
        return self.tried is not None and self.tried.overtaken


@dataclass(frozen=True)
class TaskPage:
    """All that the page of a task says. `edits`: the visitor may change it."""

    task: Task
    line: TaskLine
    items: tuple[ItemForm, ...]
    edits: bool
    sees_files: bool
    sent: Sent | None = None


def task_view(inquiry: Inquiry, shot: Snapshot, number: int) -> dict[str, Any]:
    """Compose the page of a task. Raises UnknownRule."""
    edits = may_tell(inquiry.visitor) and shot.known_on is None
    query = inquiry.request.query_params.get("saved", "")
    files = seen_files(inquiry, shot)
    view = task_page(inquiry.parts, inquiry.visitor, shot, number, files, edits=edits)
    return {
        "view": view,
        "limit": inquiry.parts.settings.evidence_mb,
        "apart": False,
        "saved": int(query) if query.isascii() and query.isdigit() and len(query) < 9 else None,
    }


def may_tell(visitor: Visitor) -> bool:
    """Say whether a visitor may change what is told of the whole place: planners of one township may not."""
    return visitor.may_edit and visitor.township is None


def task_page(
    parts: Parts, visitor: Visitor, shot: Snapshot, number: int, files: Sequence[Evidence], *, edits: bool
) -> TaskPage:
    """Compose the page of a task, with the files that the visitor may see. Raises UnknownRule."""
    task = next((task for task in shot.plan.tasks if task.no == number), None)
    if task is None:
        raise UnknownRule(_("方案里没有任务{n}").format(n=number))
    line = next(line for line in task_lines(shot.facts, shot.plan) if line.no == number)
    with parts.snapshots.store.reading() as seen:
        reports = read_figure_reports(seen.connection, number, shot.known_on)
        items = items_of(shot.plan, number)
        versions = [version_of(seen, number, wanted.item) for wanted in items]
    own = [file for file in files if file.task == number]
    forms = tuple(
        _item(visitor, shot, at, wanted, versions[at - 1], reports, own) for at, wanted in enumerate(items, start=1)
    )
    return TaskPage(task, line, forms, edits, may_see(visitor))


def _item(
    visitor: Visitor,
    shot: Snapshot,
    number: int,
    wanted: Wanted,
    version: str,
    reports: Sequence[FigureReport],
    files: Sequence[Evidence],
) -> ItemForm:
    key, stored = item_key(wanted.item, wanted.task), stored_of(shot, wanted)
    own = [
        file_line(visitor, file, closed=shot.known_on is not None)
        for file in files
        if item_key(file.item or "", wanted.task) == key
    ]
    told = [report for report in reports if item_key(report.item, wanted.task) == key]
    now = "" if stored is None else value_words(stored["value"], stored["unit_of_measure"], declared=wanted.declared)
    return ItemForm(
        number, wanted, stored, now, figure_fields(wanted, stored, shot.as_of), version,
        files=tuple(line for line in own if line.file.withdrawn_on is None or shot.known_on is not None),
        gone=tuple(line for line in own if line.file.withdrawn_on is not None and shot.known_on is None),
        history=tuple(_told(report, wanted, named=may_see(visitor)) for report in told),
    )  # fmt: skip


def _told(report: FigureReport, wanted: Wanted, *, named: bool) -> ToldLine:
    return ToldLine(
        value=value_words(report.value, report.unit_of_measure, declared=wanted.declared),
        of_day=report.as_of.isoformat() if report.as_of else "",
        document=report.evidence or "",
        source=source_words({"file": report.file, "sheet": report.sheet, "row": report.row}),
        reported=(report.reported_on or report.recorded_on).isoformat(),
        recorded=report.recorded_on.isoformat(),
        by=report.recorded_by if named else "",
        batch=report.batch,
        undone=report.undone_by,
    )
