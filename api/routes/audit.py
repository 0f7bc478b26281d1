"""`/audit`: what was done, by whom, and whether the store still holds it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import Optional, PartsDep, VisitorDep, Word
from api.views.audit import AuditFilter, audit_page
from geo.store.verifying import verify

router = APIRouter(include_in_schema=False)

Text = Annotated[Word | None, Optional]
Day = Annotated[date | None, Optional]


@router.get("/audit")
def show_audit(
    parts: PartsDep,
    visitor: VisitorDep,
    action: Text = None,
    by: Text = None,
    first: Day = None,
    last: Day = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """The entries, filtered, newest first; verified anew whenever the store's file has changed."""
    found = parts.recall.get(parts.snapshots.store, "audit", verify)
    return audit_page(found, visitor, AuditFilter(action, by, first, last), page)
