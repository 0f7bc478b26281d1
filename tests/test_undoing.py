"""Undo: refused with reasons where later batches build on a batch, and never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import BuiltUpon, StoreUnusable
from geo.faults import Asked
from geo.intake.decisions import Answer
from geo.intake.imports import import_file
from geo.store import NewBatch
from tests.command_line import kepu
from tests.stored import contents, fresh_store
from tests.support import WILLOW_RIVER, WILLOW_TOWN
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")

HEADER: list[Any] = ["乡镇", "村", "活动站名称"]
ANSWER = Answer(Asked("village", "云岭镇", "柳述村"), WILLOW_TOWN)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def bring(store: Store, *ids: str, file: str = "a.xlsx", layer: str = "stations") -> int:
    rows = [
        {"id": id_, "unit_code": WILLOW_RIVER, "name": id_, "file": file, "sheet": None, "row": n}
        for n, id_ in enumerate(ids, 2)
    ]
    return store.write(NewBatch(file, "0", layer, records={layer: rows}))


def import_(store: Store, folder: Path, name: str, *villages: str, answers: tuple[Answer, ...] = ()) -> int:
    rows = [["云岭镇", village, f"{name}{n}"] for n, village in enumerate(villages)]
    book = write_book(folder / f"{name}.xlsx", [HEADER, *rows])
    report = import_file(store, book, "stations", sender="云岭镇", answers=answers)
    assert report.batch, [fault.line() for fault in report.faults]
    return report.batch


def reasons(store: Store, number: int) -> tuple[str, ...]:
    before = contents(store)
    with pytest.raises(BuiltUpon) as refused:
        store.undo(number, anyway=False)
    assert contents(store) == before
    assert str(refused.value).splitlines()[1:] == list(refused.value.reasons)
    return refused.value.reasons


def test_facilities_that_later_batches_report_again(store: Store) -> None:
    bring(store, "ZD-1", "ZD-2", "ZD-3")
    bring(store, "ZD-1", "ZD-2", "ZD-9", file="乙.xlsx")
    bring(store, "ZD-1", layer="boards")  # the same id in another layer is another thing
    bring(store, "ZD-3", "ZD-3", file="丙\x1b.xlsx")
    assert reasons(store, 1) == (
        "第2批（乙.xlsx）：再次上报其中2个设施或单位", "第4批（丙 .xlsx）：再次上报其中1个设施或单位",
    )  # fmt: skip
    store.undo(2)
    assert len(reasons(store, 1)) == 1
    store.undo(4, anyway=False)
    store.undo(1, anyway=False)
    assert list(store.layers()["stations"]["id"]) == []


def test_earlier_batches_are_no_reason(store: Store) -> None:
    bring(store, "ZD-1")
    assert store.undo(bring(store, "ZD-1"), anyway=False) == 3
    assert list(store.layers()["stations"]["batch"]) == [1]


def test_answers_that_later_files_were_read_with(store: Store, tmp_path: Path) -> None:
    first = import_(store, tmp_path, "甲", "柳述村", answers=(ANSWER,))
    second = import_(store, tmp_path, "乙", "柳述村", "云岭村")
    import_(store, tmp_path, "丙", "云岭村")
    assert reasons(store, first) == (f"第{second}批（乙.xlsx）：用到其中1条答复",)
    store.undo(second)
    store.undo(first, anyway=False)
    assert store.decisions() == []


def test_an_answer_given_anew_is_the_later_batchs_own(store: Store, tmp_path: Path) -> None:
    first = import_(store, tmp_path, "甲", "柳述村", answers=(ANSWER,))
    second = import_(store, tmp_path, "乙", "柳述村", answers=(ANSWER,))
    third = import_(store, tmp_path, "丙", "柳述村")
    store.undo(first, anyway=False)
    assert reasons(store, second) == (f"第{third}批（丙.xlsx）：用到其中1条答复",)


def test_undo_anyway(store: Store) -> None:
    bring(store, "ZD-1")
    bring(store, "ZD-1", file="乙.xlsx")
    refused = kepu("undo", "1", "--store", store.url)
    assert refused.code == 2
    assert refused.lines == [
        "错误：第1批没有撤销：后来的1批以它为基础（见下）；确要撤销请加 --anyway",
        "第2批（乙.xlsx）：再次上报其中1个设施或单位",
    ]
    done = kepu("undo", "1", "--anyway", "--store", store.url)
    assert (done.code, done.out) == (0, "第1批已撤销（记为第3批）\n")
    assert [b.undone_by for b in store.batches()] == [3, None, None]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "第1批已由第2批撤销"),
        (2, "第2批是撤销第1批的，不能"),
        (9, "没有可撤销的第9批"),
        (2**40, "没有可撤销的"),
    ],
)
@pytest.mark.parametrize("anyway", [(), ("--anyway",)])
def test_what_cannot_be_undone(store: Store, number: int, told: str, anyway: tuple[str, ...]) -> None:
    store.undo(bring(store, "ZD-1"))
    before = contents(store)
    done = kepu("undo", str(number), *anyway, "--store", store.url)
    assert done.code == 2
    (line,) = done.lines
    assert told in line
    with pytest.raises(StoreUnusable, match=told):
        store.undo(number)
    assert contents(store) == before


def test_who_wrote_what(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = write_book(tmp_path / "站.xlsx", [HEADER, ["云岭镇", "云岭村", "站"]])
    monkeypatch.setenv("KEPU_USER", "科协值班员")
    assert kepu("import", "stations", book, "--store", store.url).code == 0
    monkeypatch.setenv("KEPU_USER", " ")
    monkeypatch.setattr("getpass.getuser", lambda: "os-account")
    assert kepu("undo", "1", "--store", store.url).code == 0

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert kepu("import", "stations", book, "--store", store.url).code == 0
    assert [b.recorded_by for b in store.batches()] == ["科协值班员", "os-account", ""]
    assert store.undo(3, by="甲") == 4
    assert store.batches()[-1].recorded_by == "甲"
