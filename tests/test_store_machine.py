"""The store's whole life by chance: imports, undos, plans, copies, backups and a moving clock against a plain diary.

`KEPU_TEST_EXAMPLES=500` lets it try as many lives instead of a few.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from geo.errors import BuiltUpon, ClockBehind, NothingKnown, StoreUnusable
from geo.store import NewBatch, Store
from geo.store.audit import record_view
from geo.store.backup import back_up, restore
from geo.store.checking import check_store
from geo.store.copying import copy_store
from geo.store.digests import store_digest
from tests.audited import found_in
from tests.clocks import Office
from tests.plain_memory import FACTS, Line, Memory
from tests.stored import contents, store_url
from tests.support import RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county, county_plan_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.layers import Layers

EXAMPLES = int(os.environ.get("KEPU_TEST_EXAMPLES", "0"))
UNITS, TOWNSHIPS, IDS = (WILLOW_RIVER, WILLOW_TOWN), (RIVER, TOWN), ("ZD-1", "ZD-2", "ZD-3")
MADE = date(2022, 9, 10)


def day(number: int) -> date:
    """A day, counted from that on which the store was made."""
    return MADE + timedelta(days=number)


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


ASKED = (None, *map(day, (-9, -4, -2, 0, 1, 3, 5, 12)))
STATION = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "unit_code": st.sampled_from((*UNITS, WILLOW_RIVER)),
        "area_m2": maybe(40.0, 60.0),
        "equipment": maybe(True, False),
        "host": maybe("学校"),
        "built_on": maybe(*map(day, (-6, -3, 0, 2))),
        "closed_on": maybe(None, *map(day, (-2, 1, 4))),
    }
).filter(lambda row: not (row["built_on"] and row["closed_on"] and row["built_on"] >= row["closed_on"]))
LIST = st.fixed_dictionaries(
    {
        "received": st.one_of(st.none(), st.integers(-4, 6)),
        "stations": st.lists(STATION, max_size=3, unique_by=lambda row: row["id"]),
        "none": st.sets(st.sampled_from(UNITS), max_size=1),
        "complete": st.sets(st.sampled_from(TOWNSHIPS), max_size=1),
        "people": st.lists(st.tuples(st.just(WILLOW_RIVER), st.integers(5, 7)), max_size=1),
    }
)


class Life(RuleBasedStateMachine):
    """One store and its diary, side by side. `home`: the folder that all stores of a test have."""

    home: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.home))
        self.patch = pytest.MonkeyPatch()
        self.office = Office(self.patch)
        self.made = self.steps = self.today = 0
        self.office.on(MADE)
        self.memory = Memory(plans=[(MADE, county_plan_text())])
        file = self.new()
        file.write_bytes(_fresh())
        self.store = Store.open(_sqlite(file))
        self.newest: Layers | None = None
        self.backup: tuple[Path, Memory] | None = None
        if (url := store_url(self.new())).startswith("postgresql"):
            copy_store(self.store.url, url)
            self.store = Store.open(url)

    def teardown(self) -> None:
        """At the end all is compared, for each day on which anything was recorded."""
        try:
            for known_on in (None, *sorted(self.recorded())):
                self.answers(known_on, ASKED)
            with pytest.raises(NothingKnown):
                self.store.layers(known_on=day(self.today + 1))
        finally:
            self.clear()

    def clear(self) -> None:
        self.store.close()
        self.patch.undo()
        shutil.rmtree(self.folder)

    def new(self) -> Path:
        """A file that is not there yet."""
        self.made += 1
        return self.folder / f"{self.made}.db"

    # ── what happens ─────────────────────────────────────────────────────────

    @rule(days=st.integers(1, 3))
    def time_passes(self, days: int) -> None:
        self.today += days
        self.office.on(day(self.today))

    @rule(lists=st.lists(LIST, min_size=1, max_size=3))
    def lists_come(self, lists: list[dict[str, Any]]) -> None:
        for told in lists:
            received = None if told["received"] is None else day(min(told["received"], self.today))
            none = told["none"] - {row["unit_code"] for row in told["stations"]}
            self.bring(received, told["stations"], sorted(none), sorted(told["complete"]), told["people"])

    @precondition(lambda self: any(line.stations for line in self.memory.lines))
    @rule(data=st.data(), fact=st.sampled_from(FACTS[:3]), later=st.booleans())
    def a_list_is_corrected(self, *, data: st.DataObject, fact: str, later: bool) -> None:
        """It comes again with another value, on its own day or today."""
        line = data.draw(st.sampled_from([line for line in self.memory.lines if line.stations]))
        value = {"area_m2": 75.0, "equipment": True, "host": "村委会"}[fact]
        stations = [row | {fact: value} for row in line.stations]
        self.bring(None if later else line.day, stations, line.none, line.complete)

    @precondition(lambda self: self.memory.lines)
    @rule(data=st.data(), anyway=st.booleans())
    def a_batch_is_taken_back(self, *, data: st.DataObject, anyway: bool) -> None:
        number = data.draw(st.integers(1, len(self.memory.lines) + 1))
        line = next((line for line in self.memory.lines if line.number == number), None)
        if line is None or line.undoes or number in self.memory.undone(day(self.today)):
            self.refused(StoreUnusable, lambda: self.store.undo(number, anyway=anyway))
        elif not anyway and (later := self.memory.built_upon(number)):
            told = self.refused(BuiltUpon, lambda: self.store.undo(number, anyway=False))
            assert [f"第{n}批" in reason for n, reason in zip(later, told.reasons, strict=True)] == [True] * len(later)
        else:
            self.remember(self.store.undo(number, anyway=anyway), day(self.today), undoes=number)

    @rule()
    def a_plan_comes(self) -> None:
        text = f"{county_plan_text()}\n# {len(self.memory.plans)}\n"
        self.store.replace_plan(text)
        self.memory.plans.append((day(self.today), text))

    @rule(lag=st.sampled_from((timedelta(minutes=4), timedelta(hours=2), timedelta(days=2))))
    def the_clock_jumps_back(self, lag: timedelta) -> None:
        """Minutes are forgiven, more is refused if it is behind what was written last."""
        self.office.on(day(self.today), later=-lag)
        newest = max(self.recorded())
        if newest == day(self.today) and lag > timedelta(minutes=5):
            self.refused(ClockBehind, lambda: self.store.write(NewBatch("a.xlsx", "0", "stations")))
            self.refused(ClockBehind, lambda: self.store.replace_plan(county_plan_text()))
        elif newest == day(self.today):
            self.bring(None, [], none=[WILLOW_TOWN])
        self.office.on(day(self.today))

    @rule()
    def somebody_looks_at_personal_data(self) -> None:
        record_view(self.store, "甲", "stations", WILLOW_RIVER)

    @rule()
    def it_is_copied(self) -> None:
        """The life goes on in the copy."""
        url = store_url(self.new())
        made = copy_store(self.store.url, url)
        found = check_store(url, digest=True)
        assert (found.faults, found.digest) == ([], made.digest)
        assert made.digest == self.digest()
        self.go_on_in(url)

    @rule()
    def it_is_backed_up(self) -> None:
        file = self.new()
        back_up(self.store.url, file)
        found = check_store(_sqlite(file), digest=True)
        assert (found.faults, found.digest) == ([], self.digest())
        self.backup = file, self.memory.copy()

    @precondition(lambda self: self.backup)
    @rule(elsewhere=st.booleans())
    def it_is_restored(self, *, elsewhere: bool) -> None:
        """All is as on the day of the backup; beside the store, in its place, and on a server in a new database."""
        assert self.backup is not None
        file, memory = self.backup
        beside = elsewhere or not self.store.url.startswith("sqlite")
        url = store_url(self.new()) if beside else self.store.url
        with closing(Store.open(_sqlite(file))) as kept, kept.reading() as seen:
            before = (seen.batches(), seen.plan().sha256)
        restore(url, file, by="乙")
        self.go_on_in(url)
        assert (self.store.batches(), self.store.plan().sha256) == before
        assert found_in(self.store).entries[-1].action == "restore"
        self.memory = memory.copy()

    # ── what it takes ────────────────────────────────────────────────────────

    def bring(
        self,
        received_on: date | None,
        stations: Sequence[dict[str, Any]],
        none: Sequence[str] = (),
        complete: Sequence[str] = (),
        people: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Store a list and write it down."""
        source = {"file": "a.xlsx", "sheet": "表1"}
        villages = [source | {"id": unit, "unit_code": unit, "population": count, "row": 8} for unit, count in people]
        number = self.store.write(
            NewBatch(
                "a.xlsx",
                "0",
                "stations",
                received_on=received_on,
                records={
                    "stations": [row | source | {"name": row["id"], "row": n} for n, row in enumerate(stations, 2)],
                    "villages": villages,
                },
                none=[source | {"layer": "stations", "unit_code": unit, "row": 9} for unit in none],
                complete=[source | {"layer": "stations", "scope_code": code, "row": 1} for code in complete],
            )
        )
        came = received_on or day(self.today)
        self.remember(number, came, stations=stations, none=none, complete=complete, people=people)

    def remember(self, number: int, came: date, **told: Any) -> None:
        assert number == len(self.memory.lines) + 1
        self.memory.lines.append(Line(number, came, day(self.today), **told))

    def refused(self, error: type[Exception], action: Any) -> Any:
        """What it says; nothing has changed."""
        before = contents(self.store)
        with pytest.raises(error) as told:
            action()
        assert contents(self.store) == before
        return told.value

    def digest(self) -> str:
        """A digest of all that the store holds."""
        with self.store.reading() as seen:
            return store_digest(seen.connection)

    def go_on_in(self, url: str) -> None:
        self.store.close()
        self.store = Store.open(url)

    def recorded(self) -> set[date]:
        return {recorded for recorded, _ in self.memory.plans} | {line.recorded for line in self.memory.lines}

    # ── what must hold ───────────────────────────────────────────────────────

    @invariant()
    def the_audit_verifies(self) -> None:
        assert found_in(self.store).findings == []

    @invariant()
    def it_answers_as_the_diary(self) -> None:
        """By what is known now; at every other step by what was known on some day before."""
        self.steps += 1
        days = sorted(self.recorded() | {MADE, day(self.today)})
        if self.steps % 2:
            self.answers(None, ASKED)
        else:
            self.answers(days[self.steps // 2 % len(days)], ASKED)

    def answers(self, known_on: date | None, days: Iterable[date | None]) -> None:
        """Compare all that is told of some days."""
        by = known_on or day(self.today)
        undone = self.memory.undone(by)
        told = [(n.number, n.undoes, undone.get(n.number)) for n in self.memory.lines if n.recorded <= by]
        with self.store.reading() as seen:
            assert [(b.batch, b.undoes, b.undone_by) for b in seen.batches(known_on=known_on)] == told
            assert seen.plan(known_on=known_on).sha256 == _sha256(self.memory.plan(by))
            whole = seen.layers(known_on=known_on, older=self.newest)  # only what was written since is read
        self.newest = whole if known_on is None else self.newest
        for asked in days:
            self.compare(whole.on(asked) if asked else whole, asked, by)

    def compare(self, layers: Layers, asked: date | None, known_on: date) -> None:
        about = f"as of {asked}, known on {known_on}"
        there, closed = self.memory.stations(asked, known_on)
        assert _rows(layers) == there, about
        assert set(layers.closed["stations"]["id"] if "stations" in layers.closed else ()) == closed, about
        assert _pairs(layers.none, "unit_code") == self.memory.none(asked, known_on), about
        assert _pairs(layers.complete, "scope_code") == self.memory.complete(known_on), about
        population = dict(zip(layers["villages"]["code"], layers["villages"]["population"], strict=True))
        assert population == _people() | self.memory.people(asked, known_on), about


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _rows(layers: Layers) -> dict[str, tuple[Any, ...]]:
    table = layers["stations"]
    columns = ([_plain(value) for value in table[name].tolist()] for name in ("unit_code", "batch", *FACTS))
    return dict(zip(table["id"], zip(*columns, strict=True), strict=True))


def _plain(value: Any) -> Any:
    """A cell as the diary has it."""
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, datetime) else value


def _pairs(table: Any, column: str) -> set[tuple[str, int]]:
    return set(zip(table[column], table["batch"], strict=True))


@cache
def _people() -> dict[str, int]:
    return dict(zip(county().villages["code"], county().villages["population"], strict=True))


@cache
def _fresh() -> bytes:
    """A store that was made on the first day."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Office(patch).on(MADE)
        path = Path(folder) / "k.db"
        Store.create(_sqlite(path), county(), county_plan_text()).close()
        return path.read_bytes()


@pytest.mark.slow
def test_a_store_remembers_what_a_diary_would(backend: str, tmp_path: Path) -> None:
    few, steps = (5, 10) if backend == "sqlite" else (2, 6)

    class Here(Life):
        home = tmp_path

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=max(few, EXAMPLES),
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
