"""What was true on one day by what was known on another: every pair, by hand and against copies of the store."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.assess import assess_store
from geo.errors import NothingKnown
from geo.faults import Asked
from geo.intake.decisions import Answer
from geo.store import NewBatch, Store
from tests.clocks import Office
from tests.stored import store_url
from tests.support import RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county, county_plan_text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

pytestmark = pytest.mark.usefixtures("backend")

Row = dict[str, Any]
AUGUST, SEPTEMBER, OCTOBER = date(2022, 8, 31), date(2022, 9, 30), date(2022, 10, 31)
DECEMBER = date(2022, 12, 31)
MADE, LISTED, LATE, CORRECTED, TAKEN_BACK, WRONG, MENDED, REPLANNED = (
    date(2022, month, day) for month, day in ((9, 1), (9, 10), (11, 5), (11, 8), (11, 10), (11, 12), (11, 14), (11, 16))
)
NEW_PLAN = county_plan_text().replace("threshold = 0.9", "threshold = 0.8")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(monkeypatch)


def bring(store: Store, layer: str, received_on: date | None = None, **row: Any) -> int:
    source = {"file": "a.xlsx", "sheet": None, "row": 2}
    return store.write(NewBatch("a.xlsx", "0", layer, received_on=received_on, records={layer: [source | row]}))


def told(store: Store, office: Office, path: Path) -> Store:
    """What came to be known, day by day: see each line."""
    built: Row = {"built_on": date(2020, 1, 1), "unit_code": WILLOW_RIVER, "name": "柳树站"}
    for day, happens in (
        # a list: a station of 40 square metres
        (LISTED, lambda: bring(store, "stations", id="ZD-1", area_m2=40.0, **built)),
        # in November comes what September's paper says: a board built on 1 September
        (LATE, lambda: bring(store, "boards", date(2022, 9, 20), id="LP-1", unit_code=TOWN, built_on=date(2022, 9, 1))),
        # the station has 60 square metres, says a newer report
        (CORRECTED, lambda: bring(store, "stations", id="ZD-1", area_m2=60.0, **built)),
        # that report is taken back
        (TAKEN_BACK, lambda: store.undo(3)),
        # another station, which there isn't
        (WRONG, lambda: bring(store, "stations", id="ZD-2", unit_code=WILLOW_TOWN, built_on=date(2020, 1, 1))),
        (MENDED, lambda: store.undo(5)),
        (REPLANNED, lambda: store.replace_plan(NEW_PLAN)),
    ):
        office.on(day)
        happens()
    office.on(DECEMBER)
    return store


@pytest.fixture
def store(tmp_path: Path, office: Office) -> Store:
    office.on(MADE)
    return told(Store.create(store_url(tmp_path / "k.db"), county(), county_plan_text()), office, tmp_path)


def areas(layers: Layers) -> dict[str, float | None]:
    table = layers["stations"]
    return dict(zip(table["id"], table["area_m2"].astype(object).where(table["area_m2"].notna(), None), strict=True))


OLD, NEW, BOTH = {"ZD-1": 40.0}, {"ZD-1": 60.0}, {"ZD-1": 40.0, "ZD-2": None}
# known on → stations as of August, September, October, December; whether the board is there in the same months
MATRIX: dict[date | None, tuple[tuple[Row, Row, Row, Row], str]] = {
    MADE: (({}, {}, {}, {}), "...."),
    LISTED - timedelta(1): (({}, {}, {}, {}), "...."),
    LISTED: ((OLD, OLD, OLD, OLD), "...."),
    LATE - timedelta(1): ((OLD, OLD, OLD, OLD), "...."),
    LATE: ((OLD, OLD, OLD, OLD), ".BBB"),
    CORRECTED: ((OLD, OLD, OLD, NEW), ".BBB"),
    TAKEN_BACK - timedelta(1): ((OLD, OLD, OLD, NEW), ".BBB"),
    TAKEN_BACK: ((OLD, OLD, OLD, OLD), ".BBB"),
    WRONG: ((BOTH, BOTH, BOTH, BOTH), ".BBB"),
    MENDED - timedelta(1): ((BOTH, BOTH, BOTH, BOTH), ".BBB"),
    MENDED: ((OLD, OLD, OLD, OLD), ".BBB"),
    DECEMBER: ((OLD, OLD, OLD, OLD), ".BBB"),
    None: ((OLD, OLD, OLD, OLD), ".BBB"),
}


@pytest.mark.parametrize("known_on", MATRIX, ids=str)
def test_every_day_by_what_was_known_on_every_other(store: Store, known_on: date | None) -> None:
    stations, boards = MATRIX[known_on]
    for as_of, wanted, board in zip((AUGUST, SEPTEMBER, OCTOBER, DECEMBER), stations, boards, strict=True):
        layers = store.layers(as_of=as_of, known_on=known_on)
        assert (layers.as_of, layers.known_on) == (as_of, known_on)
        assert areas(layers) == wanted, as_of
        assert len(layers["boards"]) == (board == "B"), as_of


def test_batches_as_they_stood_on_a_day(store: Store) -> None:
    def found(day: date | None) -> list[tuple[int, int | None]]:
        return [(b.batch, b.undone_by) for b in store.batches(known_on=day)]

    assert found(LISTED - timedelta(1)) == []
    assert found(CORRECTED) == [(1, None), (2, None), (3, None)]
    assert found(TAKEN_BACK) == [(1, None), (2, None), (3, 4), (4, None)]
    assert found(None) == found(DECEMBER) == [(1, None), (2, None), (3, 4), (4, None), (5, 6), (6, None)]
    assert [b.batch for b in store.batches(in_force=True)] == [1, 2]
    assert [b.batch for b in store.batches(in_force=True, known_on=WRONG)] == [1, 2, 5]
    assert [b.recorded_on for b in store.batches()] == [LISTED, LATE, CORRECTED, TAKEN_BACK, WRONG, MENDED]
    assert [b.reported_on for b in store.batches()][1] == date(2022, 9, 20)


def test_the_plan_known_on_a_day_judges(store: Store) -> None:
    old, new = store.plan(known_on=REPLANNED - timedelta(1)), store.plan(known_on=REPLANNED)
    assert old.sha256 != new.sha256 == store.plan().sha256
    assert assess_store(store, as_of=OCTOBER, known_on=MENDED).plan.sha256 == old.sha256
    assert assess_store(store, as_of=OCTOBER, known_on=DECEMBER).plan.sha256 == new.sha256


def test_what_told_of_a_unit(store: Store) -> None:
    with store.reading() as seen:
        told = {day: seen.reports_of(WILLOW_RIVER, known_on=day) for day in (LISTED, CORRECTED, TAKEN_BACK, None)}
    assert {day: [(r.batch, r.undone_by) for r in rows] for day, rows in told.items()} == {
        LISTED: [(1, None)], CORRECTED: [(3, None), (1, None)],
        TAKEN_BACK: [(3, 4), (1, None)], None: [(3, 4), (1, None)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "said"), [(date(2022, 8, 31), "才建立"), (date(2023, 1, 1), "还没有到"), (date(2099, 1, 1), "还没有到")]
)
def test_days_on_which_nobody_can_say_what_was_known(store: Store, day: date, said: str) -> None:
    with store.reading() as seen:
        for ask in (seen.plan, seen.layers, seen.batches, seen.decisions):
            with pytest.raises(NothingKnown, match=said):
                ask(known_on=day)
        with pytest.raises(NothingKnown, match=said):
            seen.reports_of(WILLOW_RIVER, known_on=day)


def test_an_assessment_names_the_day_only_where_it_was_asked_for(store: Store) -> None:
    now, then = (assess_store(store, as_of=SEPTEMBER, known_on=day).to_dict() for day in (None, DECEMBER))
    assert list(then)[:2] == ["as_of", "known_on"]
    assert then.pop("known_on") == "2022-12-31"
    assert then == now


# ── against the store as it was then ─────────────────────────────────────────

UNITS = (WILLOW_RIVER, WILLOW_TOWN)
FACTS = {"sheet": None, "row": 2, "file": "b.xlsx", "name": "站"}
said = st.fixed_dictionaries({
    "id": st.sampled_from(["ZD-1", "ZD-2"]), "unit_code": st.sampled_from(UNITS),
    "area_m2": st.sampled_from([None, 30.0, 90.0]), "built_on": st.sampled_from([None, date(2022, 2, 1)]),
})  # fmt: skip
happenings = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["report", "none", "whole", "people", "answer", "undo", "plan"]), said,
        st.integers(0, 40), st.integers(0, 5),
    ),
    min_size=2, max_size=9,
)  # fmt: skip


def happen(store: Store, what: str, facts: Row, received_on: date, number: int) -> None:
    """Write one thing into a store."""
    batch: Row = {}
    unit = facts["unit_code"]
    match what:
        case "undo":
            standing = store.batches(in_force=True)
            for batch_in_force in standing[number:][:1]:
                store.undo(batch_in_force.batch)
            return
        case "plan":
            store.replace_plan(f"{county_plan_text()}# {number}\n")
            return
        case "report":
            batch = {"records": {"stations": [facts | FACTS]}}
        case "none":
            batch = {"none": [{"layer": "stations", "unit_code": unit, "file": "b.xlsx", "sheet": None, "row": 3}]}
        case "whole":
            whole = {"layer": "stations", "scope_code": RIVER, "file": "b.xlsx", "sheet": None, "row": 1}
            batch = {"complete": [whole]}
        case "people":
            row = {"id": f"DW-{unit}", "unit_code": unit, "population": number, **FACTS}
            batch = {"records": {"villages": [row]}}
        case "answer":
            batch = {"decisions": [Answer(Asked("village", "", f"写法{number % 2}"), unit)], "sender": "三工镇"}
    store.write(NewBatch("b.xlsx", "0", "stations", received_on=received_on, **batch))


def everything(store: Store, known_on: date | None) -> Row:
    """All that a store tells as known on a day."""
    days = (date(2022, 1, 15), date(2022, 3, 10), date(2022, 12, 31))
    found = [assess_store(store, as_of=day, known_on=known_on).to_dict() for day in days]
    for each in found:
        each.pop("known_on", None)
    with store.reading() as seen:
        return {
            "assessed": found, "batches": seen.batches(known_on=known_on), "plan": seen.plan(known_on=known_on).sha256,
            "answers": seen.decisions(known_on=known_on), "told": seen.reports_of(WILLOW_RIVER, known_on=known_on),
            "people": seen.layers(known_on=known_on)["villages"]["population"].astype(object).fillna(-1).tolist(),
        }  # fmt: skip


@pytest.mark.sqlite
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=happenings)
def test_a_store_asked_for_a_day_answers_as_its_copy_of_that_day(
    office: Office, tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, str, Row, int, int]]
) -> None:
    folder, today = tmp_path_factory.mktemp("known"), date(2022, 3, 1)
    office.on(today)
    path = folder / "k.db"
    store = Store.create(store_url(path), county(), county_plan_text())
    copies: dict[date, Path] = {}
    for days, what, facts, before, number in events:
        today += timedelta(days)
        office.on(today)
        happen(store, what, facts, today - timedelta(before), number)
        copies[today] = folder / f"{today}.db"
        shutil.copy(path, copies[today])
    for day, copy in copies.items():
        assert everything(store, day) == everything(Store.open(store_url(copy)), None), day
