"""What a batch would change in the assessment: written, read, and taken back in one transaction, then assessed."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from geo.assess import assess
from geo.differences import Direction, differences
from geo.store import clock

if TYPE_CHECKING:
    from datetime import date

    from geo.differences import RuleChange, TaskChange
    from geo.place import Place
    from geo.store import Store
    from geo.store.batches import NewBatch

MOST_UNITS: Final = 100
"""How many units of a rule are told one by one."""


class _TakenBack(Exception):
    """Ends the transaction without a trace."""


def effects_of(store: Store, batch: NewBatch) -> dict[str, Any]:
    """Return which tasks, rules and units would change their state, as plain values."""
    with suppress(_TakenBack), store.writing() as locked:
        place, plan = locked.place(), locked.plan()
        day = _day(place, batch)
        before = locked.layers(as_of=day)
        locked.write(batch)
        after = locked.layers(as_of=day)
        raise _TakenBack
    earlier, later = (assess(layers, plan, as_of=day, place_name=place.name) for layers in (before, after))
    changed = differences(earlier, later).tasks
    return {
        "as_of": day.isoformat(),
        "tasks": [_task(task) for task in changed if task.before.state != task.after.state],
        "rules": [_rule(task, rule) for task in changed for rule in task.rules if len(rule)],
    }


def _day(place: Place, batch: NewBatch) -> date:
    """Today; for a demo, its own day, unless the report came later."""
    demo = place.demo_as_of
    return demo if demo is not None and batch.reported_on <= demo else clock.today()


def _task(task: TaskChange) -> dict[str, Any]:
    before, after = task.before.state, task.after.state
    told = {"no": task.after.task.no, "title": task.after.task.title, "before": str(before), "after": str(after)}
    return {**told, "direction": str(Direction.of(before, after))}


def _rule(task: TaskChange, rule: RuleChange) -> dict[str, Any]:
    units = [
        {
            "code": change.unit_code,
            "name": change.unit_name,
            "before": str(change.before),
            "after": str(change.after),
            "direction": str(change.direction),
            "reason": change.reason_after,
        }
        for change in rule
    ]
    return {
        "id": rule.id,
        "no": task.after.task.no,
        "requirement": rule.after.rule.requirement,
        "counts": dict(Counter(unit["direction"] for unit in units)),
        "units": units[:MOST_UNITS],
    }
