"""The office's clock: one moment, and the day that it is there.

All that notes when something was written asks `now`; tests put their own in its place.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """A moment in UTC, as stored (without a zone), and the office's own day."""

    at: datetime
    day: date


def now() -> Moment:
    """Return the present moment and day."""
    return moment(datetime.now(UTC).replace(tzinfo=None))


def today() -> date:
    """Return the office's own present day."""
    return now().day


def moment(at: datetime) -> Moment:
    """Return a moment in UTC with the day that it was in the office."""
    return Moment(at, local(at).date())


def local(at: datetime) -> datetime:
    """Return a stored moment as the office's clock showed it."""
    return at.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
