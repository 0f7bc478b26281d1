"""Imports by several processes at once: what was checked still holds when the batch is written."""

from __future__ import annotations

import multiprocessing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.imports import import_file
from geo.store import Store
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.synchronize import Barrier

pytestmark = pytest.mark.usefixtures("backend")

HEADER: list[Any] = ["编号", "乡镇", "村", "活动站名称", "面积(㎡)"]
RIVER_STATION: list[Any] = ["ZD-001", "河口街道", "柳树村", "柳树站", 60]
TOWN_STATION: list[Any] = ["ZD-001", "云岭镇", "云岭村", "云岭站", 80]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def _import(url: str, path: str, start: Barrier, said: Any) -> None:
    store = Store.open(url)
    place = store.place()
    start.wait(60)
    try:
        report = import_file(store, Path(path), "stations", place=place)
        said.put((report.outcome, [fault.code for fault in report.faults]))
    except Exception as error:  # whatever it is, the parent must hear of it
        said.put((repr(error), []))


def together(store: Store, files: Sequence[Path]) -> list[tuple[str, list[str]]]:
    """Import each file in a process of its own, all at the same moment; what became of them, sorted."""
    context = multiprocessing.get_context("spawn")
    start, said = context.Barrier(len(files)), context.Queue()
    workers = [context.Process(target=_import, args=(store.url, str(path), start, said)) for path in files]
    for process in workers:
        process.start()
    found = [said.get(timeout=120) for _ in workers]
    for process in workers:
        process.join(timeout=60)
        assert process.exitcode == 0
    return sorted(found)


def test_one_file_imported_by_four_processes_is_stored_once(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", [HEADER, RIVER_STATION])
    assert together(store, [path] * 4) == [("stored", []), *[("unchanged", ["file-known"])] * 3]
    assert [batch.kind for batch in store.batches()] == ["import"]


@pytest.mark.sqlite
def test_two_senders_of_one_id_at_once_lose_no_facility(store: Store, tmp_path: Path) -> None:
    files = [
        write_book(tmp_path / "a.xlsx", [HEADER, RIVER_STATION]),
        write_book(tmp_path / "b.xlsx", [HEADER, TOWN_STATION]),
    ]
    assert together(store, files) == [("refused", ["id-taken"]), ("stored", [])]
    assert len(store.layers()["stations"]) == 1


@pytest.mark.parametrize("rows", [[RIVER_STATION], [TOWN_STATION]], ids=["same", "taken"])
def test_nobody_writes_between_check_and_write(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[list[Any]]
) -> None:
    """Somebody imports after all was read, right before the lock is taken: that is seen."""
    first = write_book(tmp_path / "a.xlsx", [HEADER, RIVER_STATION])
    second = first if rows == [RIVER_STATION] else write_book(tmp_path / "b.xlsx", [HEADER, *rows])
    original: Callable[[Store], Any] = Store.writing
    other = Store.open(store.url)

    def late(self: Store) -> Any:
        monkeypatch.setattr(Store, "writing", original)
        assert import_file(other, first, "stations").outcome == "stored"
        return original(self)

    monkeypatch.setattr(Store, "writing", late)
    report = import_file(store, second, "stations")
    assert report.outcome == ("refused" if rows == [TOWN_STATION] else "unchanged")
    assert len(store.batches()) == 1


def test_a_file_overruled_since_is_stored_again_only_where_that_changes_something(store: Store, tmp_path: Path) -> None:
    first, second = date(2022, 10, 1), date(2022, 10, 9)
    old = write_book(tmp_path / "a.xlsx", [HEADER, RIVER_STATION])
    new = write_book(tmp_path / "b.xlsx", [HEADER, [*RIVER_STATION[:4], 75]])
    for path, day in ((old, first), (new, second)):
        assert import_file(store, path, "stations", received_on=day).outcome == "stored"
    again = import_file(store, old, "stations", received_on=first)
    assert (again.outcome, again.batch) == ("unchanged", 1)  # it came before the other one then and now
    assert import_file(store, old, "stations", received_on=date(2022, 10, 12)).outcome == "stored"
    assert list(store.layers()["stations"]["area_m2"]) == [60.0]
    assert import_file(store, old, "stations").outcome == "unchanged"
