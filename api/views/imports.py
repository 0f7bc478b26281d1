"""The page of imports: the form, what is under way, past batches, blank templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from fastapi import Response

from api.answers import HTML
from api.deps import Parts
from api.i18n import gettext
from api.templating import page
from api.texts import TEXTS
from api.views.links import Links
from api.visitors import Visitor
from geo.crs import DATUM_LABELS
from geo.intake.columns import label_of
from geo.intake.imports import AUTO, IMPORTABLE
from geo.intake.questions import COLUMN, questions_of
from geo.jobs.orders import Job
from geo.store import Batch, clock

MOST_JOBS: Final = 50
MOST_BATCHES: Final = 200


@dataclass(frozen=True)
class Standing:
    """How a job stands, in words; `key` for the style sheet: waits, asks, refused, ready, stored, over."""

    key: str
    label: str


@dataclass(frozen=True)
class JobRow:
    """A job as listed."""

    job: Job
    standing: Standing
    when: str


@dataclass(frozen=True)
class BatchRow:
    """A batch as listed. `undoing`: the batch that took it back; `can_undo`: by this visitor, now."""

    batch: Batch
    layer: str
    day: date
    undoing: Batch | None
    can_undo: bool


def imports_page(
    parts: Parts,
    visitor: Visitor,
    *,
    fault: str = "",
    undone: int | None = None,
    asked: int | None = None,
    reasons: Sequence[str] = (),
    status: int = 200,
) -> Response:
    """All of it; `asked`: the batch whose undoing later ones speak against, for these reasons."""
    ground = parts.snapshots.ground()
    jobs = parts.jobs.listed(MOST_JOBS, township=visitor.township, by=visitor.name)
    batches = batch_rows(parts, visitor)
    body = page(
        "imports",
        **frame(parts, visitor),
        fault=fault,
        asked=asked,
        reasons=reasons,
        undone=next((row for row in batches if row.batch.batch == undone and row.undoing), None),
        jobs=[JobRow(job, standing_of(job), shown_time(job.made_at)) for job in jobs if not _is_settled(job)],
        batches=batches[:MOST_BATCHES],
        total=len(batches),
        layers={name: gettext(label_of(name)) for name in IMPORTABLE},
        auto=AUTO,
        datums={name: gettext(label) for name, label in DATUM_LABELS.items()},
        senders=sorted({row.batch.sender for row in batches if row.batch.sender}),
        townships={c: n for c, n in ground.gazetteer.townships.items() if visitor.township in (None, c)},
        latest=date.today(),
        limit=parts.settings.max_upload_mb,
        days=parts.settings.import_days,
    )
    return Response(body, status, {"Content-Type": HTML, "Cache-Control": "no-store"})


def frame(parts: Parts, visitor: Visitor) -> dict[str, Any]:
    """What every page shows around."""
    ground = parts.snapshots.ground()
    plan = ground.plan.plan
    return {"link": Links(), "visitor": visitor, "place": ground.place, "plan": plan, "today": False, "known_on": None}


def standing_of(job: Job) -> Standing:
    """How a job stands."""
    if not job.ended:
        running = "job_storing" if not job.order.dry_run else "job_running"
        return Standing("waits", TEXTS["job_queued" if job.state == "queued" else running])
    outcome = job.result.get("outcome")
    if outcome == "stored":
        return Standing("stored", TEXTS["job_stored"].format(n=job.result["batch"]))
    if outcome == "unchanged":
        return Standing("over", TEXTS["job_unchanged"].format(n=job.result["batch"]))
    if outcome == "checked":
        return Standing("ready", TEXTS["job_ready"])
    if outcome is None:
        return Standing("over", TEXTS["job_stopped"])
    asked = sum(question["kind"] != COLUMN for question in questions_of(job.faults))
    plain = any(fault.severity == "error" and fault.asked is None for fault in job.faults)
    if asked and not plain:
        return Standing("asks", TEXTS["job_asked"].format(n=asked))
    return Standing("refused", TEXTS["job_refused"])


def batch_rows(parts: Parts, visitor: Visitor) -> list[BatchRow]:
    """The imports, newest first; a township's planner sees their own."""
    known = parts.snapshots.store.batches()
    by_number = {batch.batch: batch for batch in known}
    rows = []
    for batch in reversed(known):
        mine = visitor.township is None or batch.recorded_by == visitor.name
        if batch.kind == "import" and mine:
            undoing = by_number.get(batch.undone_by) if batch.undone_by else None
            day = batch.reported_on or batch.recorded_on
            rows.append(BatchRow(batch, _label(batch.layer), day, undoing, undoing is None))
    return rows


def shown_time(moment: datetime) -> str:
    """A stored moment by the office's clock."""
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"


def _is_settled(job: Job) -> bool:
    return job.result.get("outcome") == "stored"


def _label(layer: str) -> str:
    return gettext(label_of(layer)) if layer in IMPORTABLE else TEXTS["imports_several"]
