"""The page of one file handed in: progress, what was understood, questions, what it would change, the result."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Response

from api.answers import HTML
from api.deps import Parts
from api.i18n import gettext
from api.import_texts import IN_THE_FORM
from api.templating import page
from api.texts import TEXTS
from api.views import words
from api.views.imports import frame, standing_of
from api.visitors import Visitor
from geo.faults import SEVERITY_LABELS, Fault, in_order
from geo.intake.columns import label_of
from geo.intake.imports import IMPORTABLE
from geo.intake.questions import questions_of
from geo.jobs.orders import Job

MOST_FAULTS: Final = 200
_ABOUT_DATUM: Final = ("datum", "coordinate")
_SEVERITIES: Final = ("error", "warning", "note")


def job_page(parts: Parts, visitor: Visitor, job: Job, *, fault: str = "", status: int = 200) -> Response:
    """All that is known of a job."""
    faults = sorted(in_order(job.faults), key=lambda f: _SEVERITIES.index(f.severity))
    told = [f for f in faults if not f.code.startswith(_ABOUT_DATUM) or f.severity == "error"]
    result = job.result
    body = page(
        "import_job",
        **frame(parts, visitor),
        job=job,
        fault=fault,
        standing=standing_of(job),
        progress=progress_text(job),
        outcome=result.get("outcome"),
        tables=result.get("tables", ()),
        datums=[f for f in faults if f.code.startswith(_ABOUT_DATUM) and f.severity != "error"],
        rows=result.get("rows"),
        changes=_changes(result),
        effects=_effects(result),
        questions=_questions(job),
        faults=told[:MOST_FAULTS],
        more=max(0, len(told) - MOST_FAULTS),
        counts=Counter(f.severity for f in told),
        severities={name: gettext(label) for name, label in SEVERITY_LABELS.items()},
        can_mark=job.ended and parts.jobs.spool.has(job.order.upload) if job.order.upload else False,
        version=result.get("version", ""),
        where=where_of,
        advice=advice_of,
    )
    return Response(body, status, {"Content-Type": HTML, "Cache-Control": "no-store"})


def progress_text(job: Job) -> str:
    """How far a job is."""
    stage = TEXTS[f"stage_{job.stage}"]
    if not job.rows_read or not job.rows_all:
        return stage
    return TEXTS["job_progress"].format(stage=stage, rows=job.rows_read, of=job.rows_all)


def where_of(fault: Fault) -> str:
    """Where a fault stands: sheet, row, column."""
    row = TEXTS["job_row"].format(row=fault.row) if fault.row else ""
    return " · ".join(filter(None, (fault.sheet or "", row, fault.column or "")))


def advice_of(fault: Fault) -> str:
    """What to do, with the form's fields in place of the command line's options."""
    told = fault.remedy
    for option, name in IN_THE_FORM.items():
        told = told.replace(f" {option} ", name).replace(option, name)
    return told


def _questions(job: Job) -> list[dict[str, Any]]:
    """The questions as asked on the page: what the form carries of each, and what was chosen before."""
    chosen = {(a.get("field"), a.get("township"), a.get("written")): a.get("code", "") for a in job.order.answers}
    found = []
    for asked in questions_of(job.faults):
        own = {name: asked[name] for name in ("field", "township", "written")}
        before = chosen.get((own["field"], own["township"], own["written"]), "")
        found.append({**asked, "asked": json.dumps(own, ensure_ascii=False), "before": before})
    return sorted(found, key=lambda asked: bool(asked["kind"] == "column"))


def _changes(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Layer by layer what would be new, changed, the same or is missing."""
    none, changes = result.get("reported_none", {}), result.get("changes", {})
    nothing = {"new": 0, "changed": 0, "same": 0, "gone": 0}
    labels = {
        name: gettext(label_of(name)) if name in IMPORTABLE else name for name in dict.fromkeys([*changes, *none])
    }
    return [
        {"label": label, **nothing, **changes.get(name, {}), "none": none.get(name, 0)}
        for name, label in labels.items()
    ]


def _effects(result: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the assessment would say otherwise, its states as marks."""
    effects = result.get("effects")
    if not effects:
        return None
    tasks = [{**t, "before": words.verdict(t["before"]), "after": words.verdict(t["after"])} for t in effects["tasks"]]
    rules = []
    for rule in effects["rules"]:
        units = [{**u, "before": words.mark(u["before"]), "after": words.mark(u["after"])} for u in rule["units"]]
        counts = [TEXTS[f"job_{way}"].format(n=rule["counts"][way]) for way in _WAYS if rule["counts"].get(way)]
        more = sum(rule["counts"].values()) - len(units)
        rules.append({**rule, "units": units, "told": TEXTS["comma"].join(counts), "more": more})
    return {"as_of": effects["as_of"], "tasks": tasks, "rules": rules}


_WAYS: Final = ("better", "worse", "scope")
