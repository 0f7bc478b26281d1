"""All tasks of the plan with their kind, state and lead units; figures and declarations with what was last told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.i18n import gettext as _
from api.snapshots import Snapshot
from api.views.overview.lines import TaskLine, task_lines
from api.views.overview.phases import PhaseStep, phase_steps
from api.views.words import Mark
from geo.plans.rules import Task
from geo.states import State
from geo.store.evidence import Evidence

_NUMERALS: Final = frozenset("一二三四五六七八九十")


@dataclass(frozen=True)
class BoardLine:
    """One task. `files`: how many stand, None where the visitor may not see any."""

    task: Task
    line: TaskLine
    files: int | None
    told: bool


@dataclass(frozen=True)
class BoardPart:
    """The tasks of one part of the plan."""

    title: str
    lines: tuple[BoardLine, ...]


@dataclass(frozen=True)
class Board:
    """The page. `lacking`: figures and declarations that nobody told, by number of task."""

    parts: tuple[BoardPart, ...]
    states: tuple[tuple[Mark, int], ...]
    phases: tuple[PhaseStep, ...]
    lacking: tuple[Task, ...]


def board(shot: Snapshot, files: Sequence[Evidence] | None) -> Board:
    """Compose the page of all tasks; `files` that the visitor may see, None for none at all."""
    lines = dict(zip((task.no for task in shot.plan.tasks), task_lines(shot.facts, shot.plan), strict=True))
    standing = [file.task for file in files or () if file.withdrawn_on is None]
    heads = list(dict.fromkeys(_head(task) for task in shot.plan.tasks))
    rows = {task.no: _row(task, lines[task.no], standing if files is not None else None) for task in shot.plan.tasks}
    marks = [line.mark for line in lines.values()]
    return Board(
        parts=tuple(
            BoardPart(_title(head), tuple(rows[task.no] for task in shot.plan.tasks if _head(task) == head))
            for head in heads
        ),
        states=tuple(
            (next(mark for mark in marks if mark.key == state), sum(mark.key == state for mark in marks))
            for state in State
            if any(mark.key == state for mark in marks)
        ),
        phases=phase_steps(shot.plan.phases, shot.as_of),
        lacking=tuple(row.task for row in rows.values() if row.task.kind != "map" and not row.told),
    )


def _row(task: Task, line: TaskLine, files: Sequence[int | None] | None) -> BoardLine:
    told = all(rule.mark.key != State.UNKNOWN for rule in line.rules)
    return BoardLine(task, line, None if files is None else files.count(task.no), told)


def _head(task: Task) -> str:
    """The part of the plan that a task stands in: 一 of 一·1."""
    return task.section.partition("·")[0]


def _title(head: str) -> str:
    return _("方案第{n}部分").format(n=head) if set(head) <= _NUMERALS else head
