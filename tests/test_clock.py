"""The clock: what is written is never dated before what was written earlier."""

from __future__ import annotations

import time as system_time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from geo.errors import ClockBehind
from geo.store import NewBatch, Store, clock
from tests.clocks import Office
from tests.command_line import kepu
from tests.stored import contents, store_url
from tests.support import county, county_plan_text
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = date(2022, 10, 31)
MINUTE = timedelta(minutes=1)
BATCH = NewBatch("a.xlsx", "0", "stations")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(monkeypatch)


@pytest.fixture
def store(tmp_path: Path, office: Office) -> Store:
    """A store with one batch of noon."""
    office.on(DAY)
    made = Store.create(store_url(tmp_path / "k.db"), county(), county_plan_text())
    made.write(BATCH)
    return made


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.write(BATCH),
        lambda store: store.undo(1),
        lambda store: store.replace_plan(county_plan_text()),
    ],
    ids=["import", "undo", "plan"],
)
def test_a_clock_far_behind_is_refused(store: Store, office: Office, write: Callable[[Store], object]) -> None:
    before = contents(store)
    office.on(DAY, later=-5 * MINUTE - timedelta(seconds=1))
    with pytest.raises(ClockBehind, match=r"本机时钟.*早于最近一批的入库时间.*请校准时钟后再试；没有写入任何内容"):
        write(store)
    assert contents(store) == before


@pytest.mark.parametrize("behind", [MINUTE, 5 * MINUTE])
def test_a_clock_a_little_behind_is_given_the_newest_moment(store: Store, office: Office, behind: timedelta) -> None:
    office.on(DAY, later=-behind)
    store.write(BATCH)
    first, second = store.batches()
    assert (second.imported_at, second.recorded_on) == (first.imported_at, first.recorded_on)


def test_a_day_never_goes_back(store: Store, office: Office) -> None:
    office.on(DAY + timedelta(1), later=timedelta(hours=-11, minutes=-59))  # a minute past midnight
    store.write(BATCH)
    office.on(DAY, later=timedelta(hours=11, minutes=59))
    store.write(BATCH)
    assert [b.recorded_on for b in store.batches()] == [DAY, DAY + timedelta(1), DAY + timedelta(1)]
    assert store.batches()[1].imported_at == store.batches()[2].imported_at


def test_a_clock_behind_the_plan_of_a_new_store(tmp_path: Path, office: Office) -> None:
    office.on(DAY)
    made = Store.create(store_url(tmp_path / "new.db"), county(), county_plan_text())
    office.on(DAY - timedelta(400))
    with pytest.raises(ClockBehind, match="早于方案的入库时间"):
        made.write(BATCH)


def test_what_the_command_says(store: Store, office: Office, tmp_path: Path) -> None:
    book = write_book(tmp_path / "站.xlsx", [["乡镇", "村", "活动站名称"], ["云岭镇", "云岭村", "站"]])
    before = contents(store)
    office.on(DAY - timedelta(1))
    done = kepu("import", "stations", book, "--store", store.url)
    assert done.code == 2
    (line,) = done.lines
    assert line.startswith("错误：本机时钟（2022-10-30 ")
    assert "早于最近一批的入库时间（2022-10-31 " in line
    assert contents(store) == before


def test_the_day_is_the_offices_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    system_time.tzset()
    try:
        late = clock.moment(datetime(2022, 10, 31, 16, 30))
        assert (late.day, clock.local(late.at)) == (date(2022, 11, 1), datetime(2022, 11, 1, 0, 30))
        assert clock.today() == clock.now().day == date.today()
    finally:
        monkeypatch.undo()
        system_time.tzset()
