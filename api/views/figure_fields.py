"""The fields of a form for one figure or declaration: a widget for its unit of measure, filled with what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from api.i18n import gettext as _
from api.snapshots import Snapshot
from geo.figure_items import Wanted, item_key, wanted_items
from geo.figures import newest_report
from geo.intake.figure_edits import EVIDENCE, MEASURE, OF_DAY, VALUE
from geo.plans.rules import Plan
from geo.survey import Survey
from geo.words.vocabulary import YES_OR_NO, is_share, measures, plain

YES, NO = "是", "否"
_LARGER: Final = ("万", "亿")
_WHOLE: Final = frozenset({"人", "次", "个", "场", "件", "人次", "份", "天"})


@dataclass(frozen=True)
class FigureField:
    """A field; its `header`, as an import understands it, is its name too. `stored`: what counts now."""

    header: str
    label: str
    widget: str
    how: str
    stored: str
    measure: str = ""
    choices: tuple[str, ...] = ()


def items_of(plan: Plan, task: int) -> tuple[Wanted, ...]:
    """The items of a task that are told by hand, each once, in the plan's order."""
    found: dict[str, Wanted] = {}
    for wanted in wanted_items(plan):
        if wanted.task == task:
            found.setdefault(item_key(wanted.item, task), wanted)
    return tuple(found.values())


def stored_of(shot: Snapshot, wanted: Wanted) -> Mapping[str, Any] | None:
    """The report of an item that counts on the day, None where there is none."""
    survey = Survey(shot.layers, shot.plan.settings, shot.as_of, shot.ground.gazetteer.place_code)
    row = newest_report(survey, wanted.task, wanted.item)
    if row is None:
        return None
    names = ("value", "unit_of_measure", "as_of", "evidence", "batch", "file", "sheet", "row")
    return {name: survey.column("figures", name)[row] for name in names}


def figure_fields(wanted: Wanted, stored: Mapping[str, Any] | None, day: date) -> tuple[FigureField, ...]:
    """Return the fields of an item's form; `day` stands in for the day that nothing stored speaks of."""
    told = stored or {}
    of_day = told.get("as_of")
    value = FigureField(VALUE, wanted.item, "number", _number_how(wanted), _text(told.get("value")))
    if wanted.declared:
        said = {1: YES, 0: NO}.get(told.get("value"), "")  # type: ignore[arg-type]
        value = FigureField(VALUE, wanted.item, "yes-no", "", said, choices=(YES, NO))
    elif not wanted.measure or len(_choices(wanted.measure, told)) == 1:
        value = FigureField(VALUE, wanted.item, "number", value.how, value.stored, measure=wanted.measure or "")
    found = [value]
    if not wanted.declared and wanted.measure:
        choices = _choices(wanted.measure, told)
        widget = "hidden" if len(choices) == 1 else "choice"
        how = _("按这个单位计，也可以换成下列单位")
        written = str(told.get("unit_of_measure") or wanted.measure)
        found.append(FigureField(MEASURE, _("计量单位"), widget, how, written, choices=choices))
    shown = f"{of_day:%Y-%m-%d}" if of_day is not None else "" if stored else day.isoformat()
    found.append(
        FigureField(OF_DAY, _("数据日期"), "date", _("情况截至哪一天。有新情况请改日期，只改错的不用改"), shown)
    )
    about = _("文号、文件名等。不填就写佐证文件的文件名")
    found.append(FigureField(EVIDENCE, _("佐证说明"), "text", about, str(told.get("evidence") or "")))
    return tuple(found)


def value_words(value: float | None, written: str | None, *, declared: bool) -> str:
    """A reported number as people read it."""
    if value is None:
        return _("没有填数")
    if declared:
        return {1.0: _("已完成"), 0.0: _("没有完成")}.get(value, f"{value:g}")
    return f"{value:,.10g}{'' if written in (None, YES_OR_NO) else written}"


def _choices(measure: str, told: Mapping[str, Any]) -> tuple[str, ...]:
    group = measures(measure)
    larger = [prefix + measure for prefix in _LARGER if plain(prefix + measure) in group]
    stored = str(told.get("unit_of_measure") or measure)
    return tuple(dict.fromkeys([measure, *larger, *([stored] if stored != YES_OR_NO else [])]))


def _number_how(wanted: Wanted) -> str:
    if wanted.measure and is_share(wanted.measure):
        return _("百分数写成 85 这样的数")
    return _("填整数") if wanted.measure in _WHOLE else ""


def _text(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.15g}"
