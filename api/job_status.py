"""A job in the words of the API."""

from __future__ import annotations

from typing import Any

from geo.intake.questions import questions_of
from geo.jobs.orders import Job


def status_of(job: Job) -> dict[str, Any]:
    """The job with the names that the API uses."""
    order, result = job.order, job.result
    return {
        "id": job.id,
        "state": job.state,
        "stage": job.stage or None,
        "progress": {"rows": job.rows_read, "of": job.rows_all},
        "file": order.name,
        "layer": result.get("layer", order.layer),
        "datum": order.datum,
        "complete": order.complete,
        "dry_run": order.dry_run,
        "sender": order.sender,
        "received_on": order.received_on.isoformat() if order.received_on else None,
        "scope": order.scope,
        "columns": dict(order.columns),
        "created_at": f"{job.made_at.isoformat()}+00:00",
        "finished_at": f"{job.ended_at.isoformat()}+00:00" if job.ended_at else None,
        "outcome": result.get("outcome"),
        "batch": result.get("batch"),
        "counts": {"records": result.get("records", {}), "reported_none": result.get("reported_none", {})},
        "rows": result.get("rows"),
        "changes": result.get("changes", {}),
        "tables": result.get("tables", []),
        "questions": questions_of(job.faults),
        "faults": list(result.get("faults", ())),
    }
