"""What counts of several reports of one facility: the newest of each column, all changes, and no more after a none."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.months import Month
from geo.store import NewBatch, Store
from geo.store.force import Changes, changes
from tests.stored import fresh_store
from tests.support import FRESHNESS, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, judged, states

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

pytestmark = pytest.mark.usefixtures("backend")

Row = dict[str, Any]
BOARD = "XC-1"
HERE, THERE = shapely.Point(102.05, 30.18), shapely.Point(102.06, 30.19)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def bring(store: Store, day: date | None, *, layer: str = "boards", none: str | None = None, **facts: Any) -> int:
    """Store one record of a board (or another layer), or a "none", as received on a day."""
    source = {"file": f"{day}.xlsx", "sheet": None, "row": 2}
    row = {"id": BOARD, "unit_code": WILLOW_RIVER, "name": "栏", **source, **facts}
    said = [{"layer": layer, "unit_code": none, **source}] if none else []
    records = {} if none else {layer: [row]}
    return store.write(NewBatch("a.xlsx", "0", layer, received_on=day, records=records, none=said))


def read(store: Store, layer: str = "boards", as_of: date | None = None) -> Row:
    """The one facility of a layer; its blanks as None."""
    table = store.layers(as_of=as_of)[layer]
    assert len(table) == 1
    row = table.astype(object).where(table.notna(), None).iloc[0]
    return {str(name): value for name, value in row.items()}


def october(day: int) -> date:
    return date(2022, 10, day)


# ── columns ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("later_first", [False, True])
def test_each_column_has_its_newest_value(store: Store, *, later_first: bool) -> None:
    told: list[tuple[date, Row]] = [
        (october(1), {"length_m": 6.0, "sharing": "shared", "serves": [WILLOW_TOWN], "geometry": HERE, "photo": "P1"}),
        (october(9), {"length_m": 8.0, "serves": None, "name": None}),
    ]
    for day, facts in told[::-1] if later_first else told:
        bring(store, day, **facts)
    found = read(store)
    assert (found["length_m"], found["sharing"], found["serves"]) == (8.0, "shared", (WILLOW_TOWN,))
    assert (found["name"], found["photo"], found["geometry"]) == ("栏", "P1", HERE)
    assert (found["file"], found["batch"]) == ("2022-10-09.xlsx", 1 if later_first else 2)
    older = ("2022-10-01.xlsx", None, 2, 2 if later_first else 1)
    assert store.layers(as_of=october(31)).earlier == {("boards", BOARD): (older,)}


def test_a_no_is_no_blank(store: Store) -> None:
    bring(store, october(1), layer="stations", equipment=True, area_m2=5.0)
    bring(store, october(2), layer="stations", equipment=False, area_m2=0.0)
    found = read(store, "stations")
    assert (found["equipment"], found["area_m2"]) == (False, 0.0)


def test_a_batch_without_a_day_counts_from_its_import(store: Store) -> None:
    bring(store, None, length_m=2.0)
    bring(store, october(9), length_m=1.0)
    assert read(store)["length_m"] == 2.0
    bring(store, None, length_m=3.0)
    assert read(store)["length_m"] == 3.0
    assert [batch.received_on for batch in store.batches()] == [None, october(9), None]


def test_of_one_day_the_later_import_counts(store: Store) -> None:
    for length in (1.0, 2.0, 3.0):
        bring(store, october(1), length_m=length)
    assert read(store)["length_m"] == 3.0


def test_a_facility_that_moved_leaves_its_point_behind(store: Store) -> None:
    bring(store, october(1), geometry=HERE, datum="gcj02", length_m=6.0)
    bring(store, october(2), unit_code=WILLOW_TOWN)
    found = read(store)
    assert (found["unit_code"], found["township_code"], found["geometry"]) == (WILLOW_TOWN, TOWN, None)
    assert (found["length_m"], found["datum"]) == (6.0, None)
    bring(store, october(3), unit_code=WILLOW_TOWN, geometry=THERE, datum="cgcs2000")
    assert (read(store)["geometry"], read(store)["datum"]) == (THERE, "cgcs2000")
    bring(store, october(2), unit_code=RIVER, geometry=HERE)  # older than the move: changes nothing
    assert (read(store)["unit_code"], read(store)["geometry"]) == (WILLOW_TOWN, THERE)


def test_what_explains_a_date_comes_with_it(store: Store) -> None:
    bring(store, october(1), built_on=date(2020, 5, 1), month_only=True)
    bring(store, october(2), length_m=6.0, month_only=None)
    assert read(store)["month_only"] is True
    bring(store, october(3), built_on=date(2020, 5, 1), month_only=None)
    assert read(store)["month_only"] is None


def test_private_columns_are_not_read(store: Store) -> None:
    for day in (1, 2):
        bring(store, october(day), person="某人甲", phone="13900000000")
    assert not {"person", "phone"} & read(store).keys()


def test_the_newest_report_of_a_population_counts(store: Store) -> None:
    for day, people in ((october(9), 7), (october(1), 5)):
        bring(store, day, layer="villages", id="DW-1", population=people)
    villages = store.layers()["villages"].set_index("code")
    assert villages["population"][WILLOW_RIVER] == 7


# ── none ─────────────────────────────────────────────────────────────────────


def test_none_ends_what_was_reported_before_it_whenever_it_is_imported(store: Store) -> None:
    bring(store, october(5), none=WILLOW_RIVER)
    bring(store, october(1), length_m=6.0)
    assert store.layers()["boards"].empty
    bring(store, october(9), sharing="shared")
    found = read(store)
    assert (found["length_m"], found["sharing"], found["batch"]) == (None, "shared", 3)
    assert not store.layers().earlier
    store.undo(1)
    assert read(store)["length_m"] == 6.0


def test_none_of_a_unit_that_the_facility_had_left_is_not_about_it(store: Store) -> None:
    bring(store, october(1), length_m=6.0)
    bring(store, october(2), unit_code=WILLOW_TOWN)
    bring(store, october(3), none=WILLOW_RIVER)
    assert read(store)["length_m"] == 6.0
    bring(store, october(4), none=WILLOW_TOWN)
    assert store.layers()["boards"].empty  # and it is not back in the unit that it had left


def test_none_of_another_layer_is_not_about_it(store: Store) -> None:
    bring(store, october(1))
    bring(store, october(2), layer="stations", none=WILLOW_RIVER)
    assert len(store.layers()["boards"]) == 1


# ── changes of content ───────────────────────────────────────────────────────


def test_a_last_change_keeps_the_older_days(store: Store) -> None:
    whole = (date(2022, 5, 1), date(2022, 6, 20), date(2022, 8, 15))
    bring(store, date(2022, 8, 20), updates=whole, last_only=False, built_on=date(2020, 1, 1))
    bring(store, october(20), updates=(october(12),), last_only=True)
    found = read(store)
    assert (found["updates"], found["last_only"]) == ((*whole, october(12)), True)
    assert read(store, as_of=date(2022, 8, 20))["last_only"] is False
    assert read(store, as_of=date(2022, 8, 21))["last_only"] is True


def reading(layers: Layers, day: date) -> str:
    rule = {**FRESHNESS, "id": "17.village.freshness"}
    return states(judged(rule, layers.on(day), as_of=day))[WILLOW_RIVER]


def test_freshness_of_an_earlier_day_survives_a_list_with_the_last_change_only(store: Store) -> None:
    bring(store, date(2022, 8, 20), updates=(date(2022, 5, 1), date(2022, 8, 15)), last_only=False)
    before = {day: reading(store.layers(), day) for day in (date(2022, 6, 30), date(2022, 7, 15), date(2022, 8, 20))}
    assert before == dict(zip(before, ("met", "not_met", "met"), strict=True))
    bring(store, date(2022, 11, 20), updates=(date(2022, 11, 10),), last_only=True)
    layers = store.layers(as_of=date(2022, 11, 30))
    assert {day: reading(layers, day) for day in before} == before
    assert reading(layers, date(2022, 10, 31)) == "unknown"  # nobody says what was between
    assert reading(layers, date(2022, 11, 30)) == "met"


def record(day: date, updates: tuple[date, ...] | None, *, last_only: bool | None = False) -> Row:
    return {"batch": day.toordinal(), "updates": updates, "last_only": last_only}


def joined(*records: Row) -> Changes:
    return changes(records, {r["batch"]: date.fromordinal(r["batch"]) for r in records})


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([record(october(1), None), record(october(2), None)], Changes(None, None, None)),
        ([record(october(1), ()), record(october(2), None)], Changes((), False, None)),
        # full lists join; a newer "never" says that the older days were wrong
        (
            [record(october(1), (october(1),)), record(october(5), (october(4),))],
            Changes((october(1), october(4)), False, None),
        ),
        ([record(october(1), (october(1),)), record(october(5), ())], Changes((), False, None)),
        ([record(october(1), ()), record(october(5), (october(4),))], Changes((october(4),), False, None)),
        # last changes alone: what lies between them is unknown
        (
            [record(october(1), (october(1),), last_only=True), record(october(5), (october(4),), last_only=True)],
            Changes((october(1), october(4)), True, None),
        ),
        # a last change that the full list could have told adds nothing unknown
        (
            [record(october(5), (october(1),)), record(october(9), (october(1),), last_only=True)],
            Changes((october(1),), False, None),
        ),
        (
            [record(october(5), (october(1),)), record(october(9), (october(6),), last_only=True)],
            Changes((october(1), october(6)), True, october(5)),
        ),
        # a full list after it makes all known again
        (
            [record(october(5), (october(4),), last_only=True), record(october(9), (october(1), october(4)))],
            Changes((october(1), october(4)), False, None),
        ),
        # a list that tells of days after its own reception is whole up to those
        (
            [record(october(1), (october(3),)), record(october(9), (october(3),), last_only=True)],
            Changes((october(3),), False, None),
        ),
    ],
)
def test_changes(records: list[Row], expected: Changes) -> None:
    assert joined(*records) == expected


def test_a_month_and_a_day_of_it_are_one_change() -> None:
    month, day = Month(2022, 10, 1), october(12)
    for first, second in permutations(((month,), (day,))):
        assert joined(record(october(20), first), record(october(21), second)).updates == (day,)
    both = joined(record(october(20), (month, day)), record(october(21), (october(2),)))
    assert both.updates == (october(2), day)
    late = joined(record(october(20), (october(2),)), record(october(25), (month,), last_only=True))
    assert (late.updates, late.last_only) == ((october(2),), False)


def test_a_month_may_end_after_the_full_list() -> None:
    found = joined(
        record(october(20), (october(2),)), record(date(2022, 11, 25), (Month(2022, 11, 1),), last_only=True)
    )
    assert (found.last_only, found.whole_until) == (True, october(20))


# ── undo ─────────────────────────────────────────────────────────────────────

REPORT = st.fixed_dictionaries(
    {
        "day": st.one_of(st.none(), st.integers(1, 4).map(october)),
        "unit": st.sampled_from([WILLOW_RIVER, WILLOW_TOWN]),
        "none": st.booleans(),
        "length_m": st.one_of(st.none(), st.integers(1, 3).map(float)),
        "updates": st.one_of(
            st.none(), st.sets(st.integers(1, 9).map(october), max_size=2).map(lambda d: tuple(sorted(d)))
        ),
        "last": st.booleans(),
    }
)


def write(store: Store, report: Row) -> None:
    if report["none"]:
        bring(store, report["day"], none=report["unit"])
    else:
        last_only = bool(report["updates"]) and report["last"] if report["updates"] is not None else None
        facts = {name: report[name] for name in ("length_m", "updates")}
        bring(store, report["day"], unit_code=report["unit"], last_only=last_only, **facts)


def told(store: Store) -> tuple[pd.DataFrame, Any]:
    """What of the boards doesn't depend on batch numbers."""
    layers = store.layers()
    return layers["boards"].drop(columns=["batch", "geometry"]), layers.whole_until


@pytest.mark.sqlite
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REPORT, min_size=1, max_size=5), st.data())
def test_undo_leaves_what_the_other_batches_alone_would_tell(tmp_path: Path, reports: list[Row], data: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    for report in reports:
        write(store, report)
    undone = data.draw(st.sets(st.integers(1, len(reports))))
    for number in undone:
        store.undo(number)
    other = fresh_store(tmp_path / "other.db")
    for number, report in enumerate(reports, start=1):
        if number not in undone:
            write(other, report)
    (mine, whole), (theirs, their_whole) = told(store), told(other)
    pd.testing.assert_frame_equal(pd.DataFrame(mine), pd.DataFrame(theirs))
    assert whole == their_whole
