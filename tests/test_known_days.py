"""As of an earlier day: a newer report takes away nothing of what older ones say of the days before it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.store import NewBatch, Store
from tests.stored import fresh_store
from tests.support import AS_OF, PLACE, RIVER, STATION, TOWN, WILLOW_RIVER, WILLOW_TOWN, finding, judged

if TYPE_CHECKING:
    from pathlib import Path

    from geo.layers import Layers

pytestmark = pytest.mark.usefixtures("backend")

Row = dict[str, Any]
MARCH, LATER = date(2022, 3, 1), date(2023, 3, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def bring(store: Store, day: date, layer: str = "stations", *, none: str | None = None, **facts: Any) -> int:
    """Store one record, or a "none", as received on a day."""
    source = {"file": f"{day}.xlsx", "sheet": None, "row": 2}
    row = {"id": "ZD-1", "unit_code": WILLOW_RIVER, "name": "站", **source, **facts}
    said = [{"layer": layer, "unit_code": none, **source}] if none else []
    records = {} if none else {layer: [row]}
    return store.write(NewBatch("a.xlsx", "0", layer, received_on=day, records=records, none=said))


def rows(store: Store, day: date | None, layer: str = "stations") -> list[Row]:
    """A layer's rows as of a day; blanks as None."""
    table = store.layers(as_of=day)[layer]
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def told(store: Store, day: date) -> Row:
    return finding(judged(STATION, store.layers(), as_of=day), WILLOW_RIVER)


def test_none_ends_a_facility_from_its_day_on(store: Store) -> None:
    bring(store, MARCH, built_on=date(2020, 1, 1))
    bring(store, LATER, none=WILLOW_RIVER)
    assert [told(store, day)["state"] for day in (AS_OF, LATER - timedelta(1), LATER)] == ["met", "met", "not_met"]
    assert [e["batch"] for e in told(store, AS_OF)["evidence"]] == [1]
    assert told(store, date(2019, 1, 1))["state"] == "unknown"  # before it was built: the none of 2023 says nothing


def test_a_facility_after_none_begins_with_its_report(store: Store) -> None:
    bring(store, MARCH, none=WILLOW_RIVER)
    bring(store, LATER)
    states = [told(store, day)["state"] for day in (date(2020, 1, 1), MARCH, AS_OF, LATER)]
    assert states == ["not_met", "not_met", "not_met", "met"]


def test_what_is_undated_holds_for_the_days_before_its_report(store: Store) -> None:
    bring(store, LATER)
    assert told(store, date(2020, 1, 1))["state"] == "met"


def test_a_rebuilt_station_was_there_before(store: Store) -> None:
    bring(store, MARCH, built_on=date(2015, 1, 1), area_m2=20.0)
    bring(store, date(2023, 6, 1), built_on=date(2023, 5, 1), area_m2=90.0)
    assert [(r["built_on"].year, r["area_m2"]) for r in rows(store, AS_OF)] == [(2015, 20.0)]
    assert [(r["built_on"].year, r["area_m2"]) for r in rows(store, date(2023, 6, 1))] == [(2023, 90.0)]
    assert not rows(store, date(2014, 1, 1))


def test_a_start_told_later_does_not_undo_that_it_was_there(store: Store) -> None:
    bring(store, MARCH)
    bring(store, date(2023, 6, 1), built_on=date(2023, 5, 1), area_m2=90.0)
    assert [(r["built_on"], r["area_m2"]) for r in rows(store, AS_OF)] == [(None, 90.0)]


def test_a_renewed_title_held_before(store: Store) -> None:
    old: Row = {"unit_code": PLACE, "level": "region", "titled_on": date(2018, 1, 1), "expires_on": date(2022, 12, 31)}
    new: Row = {"unit_code": PLACE, "titled_on": date(2023, 1, 1), "expires_on": date(2027, 12, 31)}
    bring(store, MARCH, "bases", **old)
    bring(store, LATER, "bases", **new)
    (then,), (now,) = rows(store, AS_OF, "bases"), rows(store, LATER, "bases")
    assert (then["titled_on"].date(), then["expires_on"].date(), then["level"]) == (
        old["titled_on"], old["expires_on"], "region",
    )  # fmt: skip
    assert (now["titled_on"].date(), now["expires_on"].date(), now["level"]) == (
        new["titled_on"], new["expires_on"], "region",
    )  # fmt: skip


def test_blanks_are_filled_by_the_first_report_that_tells(store: Store) -> None:
    bring(store, MARCH, sharing="dedicated")
    bring(store, LATER, equipment=True, sharing="shared")
    bring(store, date(2023, 6, 1), equipment=False)
    found = [(r["equipment"], r["sharing"]) for day in (AS_OF, LATER, None) for r in rows(store, day)]
    assert found == [(True, "dedicated"), (True, "shared"), (False, "shared")]


def test_a_later_never_leaves_the_changes_of_earlier_days(store: Store) -> None:
    changed = (date(2022, 2, 20),)
    bring(store, MARCH, "boards", updates=changed, last_only=False)
    bring(store, LATER, "boards", updates=(), last_only=False)
    assert [r["updates"] for day in (AS_OF, LATER) for r in rows(store, day, "boards")] == [changed, ()]


