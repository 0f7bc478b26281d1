"""What the audit came to cover later, and what an upgrade brings along: older entries and stores stay sound."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from geo import bundled
from geo.errors import StoreUnusable
from geo.faults import Asked
from geo.intake.decisions import Answer
from geo.store import NewBatch, Store
from geo.store.audit import note_batch
from geo.store.checking import check_store
from tests.audited import first, found_in
from tests.forgery import entries_of, tamper, tried
from tests.older_stores import older_store
from tests.stored import fresh_store
from tests.support import COUNTY, WILLOW_RIVER

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = Answer(Asked("village", "河口街道", "柳村"), WILLOW_RIVER)
CHANGES = """kind,from_code,from_name,to_code,to_name,changed_on,source
recoded,990101001299,柳树村,990101001201,柳树村,2020-05,虚构
"""


@pytest.fixture
def store(backend: str, tmp_path: Path) -> Store:
    """A store whose second batch was read with an answer of the first; the third with none."""
    made = fresh_store(tmp_path / "k.db")
    made.write(NewBatch("a.xlsx", "0", "stations", sender="河口街道", decisions=[ANSWER]))
    made.write(NewBatch("b.xlsx", "1", "stations", sender="河口街道", reused=[ANSWER]))
    made.write(NewBatch("c.xlsx", "2", "stations", sender="河口街道"))
    return made


# ── answers that a batch was read with ───────────────────────────────────────


def test_an_import_tells_with_which_answers_it_was_read(store: Store) -> None:
    told = [entry.detail["used"] for entry in entries_of(store) if entry.action == "import"]
    assert told == [[], [1], []]
    assert found_in(store).findings == []


def test_answers_put_in_or_taken_away_past_the_program_are_found(store: Store) -> None:
    for statement, entry in (
        ("DELETE FROM decisions_used", 4),
        ("UPDATE decisions_used SET batch = 3", 4),
        ("INSERT INTO decisions_used (number, decision, batch) VALUES (9, 1, 3)", 5),
    ):
        finding = tried(store, statement).findings[0]
        assert (finding.entry, finding.kind) == (entry, "content"), statement
        assert "用到的答复（decisions_used）有改动" in finding.told


def test_a_slip_is_refused(store: Store) -> None:
    with pytest.raises(StoreUnusable), store.writing() as locked:
        locked.connection.execute(text("DELETE FROM decisions_used"))


def test_older_entries_tell_of_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = fresh_store(tmp_path / "k.db")
    store.write(NewBatch("a.xlsx", "0", "stations", sender="河口街道", decisions=[ANSWER]))

    def as_before(connection: object, number: int) -> object:
        return note_batch(connection, number, used=None)  # type: ignore[arg-type]

    monkeypatch.setattr("geo.store.audit.note_batch", as_before)
    store.write(NewBatch("b.xlsx", "1", "stations", sender="河口街道", reused=[ANSWER]))
    assert found_in(store).findings == []


# ── how units changed, in stores of older programs ───────────────────────────


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundled places: the county alone, with its changes."""
    home = tmp_path / "data"
    shutil.copytree(COUNTY, home / "county")
    (home / "county" / "changes.csv").write_text(CHANGES, encoding="utf-8")
    monkeypatch.setattr(bundled, "_HOMES", (home,))
    return home


@pytest.mark.parametrize("revision", ["0001", "0006"])
def test_an_upgrade_loads_how_the_units_of_the_bundled_place_changed(home: Path, revision: str, tmp_path: Path) -> None:
    assert home.is_dir()
    store = Store.open(older_store(tmp_path / "k.db", revision))
    place = store.place()
    assert [change.from_code for change in place.changes] == ["990101001299"]
    assert place.gazetteer.heirs["990101001299"] == (WILLOW_RIVER,)
    assert check_store(store.url).faults == []
    tamper(store, "UPDATE unit_changes SET to_code = from_code")
    assert first(store)[:2] == (1, "content")


@pytest.mark.parametrize("spoilt", ["code", "units", "none"])
def test_another_place_s_changes_are_not_loaded(home: Path, spoilt: str, tmp_path: Path) -> None:
    toml, changes = home / "county" / "place.toml", home / "county" / "changes.csv"
    if spoilt == "code":
        toml.write_text(toml.read_text(encoding="utf-8").replace('"990101"', '"990102"'), encoding="utf-8")
    elif spoilt == "units":
        changes.write_text(CHANGES.replace("990101001201", "990101001298"), encoding="utf-8")
    else:
        changes.unlink()
    store = Store.open(older_store(tmp_path / "k.db", "0001"))
    assert store.place().changes == ()
    assert check_store(store.url).faults == []
