"""The form of a figure or declaration, sent: checked while typing, previewed, saved with its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from fastapi import Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.answers import HTML
from api.deps import Parts
from api.i18n import gettext as _
from api.snapshots import Snapshot
from api.templating import page
from api.texts import TEXTS
from api.views.edit_effects import Effects, effects_of
from api.views.evidence import all_files, take_uploads
from api.views.figure_page import ItemForm, Sent, Step, TaskPage, task_page
from api.views.links import Links
from api.visitors import Visitor
from geo.errors import UnknownRule, UnreadableFile
from geo.evidence.taking import FileTooLarge, Taken
from geo.faults import Fault
from geo.intake import figure_edits
from geo.intake.edits import Tried
from geo.intake.figure_edits import EVIDENCE, VALUE, FigureEdit
from geo.store.evidence import Subject, attach

_HEADERS: Final = {"Content-Type": HTML, "Cache-Control": "no-store"}
_LONGEST: Final = 2000
_LONGEST_NAMES: Final = 300


def answer_form(parts: Parts, visitor: Visitor, number: int, form: FormData) -> Response:
    """Answer a form that was sent; what was typed stays in it whatever goes wrong, but for its files."""
    day = _day(_text(form, "as_of"))
    shot = parts.snapshots.at(day or date.today())
    files = all_files(parts)
    view = task_page(parts, visitor, shot, number, files, edits=True)
    item = next((one for one in view.items if str(one.number) == _text(form, "item")), None)
    if item is None:
        raise UnknownRule(_("任务{n}没有这个指标，可能方案刚换过；请返回后重新选择").format(n=number))
    step: Step = next((s for s in ("check", "save") if s == form.get("step")), "preview")
    texts = {field.header: _text(form, field.header) for field in item.fields}
    sent = Sent(item.number, texts, _text(form, "received_on"), _text(form, "version"), step)
    try:
        taken = take_uploads(form.getlist("files"), parts.settings) if step == "save" else []
    except UnreadableFile as refusal:
        status = 413 if isinstance(refusal, FileTooLarge) else 422
        return _answer(parts, visitor, shot, day, replace(view, sent=replace(sent, fault=str(refusal))), status)
    sent = _try(parts, visitor, shot, item, sent, taken)
    if step != "save" and form.get("part"):
        shown = page("figure_checked", **_frame(visitor, shot, day), view=view, item=item, sent=sent, apart=True)
        return Response(shown, headers=_HEADERS)
    if step == "save" and not (sent.refused or sent.overtaken or sent.idle):
        to = Links(day).figures(number)
        batch = sent.tried.stored if sent.tried and sent.tried.stored else 0
        return RedirectResponse(f"{to}{'&' if '?' in to else '?'}saved={batch}", 303, {"Cache-Control": "no-store"})
    if sent.overtaken:
        sent = replace(sent, version=item.version)
    status = 409 if sent.overtaken else 422 if sent.refused else 200
    return _answer(parts, visitor, shot, day, replace(view, sent=sent), status)


def _try(parts: Parts, visitor: Visitor, shot: Snapshot, item: ItemForm, sent: Sent, taken: Sequence[Taken]) -> Sent:
    """Check, rehearse or save what was typed; files alone are stored without a report."""
    stored = {field.header: field.stored for field in item.fields}
    cells = _cells(item, sent, taken)
    changed = cells != stored and not (taken and not cells.get(VALUE))
    try:
        received = _received(sent.received)
    except ValueError:
        return replace(sent, fault=TEXTS["edit_day_wrong"])
    edit = FigureEdit(item.wanted.task, item.wanted.item, cells, sent.version, received, visitor.name)
    if sent.step == "save" and not changed and not taken:
        return replace(sent, idle=True)
    tried = _carried_out(parts, shot, edit, sent, taken, changed=changed)
    faults: dict[str, list[Fault]] = {}
    others: list[Fault] = []
    for fault in tried.report.faults if tried else ():
        (faults.setdefault(str(fault.column), []) if fault.column in stored else others).append(fault)
    effects = _by_rule(effects_of(tried, shot)) if tried else Effects()
    later = (received or date.today()) > shot.as_of
    return replace(sent, tried=tried, faults=faults, others=others, effects=effects, later=later)


def _by_rule(effects: Effects) -> Effects:
    """Effects, each rule once: of the whole place its only unit and the rule itself say the same."""
    rules = {(row.task, row.requirement): row for row in effects.rows}
    return replace(effects, rows=tuple(rules.values()))


def _carried_out(
    parts: Parts, shot: Snapshot, edit: FigureEdit, sent: Sent, taken: Sequence[Taken], *, changed: bool
) -> Tried | None:
    store, place = parts.snapshots.store, shot.place
    if sent.step == "check":
        with store.reading() as seen:
            return figure_edits.check(seen, place, edit)
    with store.writing() as locked:
        if sent.step == "preview":
            return figure_edits.rehearse(locked, place, edit, shot.as_of)
        tried = figure_edits.save(locked, place, edit) if changed else None
        if tried is None or not (tried.refused or tried.overtaken):
            for one in taken:
                attach(locked, Subject(task=edit.task, item=edit.item), one, by=edit.by)
    return tried


def _cells(item: ItemForm, sent: Sent, taken: Sequence[Taken]) -> dict[str, str]:
    """What was typed; files name themselves where nobody says what the evidence is."""
    names = [line.file.name for line in item.files] + [one.name for one in taken]
    named = TEXTS["comma"].join(dict.fromkeys(names))[:_LONGEST_NAMES]
    return {**sent.texts, EVIDENCE: sent.texts.get(EVIDENCE) or (named if sent.texts.get(VALUE) else "")}


def _answer(parts: Parts, visitor: Visitor, shot: Snapshot, day: date | None, view: TaskPage, status: int) -> Response:
    limit = parts.settings.evidence_mb
    body = page("figure", **_frame(visitor, shot, day), view=view, limit=limit, apart=False, saved=None)
    return Response(body, status, _HEADERS)


def _frame(visitor: Visitor, shot: Snapshot, day: date | None) -> dict[str, Any]:
    told = {"place": shot.place, "plan": shot.plan.plan, "as_of": shot.as_of, "known_on": None, "today": day is None}
    return {"link": Links(day), "visitor": visitor, **told}


def _received(text: str) -> date | None:
    day = date.fromisoformat(text) if text else None
    if day is not None and not date(2000, 1, 1) <= day <= date.today():
        raise ValueError(text)
    return day


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:_LONGEST]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
