"""Two days side by side: for each rule in which units changed, both maps at the same scale, and by which rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from geo.differences import Direction, differences
from maps.atlas import legends
from maps.atlas.bodies import draw_panel
from maps.atlas.drawing import Drawing
from maps.atlas.margin import long_date
from maps.atlas.panels import panels
from maps.atlas.sheets import Sheet, Table
from maps.atlas.tasks import value_text
from maps.atlas.texts import TEXTS
from maps.atlas.themes import of_rule
from maps.atlas.titles import rule_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.differences import Differences, RuleChange, UnitChange
    from maps.atlas.ground import Ground
    from maps.atlas.papers import Paper
    from maps.dossier.edition import Edition

_HEAD: Final = 8.0
_GAP: Final = 4.0


def comparison_sheets(edition: Edition, grounds: tuple[Ground, Ground], paper: Paper) -> list[Sheet]:
    """Return the sheets of an edition with an earlier day: what became of every rule, then each that changed.

    `grounds`: those of the earlier and of the later day.
    """
    if edition.before is None:
        return []
    found = differences(edition.before[0], edition.assessment, township=edition.township)
    changed = [rule for rule in found.rules if rule.after.rule.unit != "city" and len(rule)]
    return [_summary(edition, found), *(_sheet(edition, grounds, paper, found, rule) for rule in changed)]


def _summary(edition: Edition, found: Differences) -> Sheet:
    rows: list[list[Any]] = []
    for task in found.tasks:
        for rule in task.rules:
            told = [change.direction for change in rule]
            link = f"change-{rule.id}" if told else None
            rows.append([
                str(task.after.task.no), {"text": rule_title(rule.after.rule), "link": link},
                _verdict(rule.before), _verdict(rule.after), *(str(told.count(direction)) for direction in Direction),
            ])  # fmt: skip
    days = [long_date(day) for day in found.days]
    columns = [TEXTS["col_no"], TEXTS["col_rule"], *days, *(TEXTS[name] for name in ("better", "worse", "other"))]
    rows = rows or [["—", TEXTS["no_change"], *[""] * 5]]
    title = TEXTS["changes_title"].format(before=days[0], after=days[1])
    return Sheet(label="changes", group=TEXTS["group_changes"], title=title, subtitle="", body=None, side=[],
                 tables=[Table(title, columns, [0.3, 2.4, 2, 2, 0.6, 0.6, 0.6], rows)])  # fmt: skip


def _verdict(result: Any) -> dict[str, Any]:
    picture = legends.state_picture(str(result.state), area=False)
    return {"picture": picture, "text": result.state.verdict_label, "more": value_text(result)}


def _sheet(
    edition: Edition, grounds: tuple[Ground, Ground], paper: Paper, found: Differences, rule: RuleChange
) -> Sheet:
    changes = list(rule)
    width = paper.width - paper.left - paper.right
    body, names = _maps(
        grounds, rule, found, width, paper.map_height - paper.strip, {change.unit_code for change in changes}
    )
    before, after = (
        legends.states(of_rule(ground, result), result.counts)
        for ground, result in zip(grounds, (rule.before, rule.after), strict=True)
    )
    rows = [row | {"count": f"{old['count']} → {row['count']}"} for old, row in zip(before, after, strict=True)]
    rows.append({"picture": "ring", "text": TEXTS["changed"], "count": str(len(changes))})
    return Sheet(
        label=f"change-{rule.id}", group=TEXTS["group_changes"],
        title=TEXTS["comparison_title"].format(title=rule_title(rule.after.rule)), subtitle=rule.after.rule.requirement,
        body=body, wide=True, names=names, side=[{"type": "strip", "rows": rows}],
        tables=[_table(edition, found, changes, rule)],
    )  # fmt: skip


def _maps(
    grounds: tuple[Ground, Ground], rule: RuleChange, found: Differences, width: float, height: float, changed: set[str]
) -> tuple[Drawing, list[Any]]:
    """Draw both days in windows of the same places and scales."""
    drawing = Drawing(width, height)
    half = (width - _GAP) / 2
    names: list[Any] = []
    for n, (ground, result, day) in enumerate(zip(grounds, (rule.before, rule.after), found.days, strict=True)):
        left = n * (half + _GAP)
        drawing.text(left + half / 2, 5.2, long_date(day), size=4.6, fill="#1f2a37", bold=True)
        theme = of_rule(ground, result)
        windows = panels(grounds[1], (left, _HEAD, half, height - _HEAD))
        names += [draw_panel(drawing, ground, theme, panel, only=changed) for panel in windows]
    return drawing, names


def _table(edition: Edition, found: Differences, changes: Sequence[UnitChange], rule: RuleChange) -> Table:
    rows = [
        [{"text": change.unit_name, "bold": True}, edition.gazetteer.name_of(change.township_code or ""),
         change.direction.label, _state(change.before, change.reason_before),
         _state(change.after, change.reason_after), _rows(change)]
        for change in changes
    ]  # fmt: skip
    days = [long_date(day) for day in found.days]
    columns = [TEXTS["col_unit"], TEXTS["col_township"], TEXTS["col_direction"], *days, TEXTS["col_source"]]
    return Table(
        TEXTS["changed_units"].format(title=rule_title(rule.after.rule)), columns, [1.3, 1.1, 0.5, 2, 2, 2.4], rows
    )


def _state(state: Any, reason: str) -> dict[str, Any]:
    return {"picture": legends.state_picture(str(state), area=False), "text": state.label, "more": reason}


def _rows(change: UnitChange) -> str:
    """Return the rows by which a state changed; by time alone where no row did."""
    told = [
        TEXTS[word].format(rows="、".join(dict.fromkeys(_row(source) for source in sources)))
        for word, sources in (("rows_added", change.added), ("rows_removed", change.removed))
        if any(_row(source) for source in sources)
    ]
    return "；".join(told) or (TEXTS["by_time"] if any(map(_row, change.kept)) else "—")


def _row(source: dict[str, Any]) -> str:
    if not source.get("file"):
        return ""
    sheet = f"[{source['sheet']}]" if source.get("sheet") else ""
    return f"{source['file']}{sheet} " + TEXTS["row"].format(n=source.get("row"))
