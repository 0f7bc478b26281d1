"""Everything the page knows, as one compact value: columns instead of records, each text once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geo.states import MET
from maps import facility_columns, palette, unit_columns
from maps.datablock import Block, digits
from maps.geometry import rings
from maps.layers import drawn_states
from maps.scope import outside, planned
from maps.series import rule_changes, series_block, with_closed
from maps.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from geo.assessment import Assessment, RuleResult, TaskResult
    from geo.layers import Layers

_READINGS: Final = ("since_last_change", "largest_interval", "changes_in_year")


def build(
    layers: Layers,
    assessment: Assessment,
    *,
    place: Mapping[str, Any],
    measures: Mapping[str, str],
    months: int = 2,
    series: Mapping[date, Assessment] | None = None,
    wider: Mapping[date, Assessment] | None = None,
    texts: Mapping[str, str] = TEXTS,
) -> dict[str, Any]:
    """The data block: plain lists, dicts, numbers and texts in a fixed order.

    ``layers`` are those of the assessment's day; ``place`` holds code, name, boundary (geometry or None) and
    what the margin prints; ``measures`` says by rule how its value reads; boards are due ``months`` calendar
    months after a change; ``series`` holds earlier days and ends with the assessment's, as does ``wider``, which
    has all townships in scope. Coordinates are degrees × 1e5.
    """
    block, as_of = Block(), assessment.as_of
    if series:
        layers = with_closed(layers, min(series))
    units, placed, of_unit = unit_columns.gather(block, layers, place)
    tasks = [_task(block, task, measures) for task in assessment.tasks]
    drawn = [
        facility_columns.columns(block, name, layers[name], placed[name], of_unit[name], as_of=as_of, months=months)
        for name in placed
    ]
    rules = [rule for task in tasks for rule in task["rules"]]
    return {
        "format": 1,
        "place": {key: value for key, value in place.items() if key != "boundary"},
        "boundary": rings(place["boundary"]),
        "asOf": as_of.isoformat(),
        **({"knownOn": assessment.known_on.isoformat()} if assessment.known_on else {}),
        "plan": {"id": assessment.plan.plan.id, "sha256": assessment.plan.sha256},
        "palette": palette.as_data(),
        "texts": dict(texts),
        "units": units,
        "tasks": tasks,
        "layers": drawn,
        "series": series_block(series, rules, block.units, layers, months=months) if series else None,
        "wider": _wider(block, wider, planned(layers), units["plan"], measures) if wider else None,
        "evidence": block.evidence_columns(),
        "evidenceSets": block.evidence_sets.values,
        "strings": block.strings.values,
    }


def _task(block: Block, result: TaskResult, measures: Mapping[str, str]) -> dict[str, Any]:
    task = result.task
    return {
        "no": task.no, "title": task.title, "section": task.section, "requirement": task.requirement,
        "lead": task.lead, "cooperating": task.cooperating, "kind": task.kind, "state": str(result.state),
        "rules": [_rule(block, rule, rule.findings.positions(), measures) for rule in result.rules],
    }  # fmt: skip


def _rule(block: Block, result: RuleResult, at: NDArray[np.intp], measures: Mapping[str, str]) -> dict[str, Any]:
    """A rule with a column for each thing that is told of the units at ``at``; ``unitNo`` -1: no layer holds it."""
    rule, found = result.rule, result.findings
    numbers, positions = block.units[rule.unit], at.tolist()
    explain = found.explain
    return {
        "id": rule.id, "requirement": rule.requirement, "unit": rule.unit, "threshold": rule.threshold,
        "value": result.value, "state": str(result.state), "measure": measures.get(rule.id, "share"),
        "counts": list(result.counts.as_dict().values()),
        "sharing": found.dedicated and bool((found.states == MET).any()),
        "unitNo": [numbers.get(code, -1) for code in found.codes[at].tolist()],
        "states": digits(drawn_states(found)[at]),
        "reasons": block.texts([explain.reason(position) or None for position in positions]),
        "sources": block.source_sets(
            tuple((e["file"], e["sheet"], e["row"], e["batch"]) for e in explain.evidence(position))
            for position in positions
        ),
        **(_of_boards(block, [explain.extras(position) for position in positions]) if rule.kind == "freshness" else {}),
    }  # fmt: skip


def _of_boards(block: Block, extras: list[dict[str, Any]]) -> dict[str, Any]:
    """What a freshness rule tells besides: the last change, when the next is due, and the state by each reading."""
    code = palette.STATE_CODE
    return {
        "changed": block.texts([extra["last_change"] for extra in extras]),
        "due": block.texts([extra["due"] for extra in extras]),
        "readings": ["".join(str(code[extra["readings"][name]]) for name in _READINGS) for extra in extras],
    }


def _wider(
    block: Block, wider: Mapping[date, Assessment], inside: set[str], flags: str, measures: Mapping[str, str]
) -> dict[str, Any]:
    """The findings that only the wider scope has, and how they changed from day to day."""
    results = [{result.rule.id: result for result in wider[day].rules} for day in sorted(wider)]
    rules = [_rule(block, result, outside(result, inside), measures) for result in results[-1].values()]
    beyond = {
        kind: {code: number for code, number in numbers.items() if flags[number] == "0"}
        for kind, numbers in block.units.items()
    }
    changes = [rule_changes(rule, [found.get(rule["id"]) for found in results], beyond) for rule in rules]
    return {"rules": rules, "series": changes}
