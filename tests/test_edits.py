"""An edit is tried without leaving a trace, and stored once: on every back end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.intake.edits import FILE, Edit, check, rehearse, save, version_of
from geo.store.verifying import verify
from tests.stored import contents, fresh_store
from tests.support import AS_OF, EAST, HILL, WILLOW_TOWN, county

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")


def edit_of(store: Store, layer: str, cells: dict[str, str], *, number: str = "", only_in: str | None = None) -> Edit:
    with store.reading() as seen:
        version = version_of(seen, layer, WILLOW_TOWN, number)
    return Edit(layer, WILLOW_TOWN, cells, number, version, received_on=AS_OF, by="填报员", only_in=only_in)


def test_a_rehearsal_leaves_nothing_and_saving_does_what_it_said(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    edit = edit_of(store, "stations", {"活动站名称": "新站", "面积": "60"})
    before = contents(store)
    tried = rehearse(store, county(), edit, AS_OF)
    assert contents(store) == before
    assert tried.changes is not None
    told = [(rule.id, str(unit.before), str(unit.after)) for rule in tried.changes.rules for unit in rule]
    assert told == [("1.village.station", "unknown", "met")]
    saved = save(store, county(), edit)
    (batch,) = store.batches()
    assert (saved.stored, batch.file, batch.recorded_by, batch.reported_on) == (batch.batch, FILE, "填报员", AS_OF)
    with store.reading() as seen:
        assert not verify(seen.connection).findings
    assert list(store.layers(as_of=AS_OF)["stations"]["unit_code"]) == [WILLOW_TOWN]
    store.close()


def test_the_second_of_two_savings_is_overtaken_until_it_knows_the_first(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    first = save(store, county(), edit_of(store, "stations", {"活动站名称": "新站"}))
    assert first.record is not None
    number = str(first.record["id"])
    one, two = (edit_of(store, "stations", {"面积": area}, number=number) for area in ("60", "70"))
    assert save(store, county(), one).stored == 2
    late = save(store, county(), two)
    assert (late.overtaken, late.stored) == (True, None)
    again = save(store, county(), edit_of(store, "stations", {"面积": "70"}, number=number))
    assert (again.stored, again.report.faults) == (3, ())
    (row,) = store.layers()["stations"].to_dict("records")
    assert (row["id"], row["area_m2"], row["name"], row["row"]) == (number, 70, "新站", 3)
    store.undo(3)
    assert edit_of(store, "stations", {}, number=number).version != two.version
    store.close()


def test_another_township_is_refused_whatever_the_form_says(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    tried = save(store, county(), edit_of(store, "boards", {"宣传栏名称": "栏"}, only_in=EAST))
    assert [fault.code for fault in tried.report.faults if fault.severity == "error"] == ["other-township"]
    assert store.batches() == []
    store.close()


def test_one_of_several_alike_is_not_changed_alone(tmp_path: Path) -> None:
    from geo.intake.imports import import_file

    store = fresh_store(tmp_path / "k.db")
    path = tmp_path / "boards.csv"
    path.write_text(f"代码,宣传栏名称,长度\n{WILLOW_TOWN},栏,6\n{WILLOW_TOWN},栏,8\n{HILL},栏,9\n", encoding="utf-8")
    assert import_file(store, path, "boards").outcome == "stored"
    numbers = [row["id"] for row in store.layers()["boards"].to_dict("records") if row["unit_code"] == WILLOW_TOWN]
    for number in numbers:
        tried = check(store, county(), edit_of(store, "boards", {"长度": "7"}, number=number))
        assert [fault.code for fault in tried.report.faults if fault.severity == "error"] == ["edit-twins"]
    store.close()
