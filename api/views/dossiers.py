"""The page of dossiers: the form, the one that is being made, those that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Response

from api.answers import HTML
from api.deps import Parts
from api.templating import page
from api.texts import TEXTS
from api.views.imports import frame, shown_time
from api.visitors import Visitor
from maps.dossier.edition import PAPERS
from maps.dossier.shelf import Dossier, DossierOrder

_MB: Final = 1 << 20


@dataclass(frozen=True)
class Row:
    """A dossier as listed. `mb`: the size of its ZIP where there is one."""

    dossier: Dossier
    day: date
    before: date | None
    scope: str
    when: str
    state: str
    mb: str
    may_change: bool


def dossiers_page(
    parts: Parts, visitor: Visitor, *, order: DossierOrder | None = None, fault: str = "", status: int = 200
) -> Response:
    """All of it; `order`: what was typed, where it was refused."""
    ground = parts.snapshots.ground()
    rows = [_row(parts, visitor, each) for each in seen_by(parts, visitor)]
    body = page(
        "dossier",
        **frame(parts, visitor),
        fault=fault,
        order=order or _usual((ground.place.demo_as_of or date.today()).isoformat(), rows),
        rows=[row for row in rows if row.dossier.is_over],
        running=next((row for row in rows if not row.dossier.is_over), None),
        townships={c: n for c, n in ground.gazetteer.townships.items() if visitor.township in (None, c)},
        papers=PAPERS,
    )
    return _answer(body, status)


def _usual(as_of: str, rows: Sequence[Row]) -> DossierOrder:
    """What the form begins with: a comparison with the newest earlier dossier."""
    earlier = [row.dossier.order.as_of for row in rows if row.mb and row.dossier.order.as_of < as_of]
    return DossierOrder(as_of=as_of, before=earlier[0] if earlier else None)


def progress_part(parts: Parts, visitor: Visitor, dossier: Dossier) -> Response:
    """How far a dossier is; when it has ended, the page is to be loaded again."""
    response = _answer(page("dossier_progress", visitor=visitor, running=_row(parts, visitor, dossier)), 200)
    if dossier.is_over:
        response.headers["HX-Refresh"] = "true"
    return response


def seen_by(parts: Parts, visitor: Visitor) -> list[Dossier]:
    """The dossiers that a visitor may see: a township's planner, those of that township."""
    return [each for each in parts.shelf.listed() if may_see(visitor, each)]


def may_see(visitor: Visitor, dossier: Dossier) -> bool:
    """Say whether a visitor may see a dossier."""
    return visitor.township in (None, dossier.order.township)


def _row(parts: Parts, visitor: Visitor, dossier: Dossier) -> Row:
    order, progress = dossier.order, dossier.progress
    gazetteer = parts.snapshots.ground().gazetteer
    return Row(
        dossier=dossier,
        day=date.fromisoformat(order.as_of),
        before=date.fromisoformat(order.before) if order.before else None,
        scope=gazetteer.name_of(order.township) if order.township else TEXTS["dossier_whole"],
        when=shown_time(dossier.made_at.replace(tzinfo=None)),
        state=_state(dossier),
        mb=f"{progress.size / _MB:.1f}" if progress.state == "done" else "",
        may_change=visitor.may_edit,
    )


def _state(dossier: Dossier) -> str:
    progress = dossier.progress
    if progress.state == "running":
        if (dossier.folder / "stop").exists():
            return TEXTS["dossier_stopping"]
        return TEXTS["dossier_progress" if progress.total else "dossier_starting"].format(
            done=progress.done, total=progress.total
        )
    told: dict[str, Any] = {"made": progress.made, "kept": progress.kept, "fault": progress.fault}
    return TEXTS[f"dossier_{progress.state}"].format(**told)


def file_name(parts: Parts, dossier: Dossier) -> str:
    """The name that a download has: the place's code or the township's, the day, in ASCII."""
    code = dossier.order.township or parts.snapshots.ground().place.code
    return f"dossier-{code}-{dossier.order.as_of}.zip"


def _answer(body: bytes, status: int) -> Response:
    return Response(body, status, {"Content-Type": HTML, "Cache-Control": "no-store"})