def test_a_later_full_list_tells_of_earlier_days(store: Store) -> None:
    bring(store, MARCH, "boards", updates=(date(2022, 2, 20),), last_only=False)
    bring(store, LATER, "boards", updates=(date(2022, 10, 1),), last_only=False)
    assert [r["updates"] for r in rows(store, AS_OF, "boards")] == [(date(2022, 2, 20), date(2022, 10, 1))]


def test_a_moved_facility_stood_where_it_was(store: Store) -> None:
    bring(store, MARCH)
    bring(store, LATER, unit_code=WILLOW_TOWN, equipment=True)
    found = [(r["unit_code"], r["township_code"], r["equipment"]) for day in (AS_OF, LATER) for r in rows(store, day)]
    assert found == [(WILLOW_RIVER, RIVER, None), (WILLOW_TOWN, TOWN, True)]


def test_figures_of_one_date_hold_from_their_report(store: Store) -> None:
    figure: Row = {"unit_code": PLACE, "task": 7, "item": "人数", "as_of": date(2021, 12, 31)}
    bring(store, MARCH, "figures", value=5.0, **figure)
    bring(store, LATER, "figures", value=9.0, **figure)
    assert [r["value"] for day in (AS_OF, LATER) for r in rows(store, day, "figures")] == [5.0, 9.0]


def test_people_are_those_of_the_newest_report_of_the_day(store: Store) -> None:
    for day, people in ((MARCH, 5), (LATER, 9)):
        bring(store, day, "villages", id="DW-1", population=people)

    def living(day: date) -> int:
        return int(store.layers(as_of=day)["villages"].set_index("code")["population"][WILLOW_RIVER])

    assert [living(day) for day in (date(2020, 1, 1), AS_OF, LATER)] == [5, 5, 9]


def test_nameless_boards_are_those_of_the_list_of_the_day(store: Store) -> None:
    def listed(day: date, number: int) -> None:
        made = f"XC-{WILLOW_RIVER}-abcdef"
        records = [
            {"id": made if n == 1 else f"{made}-{n}", "unit_code": WILLOW_RIVER, "name": None,
             "file": "a.xlsx", "sheet": None, "row": n}
            for n in range(1, number + 1)
        ]  # fmt: skip
        store.write(NewBatch("a.xlsx", str(day), "boards", received_on=day, records={"boards": records}))

    listed(MARCH, 2)
    listed(LATER, 3)
    assert [len(rows(store, day, "boards")) for day in (date(2020, 1, 1), AS_OF, LATER)] == [2, 2, 3]


def test_layers_cut_to_a_day_can_be_asked_about_any_other(store: Store) -> None:
    bring(store, MARCH, area_m2=1.0)
    bring(store, LATER, area_m2=2.0)
    cut = store.layers(as_of=AS_OF)
    for day in (date(2020, 1, 1), AS_OF, LATER):
        assert list(cut.on(day)["stations"]["area_m2"]) == list(store.layers(as_of=day)["stations"]["area_m2"])


# ── whatever is reported ─────────────────────────────────────────────────────

DAYS = st.integers(1, 6).map(lambda n: date(2022, 2 * n, 1))
REPORT = st.fixed_dictionaries(
    {
        "day": DAYS,
        "number": st.sampled_from(["ZD-1", "ZD-2"]),
        "none": st.integers(0, 3).map(lambda n: n == 0),
        "built": st.sampled_from([None, "long ago", "now"]),
        "area_m2": st.one_of(st.none(), st.integers(1, 3).map(float)),
        "equipment": st.one_of(st.none(), st.booleans()),
    }
)


def write(store: Store, report: Row) -> None:
    if report["none"]:
        bring(store, report["day"], none=WILLOW_RIVER)
        return
    built = {None: None, "long ago": date(2015, 1, 1), "now": report["day"]}[report["built"]]
    facts = {name: report[name] for name in ("area_m2", "equipment")}
    bring(store, report["day"], id=report["number"], built_on=built, **facts)


def seen(layers: Layers, day: date) -> dict[str, Row]:
    table = layers.on(day)["stations"]
    plain = table.astype(object).where(table.notna(), None)
    return {str(row["id"]): {str(k): v for k, v in row.items()} for row in plain.to_dict("records")}


@pytest.mark.sqlite
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REPORT, min_size=1, max_size=4), REPORT, st.dates(date(2021, 6, 1), date(2022, 12, 31)))
def test_a_report_changes_nothing_that_was_known_of_earlier_days(
    tmp_path: Path, before: list[Row], report: Row, day: date
) -> None:
    report["day"] = max(day, *(told["day"] for told in before)) + timedelta(1)
    store = fresh_store(tmp_path / "k.db")
    for one in before:
        write(store, one)
    old, state = seen(store.layers(), day), told(store, day)["state"]
    write(store, report)
    new = seen(store.layers(), day)
    known = {one["number"] for one in before if not one["none"]}
    denied = any(one["none"] for one in before)
    assert old.keys() == {number for number in new if number in known or denied}
    for number, row in old.items():
        assert {k: v for k, v in row.items() if v is not None}.items() <= new[number].items()
    if report["none"] or report["number"] in known or denied:
        assert told(store, day)["state"] == state
    store.close()
