"""What to import and how a job stands: plain values, as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from geo.faults import Asked, Candidate, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo.crs import Datum

JobState = Literal["queued", "running", "done", "failed"]
ENDED: tuple[JobState, ...] = ("done", "failed")


@dataclass(frozen=True)
class Order:
    """What to import. `name` is for showing only; `upload` is our own copy, as the spool names it.

    `scope`: a township's or the place's code or name. `answers`: as they were sent, for they are checked when the
    import runs. `only_in`: the one township whose records `by` may change. `kept`: the copy outlives the run.
    """

    upload: str
    name: str
    layer: str
    datum: Datum | Literal["auto"] = "auto"
    complete: bool = False
    dry_run: bool = False
    sender: str = ""
    received_on: date | None = None
    scope: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: Sequence[Mapping[str, str]] = ()
    by: str = ""
    only_in: str | None = None
    kept: bool = False

    def told(self) -> dict[str, Any]:
        """Return what has no column of its own, as JSON."""
        day = self.received_on.isoformat() if self.received_on else None
        columns, answers = dict(self.columns), [dict(answer) for answer in self.answers]
        return {**{n: getattr(self, n) for n in _PLAIN}, "received_on": day, "columns": columns, "answers": answers}


_PLAIN = ("layer", "datum", "complete", "dry_run", "sender", "scope")


@dataclass(frozen=True)
class Job:
    """A job as it stands; times in UTC. `result` is there once it has ended; `file_there`: its upload is kept."""

    id: str
    order: Order
    state: JobState
    made_at: datetime
    ended_at: datetime | None
    stage: str
    rows_read: int
    rows_all: int
    worker: str | None
    cancelled: bool
    result: Mapping[str, Any]
    file_there: bool

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED

    @property
    def faults(self) -> list[Fault]:
        """What was found, as far as it was kept: long values are cut, telephone numbers covered."""
        return [fault_of(told) for told in self.result.get("faults", ())]


def job_of(row: Any) -> Job:
    """Return a row of the table as a job."""
    told = dict(row.told)
    told["received_on"] = date.fromisoformat(told["received_on"]) if told["received_on"] else None
    own = {"upload": row.upload or "", "name": row.file, "by": row.made_by, "only_in": row.township, "kept": row.kept}
    same = {name.name: getattr(row, name.name) for name in fields(Job) if name.name in row._mapping}
    return Job(order=Order(**own, **told), file_there=row.upload is not None, **{**same, "result": row.result or {}})


def fault_of(told: Mapping[str, Any]) -> Fault:
    """Return a fault out of what `Fault.as_dict` made of it."""
    asked = Asked(**told["asked"]) if told["asked"] else None
    return Fault(**{**told, "asked": asked, "candidates": tuple(Candidate(**c) for c in told["candidates"])})


def answered(order: Order, answers: Sequence[Mapping[str, str]], columns: Mapping[str, str]) -> Order:
    """Return an order with more answers and columns; a newer answer to a question takes the place of the older one."""
    known = {_question(answer): answer for answer in (*order.answers, *answers)}
    return replace(order, answers=tuple(known.values()), columns={**order.columns, **columns})


def _question(answer: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(answer.get(name, "") for name in ("field", "township", "written"))
