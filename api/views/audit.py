"""The page of the audit: its entries, filtered, and whether the store still holds what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Response

from api.answers import HTML
from api.i18n import gettext
from api.templating import page
from api.views.links import Links
from api.visitors import Visitor
from geo.store.chain import ACTIONS, Entry, shown_moment
from geo.store.verifying import Verified

PAGE_SIZE: Final = 100


@dataclass(frozen=True)
class AuditFilter:
    """Which entries: of one action, by one person, between two days of the office (both included)."""

    action: str | None = None
    by: str | None = None
    first: date | None = None
    last: date | None = None

    def keeps(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        day = shown_moment(entry.at)[:10]
        return (
            self.action in (None, entry.action)
            and self.by in (None, entry.by)
            and (self.first is None or day >= self.first.isoformat())
            and (self.last is None or day <= self.last.isoformat())
        )


def audit_page(found: Verified, visitor: Visitor, wanted: AuditFilter, number: int) -> Response:
    """A page of the entries, the newest first."""
    kept = [entry for entry in reversed(found.entries) if wanted.keeps(entry)]
    pages = max(1, -(-len(kept) // PAGE_SIZE))
    number = min(number, pages)
    body = page(
        "audit",
        link=Links(),
        visitor=visitor,
        found=found,
        rows=[_row(entry) for entry in kept[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]],
        wanted=wanted,
        actions={action: gettext(ACTIONS.get(action, action)) for action in sorted({e.action for e in found.entries})},
        people=sorted({entry.by for entry in found.entries if entry.by}),
        number=number,
        pages=pages,
        query=_query(wanted),
    )
    return Response(body, headers={"Content-Type": HTML, "Cache-Control": "no-store"})


def _row(entry: Entry) -> dict[str, Any]:
    told = {name: value for name, value in entry.detail.items() if name != "content" and not isinstance(value, dict)}
    batch = {} if entry.batch is None else {"batch": entry.batch}
    return {
        "entry": entry.entry,
        "at": shown_moment(entry.at),
        "by": entry.by,
        "action": gettext(ACTIONS.get(entry.action, entry.action)),
        "detail": {**batch, **told},
        "hash": entry.hash,
    }


def _query(wanted: AuditFilter) -> dict[str, str]:
    days = {"first": wanted.first, "last": wanted.last}
    told = {"action": wanted.action, "by": wanted.by, **{k: v.isoformat() for k, v in days.items() if v}}
    return {name: value for name, value in told.items() if value}
