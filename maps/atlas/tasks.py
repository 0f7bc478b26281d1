"""The sheets of the plan's map tasks: one for each rule that is on townships, villages, schools or bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.percentages import percent
from geo.states import MET, NOT_MET, UNKNOWN
from maps.atlas import legends
from maps.atlas.bodies import place_map
from maps.atlas.sheets import Sheet
from maps.atlas.texts import TEXTS
from maps.atlas.themes import of_rule
from maps.atlas.titles import mapped, rule_title

if TYPE_CHECKING:
    from geo.assessment import RuleResult
    from geo.plans.rules import Task
    from maps.atlas.ground import Ground
    from maps.atlas.papers import Paper
    from maps.atlas.sheets import Block
    from maps.atlas.themes import Theme
    from maps.dossier.edition import Edition


def task_sheets(edition: Edition, ground: Ground, paper: Paper) -> list[Sheet]:
    """Return the sheet of every mapped rule, in the order of the plan."""
    return [task_sheet(edition, ground, paper, task, result) for task, result in mapped(edition.assessment)]


def task_sheet(edition: Edition, ground: Ground, paper: Paper, task: Task, result: RuleResult) -> Sheet:
    """Return the sheet of one rule: its map, verdict, legend, counts by township, and who has a gap."""
    theme = of_rule(ground, result)
    body, names = place_map(ground, theme, paper.map_width, paper.map_height)
    side: list[Block] = [
        verdict(result),
        who(task),
        _legend(edition, ground, theme, result),
        _by_township(edition, result),
    ]
    side += _gaps(edition, theme)
    lost = theme.nowhere()
    if lost:
        side.append(
            {"type": "text", "title": TEXTS["nowhere"], "text": "、".join(mark.name for mark in lost), "boxed": True}
        )
    return Sheet(
        label=rule_label(result.rule.id), group=TEXTS["group_tasks"],
        title=TEXTS["task_title"].format(no=task.no, title=rule_title(result.rule)), subtitle=result.rule.requirement,
        body=body, side=side, names=names,
    )  # fmt: skip


def rule_label(rule_id: str) -> str:
    """Return what links call a rule's sheet."""
    return f"rule-{rule_id}"


def verdict(result: RuleResult) -> Block:
    """Return a rule's verdict: its word, its value against the threshold, its counts with their denominator."""
    counts = result.counts
    told = TEXTS["scope"].format(n=counts.in_scope, unit=TEXTS[f"unit_{result.rule.unit}"], met=counts.met,
                                 not_met=counts.not_met, unknown=counts.unknown)  # fmt: skip
    return {"type": "verdict", "state": str(result.state), "label": result.state.verdict_label,
            "value": value_text(result), "text": told if counts.in_scope else TEXTS["nothing"]}  # fmt: skip


def who(task: Task) -> Block:
    """Return which units of the government answer for a task."""
    told = TEXTS["lead"].format(lead="、".join(task.lead))
    if task.cooperating:
        told += TEXTS["cooperating"].format(cooperating="、".join(task.cooperating))
    return {"type": "text", "title": "", "text": told}


def value_text(result: RuleResult) -> str:
    """Return a rule's value against its threshold, on the scale that the rule has; nothing for a declaration."""
    rule = result.rule
    if rule.kind == "declared":
        return ""
    share = rule.kind not in {"figure", "tally"} and getattr(rule, "measure", "share") == "share"
    threshold = f"{rule.threshold * 100:g}%" if share else f"{rule.threshold:g}"
    if result.value is None:
        return TEXTS["no_value"].format(threshold=threshold)
    at_most = getattr(rule, "comparison", "") == "at_most"
    name = "reach" if rule.kind == "reach" else "share" if share else "at_most" if at_most else "tally"
    value = percent(result.value) if share else f"{result.value:g}"
    return TEXTS[name].format(value=value, threshold=threshold)


def _legend(edition: Edition, ground: Ground, theme: Theme, result: RuleResult) -> Block:
    lines = legends.lines(ground, edition.place.name, villages=theme.unit != "township")
    rows = [*legends.states(theme, result.counts), *lines]
    return {"type": "legend", "title": TEXTS["legend"], "rows": rows}


def _by_township(edition: Edition, result: RuleResult) -> Block:
    """Return the counts of a rule by township, those without a unit in scope left out."""
    counted: dict[str | None, list[int]] = {}
    found = result.findings
    for home, state in zip(found.township_codes.tolist(), found.states.tolist(), strict=True):
        if state in (MET, NOT_MET, UNKNOWN):
            counted.setdefault(home, [0, 0, 0])[(MET, NOT_MET, UNKNOWN).index(state)] += 1
    names = edition.place.townships.set_index("code")["short_name"].to_dict()
    rows: list[list[Any]] = []
    for home in sorted(counted, key=lambda code: code or ""):
        met, not_met, unknown = counted[home]
        name = names.get(home) or TEXTS["place_itself"].format(place=edition.place.name)
        link = f"township-{home}" if home in names else None
        rows.append([{"text": name, "link": link}, *map(str, (met + not_met + unknown, met, not_met, unknown))])
    counts = result.counts
    total = [TEXTS["total"], *map(str, (counts.in_scope, counts.met, counts.not_met, counts.unknown))]
    columns = [TEXTS[name] for name in ("col_township", "col_n", "col_met", "col_not", "col_unknown")]
    return {"type": "table", "title": TEXTS["by_township"], "columns": columns, "widths": [2.5, 1, 1, 1.2, 1.2],
            "rows": [*rows, total]}  # fmt: skip


def _gaps(edition: Edition, theme: Theme) -> list[Block]:
    """Return who is not met and who is unknown, by name."""
    blocks: list[Block] = []
    for state, title in (("not_met", "gaps_not_met"), ("unknown", "gaps_unknown")):
        names = [mark.name for mark in theme.marks if mark.state == state]
        if names:
            blocks.append({"type": "text", "title": TEXTS[title].format(n=len(names)), "text": "、".join(names)})
    return blocks or [{"type": "text", "title": "", "text": TEXTS["no_gaps"]}]
