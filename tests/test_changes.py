"""What an import says of itself against what is stored: new, changed, the same, gone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.intake.changes import Changes
from geo.intake.imports import import_file
from tests.stored import fresh_store
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")

HEADER: list[Any] = ["乡镇", "村", "宣传栏名称", "长度", "更换日期", "经度", "纬度"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
FIRST: list[list[Any]] = [
    [*WILLOW, "东墙", 6, "2022-05-03、2022-07-01", 102.05, 30.18],
    ["云岭镇", "云岭村", "云岭栏", 8, "2022-05-03", None, None],
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with two boards."""
    made = fresh_store(tmp_path / "k.db")
    report = import_file(made, write_book(tmp_path / "first.xlsx", [HEADER, *FIRST]), "boards")
    assert (report.outcome, dict(report.changes)) == ("stored", {"boards": Changes(new=2)})
    return made


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        (FIRST, Changes(same=2)),
        ([[*WILLOW, "东墙", None, "2022-07-01", None, None]], Changes(same=1)),  # it says less, not otherwise
        ([[*WILLOW, "东墙", 7, None, None, None]], Changes(changed=1)),
        ([[*WILLOW, "东墙", 6, "2022-09-01", None, None]], Changes(changed=1)),
        ([[*WILLOW, "东墙", 6, None, 102.06, 30.18]], Changes(changed=1)),
        ([[*WILLOW, "西墙", 6, None, None, None], FIRST[1]], Changes(new=1, same=1)),
        ([[*WILLOW, None, 6, None, None, None]], Changes(same=1)),  # the only board of the village, its name left out
    ],
)
def test_what_a_file_changes(store: Store, tmp_path: Path, rows: list[list[Any]], changes: Changes) -> None:
    path = write_book(tmp_path / "b.xlsx", [HEADER, *rows])
    dry = import_file(store, path, "boards", dry_run=True)
    assert dict(dry.changes) == {"boards": changes}
    assert dict(import_file(store, path, "boards", received_on=date(2099, 1, 1)).changes) == {"boards": changes}


def test_what_a_complete_list_lacks_is_counted(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "b.xlsx", [HEADER, [*WILLOW, "西墙", 6, None, None, None]])
    report = import_file(store, path, "boards", complete=True, dry_run=True)
    assert report.changes["boards"] == Changes(new=1)  # the village is told of, so its other board isn't missing
    other = write_book(tmp_path / "c.xlsx", [HEADER, ["河口街道", "河口社区", "广场栏", 6, None, None, None]])
    report = import_file(store, other, "boards", complete=True, dry_run=True)
    assert report.changes["boards"] == Changes(new=1, gone=1)
    assert [f.code for f in report.faults if f.severity == "warning"] == ["complete-lacks"]
    assert report.to_dict()["changes"] == {"boards": {"new": 1, "changed": 0, "same": 0, "gone": 1}}


def test_what_became_of_each_row(store: Store, tmp_path: Path) -> None:
    rows = [
        [*WILLOW, "东墙", 6, None, None, None], ["河口", "柳树", "西墙", 6, None, None, None],
        ["河口街道", "柳村", "南墙", 6, None, None, None], [*WILLOW, "北墙", "很大", None, None, None],
    ]  # fmt: skip
    report = import_file(store, write_book(tmp_path / "b.xlsx", [HEADER, *rows]), "boards", dry_run=True)
    assert report.outcome == "refused"
    assert report.rows.as_dict() == {"read": 4, "good": 1, "repaired": 1, "asked": 1, "refused": 1}
