"""Calendar arithmetic of the plan: "two months" are calendar months.

Changed on 31 August, due by 31 October; changed on 31 December, due by the last of
February.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.datetime64]


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


def months_later(day: date, months: int) -> date:
    """Add calendar months to one day."""
    moved: date = add_months(np.array([day], dtype="datetime64[D]"), months)[0].item()
    return moved


def start_of_period(as_of: date, year: Literal["calendar", "twelve_months"]) -> date:
    """Return the first day of "the year" that ends on `as_of`."""
    if year == "calendar":
        return date(as_of.year, 1, 1)
    return months_later(as_of, -12) + timedelta(days=1)
