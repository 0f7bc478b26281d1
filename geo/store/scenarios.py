"""Scenarios that people keep under a name. Never a part of the assessment.

Functions of an open transaction. Nothing is overwritten: saving a name again, dropping it and planning it are
rows of their own, and the newest row of a name holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, insert, select

from geo.errors import InputRefused, UnknownScenario
from geo.faults import printable
from geo.scenario.measures import LONGEST_NAME, Scenario
from geo.store import audit, clock
from geo.store.gap_tasks import take
from geo.store.scenario_tables import scenarios
from geo.words.phones import covered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from geo.scenario.comparing import Comparison
    from geo.store.transactions import Writing

Action = Literal["saved", "dropped", "planned"]
MOST: Final = 500
"""Names that are kept at a time."""


@dataclass(frozen=True)
class KeptScenario:
    """A scenario as it stands. `action`: saved, or planned once its works were handed out."""

    number: int
    scenario: Scenario
    action: Action
    recorded_at: datetime
    recorded_on: date
    recorded_by: str


def read_scenarios(connection: Connection, *, known_on: date | None = None) -> dict[str, KeptScenario]:
    """Return name → what holds by the end of a day, by default now, in order of names; dropped ones are left out."""
    query = select(scenarios).order_by(scenarios.c.number)
    if known_on is not None:
        query = query.where(scenarios.c.recorded_on <= known_on)
    newest = {row.name: row for row in connection.execute(query)}
    return {
        name: KeptScenario(
            row.number,
            Scenario.model_validate(json.loads(row.told)),
            row.action,
            row.recorded_at,
            row.recorded_on,
            row.recorded_by,
        )
        for name, row in sorted(newest.items())
        if row.action != "dropped"
    }


def find_scenario(connection: Connection, name: str) -> KeptScenario:
    """Return one by its name. Raises UnknownScenario."""
    found = read_scenarios(connection).get(name)
    if found is None:
        msg = f"没有名为“{printable(name)}”的方案；kepu scenario list 列出全部"
        raise UnknownScenario(msg)
    return found


def save(store: Writing, scenario: Scenario, *, by: str = "") -> int:
    """Keep a scenario under its name, in place of an older one; returns its number. Raises InputRefused."""
    name = checked_name(scenario.name)
    if covered(scenario.note) != scenario.note:
        msg = "方案的说明里不能有电话号码：看到方案的人都会看到"
        raise InputRefused(msg)
    kept = read_scenarios(store.connection)
    if len(kept) >= MOST and name not in kept:
        msg = f"方案已有{MOST}个，请先删去不用的"
        raise InputRefused(msg)
    return _add(store, scenario.model_copy(update={"name": name}), "saved", by)


def checked_name(text: str) -> str:
    """Return a name in one line, as it is kept. Raises InputRefused for one that no scenario can have."""
    name = printable(" ".join(text.split()))
    if not name or len(name) > LONGEST_NAME or covered(name) != name:
        msg = f"方案的名称要有 1 到 {LONGEST_NAME} 个字，不能有电话号码：看到方案的人都会看到"
        raise InputRefused(msg)
    return name


def drop(store: Writing, name: str, *, by: str = "") -> None:
    """Forget a scenario; what was planned by it stays. Raises UnknownScenario."""
    _add(store, find_scenario(store.connection, name).scenario, "dropped", by)


def plan_works(
    store: Writing, comparison: Comparison, *, who: str, due_on: date, by: str = ""
) -> list[tuple[str, str]]:
    """Hand out what a scenario would mend: each gap that it closes is taken on, with a day; returns (rule, unit).

    The scenario must be kept. Raises UnknownScenario; InputRefused where it closes no gap.
    """
    kept = find_scenario(store.connection, comparison.scenario.name)
    mended = closed_gaps(comparison)
    if not mended:
        msg = "这个方案没有补上任何缺口，没有可列入计划的"
        raise InputRefused(msg)
    for rule, unit in mended:
        take(store, rule, unit, who=who, due_on=due_on, note=f"方案：{kept.scenario.name}", by=by)
    _add(store, kept.scenario, "planned", by)
    return mended


def closed_gaps(comparison: Comparison) -> list[tuple[str, str]]:
    """Return (rule, unit) of every finding that is no gap any more."""
    return [
        (rule.id, unit.unit_code)
        for rule in comparison.changes.rules
        for unit in rule
        if unit.after == "met" and unit.before in ("not_met", "unknown")
    ]


def by_names(connection: Connection, names: Sequence[str]) -> list[Scenario]:
    """Return scenarios by their names, in that order. Raises UnknownScenario."""
    return [find_scenario(connection, name).scenario for name in names]


def _add(store: Writing, scenario: Scenario, action: Action, by: str) -> int:
    """Add a row, and tell the audit its name."""
    number = (store.connection.execute(select(func.max(scenarios.c.number))).scalar() or 0) + 1
    moment = clock.now()
    told = json.dumps(scenario.to_dict(), ensure_ascii=False, sort_keys=True)
    noted = {"recorded_at": moment.at, "recorded_on": moment.day, "recorded_by": by}
    values = {"number": number, "name": scenario.name, "action": action, "told": told, **noted}
    store.connection.execute(insert(scenarios).values(values))
    audit.append(store.connection, f"scenario-{action}", moment.at, by, {"number": number, "name": scenario.name})
    return number
