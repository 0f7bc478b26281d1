"""Calendar arithmetic of the plan: "two months" are calendar months.

Changed on 31 August, due by 31 October; changed on 31 December, due by the last of
February.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Days = NDArray[np.datetime64]


def days_of(dates: Sequence[date]) -> Days:
    """Return dates as datetime64[D]; many times faster than numpy's own reading of them."""
    ordinals = np.fromiter(map(date.toordinal, dates), dtype=np.int64, count=len(dates))
    days: Days = (ordinals - _EPOCH).view("datetime64[D]")
    return days


_EPOCH = date(1970, 1, 1).toordinal()


def add_months(days: Days, months: int) -> Days:
    """Add calendar months to datetime64[D] days; a day that the month lacks becomes its last.

    NaT stays NaT. Many days out of a few years are looked up in a table of all days between.
    """
    if len(days) < _MANY:
        return _moved(days, months)
    known = ~np.isnat(days)
    if known.all():
        return _looked_up(days, months)
    moved = np.full(len(days), np.datetime64("NaT", "D"))
    moved[known] = _looked_up(days[known], months)
    return moved


_MANY = 10_000


def _looked_up(days: Days, months: int) -> Days:
    if not len(days):
        return days
    first, last = days.min(), days.max()
    if (last - first).astype(np.int64) > len(days):
        return _moved(days, months)
    table = _moved(np.arange(first, last + np.timedelta64(1, "D")), months)
    found: Days = table[(days - first).view(np.int64)]
    return found


def _moved(days: Days, months: int) -> Days:
    month = days.astype("datetime64[M]")
    day = days - month.astype("datetime64[D]")
    target = month + np.timedelta64(months, "M")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    moved: Days = np.minimum(target.astype("datetime64[D]") + day, last)
    return moved


class Month(date):
    """A day of which only the month is known; it sorts as the month's first day and is written 2022-08."""

    __slots__ = ()

    @property
    def first(self) -> date:
        """The first day that it may be."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """The last day that it may be."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def isoformat(self) -> str:
        """Return year and month."""
        return f"{self.year:04d}-{self.month:02d}"


def day_from_iso(text: str) -> date:
    """Return the day of 2022-08-03, or the `Month` of 2022-08."""
    return Month.fromisoformat(f"{text}-01") if len(text) == len("2022-08") else date.fromisoformat(text)


def months_later(day: date, months: int) -> date:
    """Add calendar months to one day."""
    moved: date = add_months(np.array([day], dtype="datetime64[D]"), months)[0].item()
    return moved


def start_of_period(as_of: date, year: Literal["calendar", "twelve_months"]) -> date:
    """Return the first day of "the year" that ends on `as_of`."""
    if year == "calendar":
        return date(as_of.year, 1, 1)
    return months_later(as_of, -12) + timedelta(days=1)
