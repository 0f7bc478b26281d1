"""Calendar months: "changed on 31 August, due by 31 October"."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.months import add_months, months_later, start_of_period


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2022-08-31", 2, "2022-10-31"),
        ("2022-06-30", 2, "2022-08-30"),
        ("2022-07-31", 2, "2022-09-30"),
        ("2021-12-31", 2, "2022-02-28"),
        ("2021-12-28", 2, "2022-02-28"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2023-12-29", 2, "2024-02-29"),
        ("2022-02-28", 2, "2022-04-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2022-10-31", -12, "2021-10-31"),
        ("2022-12-15", 1, "2023-01-15"),
        ("2022-03-31", -1, "2022-02-28"),
        ("2022-10-31", 0, "2022-10-31"),
    ],
)
def test_months_later(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


def plain_months_later(day: date, months: int) -> date:
    """The same in plain Python."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(st.lists(DAYS), st.integers(-36, 36))
def test_add_months_is_the_plain_way(days: list[date], months: int) -> None:
    added = add_months(np.array(days, dtype="datetime64[D]"), months)
    assert added.tolist() == [plain_months_later(day, months) for day in days]


@pytest.mark.parametrize("span", [900, 40_000])
def test_many_days_at_once(span: int) -> None:
    """Many days go through a table; the result is that of one by one, NaT stays NaT."""
    rng = np.random.default_rng(1)
    days = np.datetime64("2022-10-31") - rng.integers(0, span, 20_000).astype("timedelta64[D]")
    days[::7] = np.datetime64("NaT")
    for months in (2, -12):
        singly = np.concatenate([add_months(part, months) for part in np.array_split(days, 10)])
        assert np.array_equal(add_months(days, months), singly, equal_nan=True)
        assert np.isnat(singly[::7]).all()


def test_many_days_of_which_none_is_known() -> None:
    assert np.isnat(add_months(np.full(20_000, np.datetime64("NaT", "D")), 2)).all()


@pytest.mark.parametrize(
    ("as_of", "year", "first"),
    [
        ("2022-10-31", "calendar", "2022-01-01"),
        ("2022-10-31", "twelve_months", "2021-11-01"),
        ("2022-01-01", "calendar", "2022-01-01"),
        ("2024-02-29", "twelve_months", "2023-03-01"),
        ("2022-12-31", "twelve_months", "2022-01-01"),
    ],
)
def test_start_of_period(as_of: str, year: str, first: str) -> None:
    kind: Literal["calendar", "twelve_months"] = "calendar" if year == "calendar" else "twelve_months"
    assert start_of_period(date.fromisoformat(as_of), kind) == date.fromisoformat(first)


@given(DAYS)
def test_twelve_months_hold_each_day_of_a_year_once(day: date) -> None:
    first = start_of_period(day, "twelve_months")
    assert day - first in (timedelta(364), timedelta(365))
