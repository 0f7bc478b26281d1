"""The office's clock in the hands of a test."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from geo.store import clock
from geo.store.clock import Moment

if TYPE_CHECKING:
    import pytest


class Office:
    """Sets what the machine's clock says: noon of a day, until the next is set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def on(self, day: date, *, later: timedelta = timedelta()) -> None:
        """Let it be noon of a day, or some time after it."""
        moment = Moment(datetime.combine(day, time(12)) + later, day)
        self._patch.setattr(clock, "now", lambda: moment)
