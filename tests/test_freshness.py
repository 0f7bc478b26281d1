"""Freshness: the three readings board by board, their boundaries, and how boards make up a unit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.months import Month, day_from_iso
from tests.support import FRESHNESS, PLACE, RIVER, VILLAGES, Row, finding, judged, layers_of, states

OLD = date(2000, 1, 1)
HERE, NEXT = VILLAGES[0], VILLAGES[1]
SINCE, INTERVAL, TIMES = READINGS = ("since_last_change", "largest_interval", "changes_in_year")
MET, NOT, UNKNOWN = "met", "not_met", "unknown"


def days(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def readings(board: dict[str, Any] | None, *, as_of: str = "2022-10-31", **rule: int) -> tuple[str, ...]:
    """The three readings of a unit with one board (or none), as of a day."""
    boards = [{"unit_code": HERE, **board}] if board is not None else []
    result = judged({**FRESHNESS, **rule}, layers_of(boards=boards), as_of=date.fromisoformat(as_of))
    found = finding(result, HERE)
    assert found["state"] == found["readings"][SINCE]  # it decides by default
    return tuple(found["readings"][name] for name in READINGS)


# -- since the last change -----------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "as_of", "state"),
    [
        ("2022-08-31", "2022-10-31", MET),
        ("2022-08-30", "2022-10-31", NOT),
        ("2022-08-31", "2022-11-01", NOT),
        ("2022-06-30", "2022-08-30", MET),
        ("2022-06-30", "2022-08-31", NOT),
        ("2021-12-31", "2022-02-28", MET),
        ("2021-12-31", "2022-03-01", NOT),
        ("2021-12-29", "2022-02-28", MET),
        ("2023-12-31", "2024-02-29", MET),
        ("2023-12-31", "2024-03-01", NOT),
        ("2023-12-30", "2024-02-29", MET),
        ("2024-02-29", "2024-04-29", MET),
        ("2024-02-29", "2024-04-30", NOT),
        ("2022-02-28", "2022-04-28", MET),
        ("2022-02-28", "2022-04-29", NOT),
        ("2022-10-31", "2022-10-31", MET),
    ],
)
@pytest.mark.parametrize("last_only", [True, False])
def test_two_calendar_months_since_the_last_change(last: str, as_of: str, state: str, *, last_only: bool) -> None:
    board = {"updates": days(last), "last_only": last_only}
    assert readings(board, as_of=as_of)[0] == state


def test_other_numbers_of_months() -> None:
    board = {"updates": days("2022-07-31")}
    assert [readings(board, months=months)[0] for months in (2, 3, 12)] == [NOT, MET, MET]


# -- what was reported ---------------------------------------------------------------

EVERY_TWO_MONTHS = days("2021-12-31", "2022-02-28", "2022-04-28", "2022-06-28", "2022-08-28", "2022-10-28")


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        # no board, and a board of which nothing is known
        (None, (UNKNOWN, UNKNOWN, UNKNOWN)),
        ({"updates": None}, (UNKNOWN, UNKNOWN, UNKNOWN)),
        ({"updates": None, "last_only": True}, (UNKNOWN, UNKNOWN, UNKNOWN)),
        # only the last date
        ({"updates": days("2022-10-01"), "last_only": True}, (MET, UNKNOWN, UNKNOWN)),
        ({"updates": days("2022-01-01"), "last_only": True}, (NOT, UNKNOWN, UNKNOWN)),
        # all dates
        ({"updates": EVERY_TWO_MONTHS}, (MET, MET, MET)),
        ({"updates": EVERY_TWO_MONTHS[::-1]}, (MET, MET, MET)),
        ({"updates": EVERY_TWO_MONTHS[1:], "built_on": OLD}, (MET, NOT, NOT)),  # 31 October to 28 February is too long
        ({"updates": EVERY_TWO_MONTHS[1:]}, (MET, UNKNOWN, NOT)),  # it may have been built in between
        ({"updates": EVERY_TWO_MONTHS[:-1]}, (NOT, NOT, NOT)),
        ({"updates": days("2022-10-01"), "built_on": OLD}, (MET, NOT, NOT)),
        ({"updates": days("2022-10-01")}, (MET, UNKNOWN, NOT)),
        ({"updates": days("2022-03-01", "2022-10-01")}, (MET, NOT, NOT)),
        ({"updates": days(*(f"2022-10-0{d}" for d in range(1, 7))), "built_on": OLD}, (MET, NOT, MET)),
        ({"updates": days("2022-10-01"), "last_only": None}, (MET, UNKNOWN, NOT)),
        # never
        ({"updates": ()}, (NOT, NOT, NOT)),
        ({"updates": (), "last_only": True}, (NOT, NOT, NOT)),
        ({"updates": (), "built_on": date(2019, 5, 1)}, (NOT, NOT, NOT)),
        ({"updates": (), "built_on": date(2022, 8, 31)}, (MET, MET, NOT)),
        ({"updates": (), "built_on": date(2022, 8, 30)}, (NOT, NOT, NOT)),
        ({"updates": None, "built_on": date(2022, 10, 1)}, (UNKNOWN, UNKNOWN, UNKNOWN)),
        # dates after the day do not count; what was the last one before is then unknown if only one is told
        ({"updates": (*EVERY_TWO_MONTHS, date(2022, 11, 1))}, (MET, MET, MET)),
        ({"updates": days("2022-11-01")}, (UNKNOWN, UNKNOWN, NOT)),  # how old its content was nobody says
        ({"updates": days("2022-11-01"), "last_only": True}, (UNKNOWN, UNKNOWN, UNKNOWN)),
        ({"updates": days("2022-11-01"), "built_on": date(2022, 10, 1)}, (MET, MET, NOT)),
    ],
)
def test_what_was_reported(board: dict[str, Any] | None, expected: tuple[str, ...]) -> None:
    assert readings(board) == expected


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        # two months after any day of September, and not two months after any day of July, is the last of October
        (("2022-09",), (MET, UNKNOWN, NOT)),
        (("2022-08",), (UNKNOWN, UNKNOWN, NOT)),
        (("2022-07",), (NOT, NOT, NOT)),
        # a change in the month of the day itself may have been after it only if the month is not over
        (("2022-10",), (MET, UNKNOWN, NOT)),
        (("2022-08", "2022-10"), (MET, UNKNOWN, NOT)),  # 1 August to 31 October would be too long
        (("2022-07", "2022-10"), (MET, NOT, NOT)),  # 31 July to 1 October is too long already
        (("2022-07", "2022-09"), (MET, UNKNOWN, NOT)),
        (("2021-12", "2022-02", "2022-04", "2022-06", "2022-08", "2022-10"), (MET, UNKNOWN, MET)),
        (("2021-10", "2022-02", "2022-04", "2022-06", "2022-08", "2022-10"), (MET, NOT, NOT)),
    ],
)
def test_months_told_alone_hold_for_every_day_or_leave_it_open(
    updates: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert readings({"updates": tuple(map(day_from_iso, updates))}) == expected


def test_a_month_that_is_not_over_may_hold_a_later_change() -> None:
    board = {"updates": (date(2022, 6, 1), Month(2022, 10, 1)), "built_on": OLD}
    assert readings(board, as_of="2022-10-15") == (UNKNOWN, NOT, NOT)
    assert readings(board, as_of="2022-11-01") == (MET, NOT, NOT)


@given(
    months=st.lists(st.integers(1, 14), min_size=1, max_size=6, unique=True).map(sorted),
    drawn=st.lists(st.integers(1, 28), min_size=6, max_size=6),
)
def test_a_month_never_says_more_than_its_days(months: list[int], drawn: list[int]) -> None:
    """What is known of a board by months holds whatever the days were."""
    vague = tuple(Month(2021 + (9 + m) // 12, (9 + m) % 12 + 1, 1) for m in months)
    exact = tuple(date(m.year, m.month, d) for m, d in zip(vague, drawn, strict=False))
    told = readings({"updates": vague, "built_on": OLD}, as_of="2022-11-15")
    true = readings({"updates": exact, "built_on": OLD}, as_of="2022-11-15")
    assert all(by_month in (UNKNOWN, by_day) for by_month, by_day in zip(told, true, strict=True))


@pytest.mark.parametrize(("day", "state"), [(14, UNKNOWN), (31, MET), (0, NOT)])
def test_a_board_built_in_the_month_may_not_be_there_yet(day: int, state: str) -> None:
    as_of = date(2022, 9, 30) + timedelta(days=day)
    board = {"unit_code": HERE, "updates": days("2022-09-30", "2022-10-01"), "built_on": date(2022, 10, 1)}
    layers = layers_of(boards=[board | {"month_only": True}], complete=[("boards", RIVER)])
    assert states(judged(FRESHNESS, layers, as_of=as_of))[HERE] == state


# -- intervals in the twelve months --------------------------------------------------

# with the first change on 31 December 2021 the year before 31 October 2022 has no long interval
LATER = EVERY_TWO_MONTHS[1:]


@pytest.mark.parametrize(
    ("earlier", "built", "state"),
    [
        # from the first day of the twelve months where nothing is known before it
        (("2021-12-31",), None, MET),
        (("2022-01-01",), None, UNKNOWN),
        (("2022-01-01",), date(2020, 1, 1), NOT),
        # from the last change before them, even if it lies outside
        (("2021-10-31", "2021-12-31"), None, MET),
        (("2021-10-30", "2021-12-31"), None, NOT),
        (("2021-06-01", "2021-10-30", "2021-12-30"), None, MET),
        # an interval that ended before them does not matter
        (("2021-01-01", "2021-10-31", "2021-12-31"), None, MET),
        # from the day it was built, if that lies in them
        (("2022-01-01",), date(2021, 11, 1), MET),
        (("2022-01-01",), date(2021, 10, 31), NOT),
        ((), date(2021, 12, 28), MET),
        ((), date(2021, 12, 27), NOT),
        ((), date(2022, 2, 28), MET),
        (("2022-01-01",), date(1990, 1, 1), NOT),
    ],
)
def test_largest_interval(earlier: tuple[str, ...], built: date | None, state: str) -> None:
    board = {"updates": (*days(*earlier), *LATER), "built_on": built}
    assert readings(board)[1] == state


def test_a_leap_year_in_the_twelve_months() -> None:
    board: dict[str, Any] = {"updates": days("2023-12-31", "2024-02-29", "2024-04-29"), "built_on": OLD}
    assert readings(board, as_of="2024-04-30")[1] == NOT  # nothing before 31 December
    whole = {
        "updates": days(
            "2023-04-30", "2023-06-30", "2023-08-30", "2023-10-30", "2023-12-30", *map(str, board["updates"])
        )
    }
    assert readings(whole, as_of="2024-04-29")[1] == MET


@pytest.mark.parametrize(
    ("first", "as_of", "state"),
    [("2021-11-01", "2022-10-31", MET), ("2021-10-31", "2022-10-31", NOT), ("2023-03-01", "2024-02-29", MET)],
)
def test_six_changes_in_twelve_months(first: str, as_of: str, state: str) -> None:
    start = date.fromisoformat(first)
    others = [date(start.year + 1, 1, day) for day in range(1, 6)]
    assert readings({"updates": (start, *others)}, as_of=as_of)[2] == state
    assert readings({"updates": (start, *others)}, as_of=as_of, changes_in_year=5)[2] == MET


# -- boards make up a unit -----------------------------------------------------------

BOARDS: dict[str, dict[str, Any]] = {
    MET: {"updates": days("2022-10-01"), "last_only": True},
    NOT: {"updates": days("2022-01-01"), "last_only": True},
    UNKNOWN: {"updates": None},
}
# boards of a unit → its state if one fresh board is enough, and if all must be
UNITS = {
    (MET,): (MET, MET),
    (NOT,): (NOT, NOT),
    (UNKNOWN,): (UNKNOWN, UNKNOWN),
    (MET, MET): (MET, MET),
    (MET, NOT): (MET, NOT),
    (MET, UNKNOWN): (MET, UNKNOWN),
    (NOT, NOT): (NOT, NOT),
    (NOT, UNKNOWN): (UNKNOWN, NOT),
    (UNKNOWN, UNKNOWN): (UNKNOWN, UNKNOWN),
    (MET, NOT, UNKNOWN): (MET, NOT),
}
SAYINGS: tuple[dict[str, Any], ...] = (
    {},
    {"none": [("boards", HERE)]},
    {"complete": [("boards", RIVER)]},
    {"complete": [("boards", PLACE)]},
)


@pytest.mark.parametrize("saying", SAYINGS, ids=str)
@pytest.mark.parametrize("boards", UNITS, ids="+".join)
def test_one_fresh_board_or_all(boards: tuple[str, ...], saying: dict[str, Any]) -> None:
    layers = layers_of(boards=[{"unit_code": HERE, **BOARDS[board]} for board in boards], **saying)
    for fresh_boards, state in zip(("one", "all"), UNITS[boards], strict=True):
        result = judged(FRESHNESS, layers, settings={"fresh_boards": fresh_boards})
        assert states(result)[HERE] == state


@pytest.mark.parametrize("fresh_boards", ["one", "all"])
@pytest.mark.parametrize("saying", SAYINGS, ids=str)
def test_no_board(saying: dict[str, Any], fresh_boards: str) -> None:
    found = finding(judged(FRESHNESS, layers_of(**saying), settings={"fresh_boards": fresh_boards}), HERE)
    assert found["state"] == (NOT if saying else UNKNOWN)
    assert set(found["readings"].values()) == {found["state"]}
    assert (found["last_change"], found["due"], found["facilities"]) == (None, None, [])


@pytest.mark.parametrize(("reading", "state"), [(SINCE, MET), (INTERVAL, NOT), (TIMES, NOT)])
def test_the_owner_chooses_the_reading_that_decides(reading: str, state: str) -> None:
    layers = layers_of(boards=[{"unit_code": HERE, "updates": days("2022-10-01"), "built_on": OLD}])
    found = finding(judged(FRESHNESS, layers, settings={"freshness_reading": reading}), HERE)
    assert found["state"] == state
    assert found["readings"] == {SINCE: MET, INTERVAL: NOT, TIMES: NOT}


def test_sharing() -> None:
    fresh, stale = {"updates": days("2022-10-01")}, {"updates": days("2022-01-01")}
    shared: Row = {"unit_code": NEXT, "serves": (HERE,), **fresh}
    result = judged(FRESHNESS, layers_of(boards=[shared, {"unit_code": HERE, **stale}]))
    assert finding(result, HERE)["sharing"] == "shared"  # its own board is stale
    assert (result.counts.met, result.counts.met_shared) == (2, 2)
    own = judged(FRESHNESS, layers_of(boards=[shared, {"unit_code": HERE, **fresh}]))
    assert finding(own, HERE)["sharing"] == "dedicated"
    assert (own.counts.met, own.counts.met_shared) == (2, 1)


def test_boards_built_later_do_not_exist_yet() -> None:
    boards = [{"unit_code": HERE, "updates": days("2022-12-01"), "built_on": date(2022, 11, 15)}]
    assert states(judged(FRESHNESS, layers_of(boards=boards)))[HERE] == UNKNOWN
    complete = layers_of(boards=boards, complete=[("boards", RIVER)])
    assert states(judged(FRESHNESS, complete))[HERE] == NOT


# -- what is told --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("board", "reason", "last", "due"),
    [
        ({"updates": days("2022-08-31"), "name": "东墙"}, "东墙：最近更换2022-08-31，最迟2022-10-31更换",
         "2022-08-31", "2022-10-31"),
        ({"updates": days("2022-08-30")}, "科普宣传栏（画廊）：最近更换2022-08-30，最迟2022-10-30更换，已逾期",
         "2022-08-30", "2022-10-30"),
        ({"updates": ()}, "科普宣传栏（画廊）：上报从未更换", None, None),
        ({"updates": (), "built_on": date(2022, 10, 1)},
         "科普宣传栏（画廊）：2022-10-01建成后尚未更换，最迟2022-12-01更换", None, "2022-12-01"),
        ({"updates": None}, "科普宣传栏（画廊）：更换日期未填报", None, None),
        ({"updates": days("2022-11-30"), "last_only": True},
         "科普宣传栏（画廊）：只报了评估日以后的更换日期", None, None),
    ],
)  # fmt: skip
def test_reason_and_dates(board: dict[str, Any], reason: str, last: str | None, due: str | None) -> None:
    found = finding(judged(FRESHNESS, layers_of(boards=[{"unit_code": HERE, **board}])), HERE)
    assert (found["reason"], found["last_change"], found["due"]) == (reason, last, due)
    assert found["facilities"] == ["boards-0"]
    assert [source["file"] for source in found["evidence"]] == ["boards.xlsx"]


@pytest.mark.parametrize(
    ("reading", "board", "ending"),
    [
        (INTERVAL, {"updates": days("2022-10-01"), "built_on": OLD}, "年内有间隔过长"),
        (INTERVAL, {"updates": days("2022-10-01")}, "首次更换以前的间隔未知"),
        (INTERVAL, {"updates": days("2022-10-01"), "last_only": True}, "只报了最近一次，间隔未知"),
        (TIMES, {"updates": days("2022-10-01")}, "年内更换次数不足"),
        (TIMES, {"updates": days("2022-10-01"), "last_only": True}, "只报了最近一次，次数未知"),
        (TIMES, {"updates": EVERY_TWO_MONTHS}, "最迟2022-12-28更换"),
        (SINCE, {"updates": (Month(2022, 8, 1),)}, "最近更换2022-08，最迟2022-10-01更换，更换日期只报到月份，不能确定"),
        (SINCE, {"updates": (Month(2022, 9, 1),)}, "最近更换2022-09，最迟2022-11-01更换"),
        (SINCE, {"updates": (Month(2022, 7, 1),)}, "最近更换2022-07，最迟2022-09-01更换，已逾期"),
    ],
)
def test_reason_of_the_other_readings(reading: str, board: dict[str, Any], ending: str) -> None:
    layers = layers_of(boards=[{"unit_code": HERE, **board}])
    found = finding(judged(FRESHNESS, layers, settings={"freshness_reading": reading}), HERE)
    assert found["reason"].endswith(ending)


@pytest.mark.parametrize(
    ("saying", "reason", "files"),
    [
        ({}, "没有上报科普宣传栏（画廊）", []),
        ({"none": [("boards", HERE)]}, "上报无科普宣传栏（画廊）", ["none.xlsx"]),
        ({"complete": [("boards", RIVER)]}, "完整清单中没有该单位的科普宣传栏（画廊）", ["complete.xlsx"]),
    ],
)
def test_reason_without_a_board(saying: dict[str, Any], reason: str, files: list[str]) -> None:
    found = finding(judged(FRESHNESS, layers_of(**saying)), HERE)
    assert found["reason"] == reason
    assert [source["file"] for source in found["evidence"]] == files


def test_the_freshest_board_speaks_or_the_stalest_where_all_must_be_fresh() -> None:
    boards = [
        {"unit_code": HERE, "name": name, "updates": days(day)}
        for name, day in (("旧", "2022-09-01"), ("新", "2022-10-20"), ("中", "2022-09-20"))
    ]
    for fresh_boards, name in (("one", "新"), ("all", "旧")):
        found = finding(judged(FRESHNESS, layers_of(boards=boards), settings={"fresh_boards": fresh_boards}), HERE)
        assert found["reason"].startswith(f"{name}：")
        assert len(found["facilities"]) == len(found["evidence"]) == 3


def test_only_a_reported_never_is_told_as_never() -> None:
    for updates, state, reason in (
        (days("2022-11-01"), UNKNOWN, "栏：只报了评估日以后的更换日期"),
        ((), NOT, "栏：上报从未更换"),
    ):
        board = {"unit_code": HERE, "name": "栏", "updates": updates, "last_only": False}
        found = finding(judged(FRESHNESS, layers_of(boards=[board])), HERE)
        assert (found["state"], found["reason"]) == (state, reason)
