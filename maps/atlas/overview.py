"""The first sheet: the place at a glance, all tasks, and the way to every other sheet."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from geo.states import MET, NOT_APPLICABLE, UNKNOWN, State
from maps import palette
from maps.atlas import legends, symbols
from maps.atlas.bodies import place_map
from maps.atlas.combined import combined
from maps.atlas.sheets import Sheet, Table
from maps.atlas.texts import TEXTS
from maps.atlas.themes import Mark, Theme
from maps.atlas.titles import mapped, rule_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.assessment import RuleResult
    from maps.atlas.ground import Ground
    from maps.atlas.papers import Paper
    from maps.atlas.sheets import Block
    from maps.dossier.edition import Edition

LABEL = "overview"


def overview_sheet(edition: Edition, ground: Ground, paper: Paper, others: Sequence[Sheet]) -> Sheet:
    """Return the overview; `others` are the sheets that its index lists."""
    counted = _counted(ground, combined(edition.assessment))
    theme = _theme(ground, counted)
    body, names = place_map(ground, theme, paper.map_width, paper.map_height)
    links = [(f"township-{code}", box) for window in names for code, box in window if code]
    return Sheet(
        label=LABEL, group=TEXTS["group_overview"], title=TEXTS["overview_title"].format(place=edition.place.name),
        subtitle=TEXTS["overview_requirement"], body=body,
        side=[_legend(counted, theme), _lines(edition, ground), _tasks(edition)],
        tables=[_matrix(edition, ground), _index(others)], names=names, links=links,
    )  # fmt: skip


def _counted(ground: Ground, states: Mapping[str, State]) -> dict[str, Counter[str]]:
    """Return how many villages of each township are in each combined state."""
    return {
        code: Counter(str(states.get(unit.code, State.NOT_APPLICABLE)) for unit in members)
        for code, members in ground.members.items()
    }


def _number(counts: Counter[str]) -> int:
    return counts["met"] + counts["not_met"] + counts["unknown"]


def _style(counts: Counter[str]) -> palette.StateStyle:
    """Return the look of a township: its class of the share met, or that nothing is in scope or known."""
    n = _number(counts)
    if n == 0:
        return palette.STATES[palette.STATE_CODE["not_applicable"]]
    if counts["unknown"] == n:
        return palette.STATES[palette.STATE_CODE["unknown"]]
    number = palette.share_class(counts["met"] / n)
    fill = palette.SHARES[number].fill
    return palette.StateStyle(f"share-{number}", palette.SHARES[number].label, fill, fill, palette.INK, "dot", "none")


def _theme(ground: Ground, counted: Mapping[str, Counter[str]]) -> Theme:
    styles = {code: _style(counts) for code, counts in counted.items() if code in ground.townships}
    marks = tuple(
        Mark(code, unit.short + _told(counted[code]), unit.at, "met", symbols.Look("dot", palette.INK, palette.INK))
        for code, unit in ground.townships.items()
    )
    return Theme("township", styles, marks, ())


def _told(counts: Counter[str]) -> str:
    return f" {counts['met']}/{_number(counts)}" if _number(counts) else ""


def _legend(counted: Mapping[str, Counter[str]], theme: Theme) -> Block:
    seen = Counter(style.key for style in theme.states.values())
    rows = [
        {"picture": f"share-{n}", "text": share.label, "count": str(seen[f"share-{n}"])}
        for n, share in enumerate(palette.SHARES)
    ]
    rows += [
        {"picture": legends.state_picture(key, area=True), "text": TEXTS[text], "count": str(seen[key])}
        for key, text in (("unknown", "all_unknown"), ("not_applicable", "out_of_scope"))
    ]
    return {"type": "legend", "title": TEXTS["share_legend"], "rows": rows, "note": TEXTS["overview_count"]}


def _lines(edition: Edition, ground: Ground) -> Block:
    return {"type": "legend", "title": "", "rows": legends.lines(ground, edition.place.name, villages=False)}


def _tasks(edition: Edition) -> Block:
    """Return every task with its state, those on units with links to their sheets."""
    links: dict[int, list[dict[str, Any]]] = {}
    for task, result in mapped(edition.assessment):
        links.setdefault(task.no, []).append({"link": f"rule-{result.rule.id}"})
    rows = []
    for found in edition.assessment.tasks:
        first = links.get(found.task.no, [])
        title = {"text": found.task.title, "link": first[0]["link"] if first else None}
        picture = legends.state_picture(str(found.state), area=False)
        rows.append([str(found.task.no), title, {"picture": picture, "text": found.state.verdict_label}])
    return {"type": "table", "title": TEXTS["tasks"].format(n=len(rows)), "widths": [0.35, 3, 1.35], "rows": rows,
            "columns": [TEXTS["col_no"], TEXTS["col_task"], TEXTS["col_state"]], "align": "left"}  # fmt: skip


def _matrix(edition: Edition, ground: Ground) -> Table:
    """Return townships × rules: how many units are met of how many in scope, and how many are unknown."""
    rules = [result for _, result in mapped(edition.assessment)]
    counts = [_by_home(result) for result in rules]
    rows = [
        [
            {"text": unit.short, "bold": True, "link": f"township-{code}"},
            *(_share(column.get(code)) for column in counts),
        ]
        for code, unit in ground.townships.items()
    ]
    totals = [_share(sum(column.values(), Counter())) for column in counts]
    rows.append([{"text": TEXTS["total"], "bold": True}, *totals])
    heads = [rule_title(result.rule) for result in rules]
    return Table(TEXTS["matrix_title"], [TEXTS["col_township"], *heads], [1.7, *(1 for _ in rules)], rows)


def _by_home(result: RuleResult) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {}
    for home, state in zip(result.findings.township_codes.tolist(), result.findings.states.tolist(), strict=True):
        found.setdefault(home, Counter())[state] += 1
    return found


def _share(counts: Counter[int] | None) -> Any:
    n = 0 if counts is None else counts.total() - counts[NOT_APPLICABLE]
    if counts is None or not n:
        return {"text": "—", "muted": True}
    told: dict[str, Any] = {"text": f"{counts[MET]}/{n}", "bold": counts[MET] < n}
    return told | ({"more": TEXTS["matrix_unknown"].format(n=counts[UNKNOWN])} if counts[UNKNOWN] else {})


def _index(others: Sequence[Sheet]) -> Table:
    """Return the sheets with their pages, in two columns."""
    entries = [
        [TEXTS["sheet"].format(n=n), {"text": sheet.title, "link": sheet.label}, {"page": sheet.label, "text": ""}]
        for n, sheet in enumerate(others, start=2)
    ]
    half = -(-len(entries) // 2)
    blank = ["", "", ""]
    rows = [
        [*left, *(entries[half + n] if half + n < len(entries) else blank)] for n, left in enumerate(entries[:half])
    ]
    heads = [TEXTS[name] for name in ("col_sheet", "col_title", "col_page")]
    return Table(TEXTS["index_title"], [*heads, *heads], [0.5, 3, 0.4, 0.5, 3, 0.4], rows)
