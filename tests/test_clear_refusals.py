"""What can't be done to a store: exit 2, one clear line, and the store as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.clocks import Office
from tests.command_line import Done, kepu
from tests.stored import contents, fresh_store
from tests.support import COUNTY
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store
    from tests.postgres import Cluster

HEADER: list[Any] = ["编号", "乡镇", "村", "活动站名称", "建成日期", "停用日期"]
STATION: list[Any] = ["ZD-1", "河口街道", "柳树村", "柳树站"]
BUILT, EARLIER = date(2022, 5, 1), date(2022, 4, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a station built in May, an import that was taken back, and its undoing."""
    made = fresh_store(tmp_path / "k.db")
    for name, row in (("a.xlsx", [*STATION, BUILT, None]), ("b.xlsx", [*STATION, None, None])):
        done = kepu("import", "stations", write_book(tmp_path / name, [HEADER, row]), "--store", made.url)
        assert done.code == 0, done.err
    assert kepu("undo", "2", "--store", made.url).code == 0
    return made


def refused(store: Store, *arguments: str | Path) -> str:
    """The one line that a command says; nothing has changed."""
    before = contents(store)
    line = line_of(kepu(*arguments, "--store", store.url))
    assert contents(store) == before
    return line


def line_of(done: Done) -> str:
    (line,) = done.lines
    assert done.code == 2
    assert line.startswith("错误：")
    return line


def test_times_that_contradict_each_other(store: Store, tmp_path: Path) -> None:
    row = write_book(tmp_path / "c.xlsx", [HEADER, ["ZD-2", *STATION[1:3], "新站", BUILT, EARLIER]])
    assert "“停用日期”2022-04-01不晚于“建成日期”2022-05-01" in refused(store, "import", "stations", row)
    batch = write_book(tmp_path / "d.xlsx", [HEADER, [*STATION, None, EARLIER]])
    told = refused(store, "import", "stations", batch)
    assert "“停用日期”2022-04-01与已登记的“建成日期”2022-05-01矛盾（第1批 a.xlsx" in told
    ahead = (date.today() + timedelta(3)).isoformat()
    assert "还没有到" in refused(store, "import", "stations", batch, "--received-on", ahead)


def test_undoing_what_can_not_be_undone(store: Store) -> None:
    for number, told in (
        ("3", "第3批是撤销第2批的，不能再撤销；要恢复第2批，请重新导入它的文件"),
        ("2", "第2批已由第3批撤销"),
        ("9", "没有可撤销的第9批"),
        ("99999999999999999999", "没有可撤销的第99999999999999999999批"),
    ):
        for anyway in ((), ("--anyway",)):
            assert refused(store, "undo", number, *anyway) == f"错误：{told}"


def test_a_clock_that_jumped_back(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Office(monkeypatch).on(date.today() - timedelta(2))
    new = write_book(tmp_path / "e.xlsx", [HEADER, ["ZD-9", *STATION[1:3], "九号站", None, None]])
    for command in (("import", "stations", str(new)), ("undo", "1")):
        told = refused(store, *command)
        assert "早于最近一批的入库时间" in told
        assert told.endswith("请校准时钟后再试；没有写入任何内容")


@pytest.mark.parametrize("command", ["init", "assess", "check", "backup", "copy"])
def test_databases_that_can_not_be_used(command: str, tmp_path: Path) -> None:
    more = {"init": ("--place", COUNTY), "backup": (tmp_path / "b.db",), "copy": ("--to", f"sqlite:///{tmp_path}/c.db")}
    for url, told in (
        ("sqlite://", "数据库地址无法使用"),
        ("sqlite:///:memory:", "数据库地址无法使用"),
        ("nosuch://a:geheim@host/x", "数据库地址无法使用"),
        ("postgresql://kepu:geheim@127.0.0.1:1/kepu", "连不上"),
    ):
        line = line_of(kepu(command, *more.get(command, ()), "--store", url))
        assert told in line
        assert "geheim" not in line
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_password_tells_so_in_one_line(store: Store, postgres: Cluster) -> None:
    url = postgres.url("postgres", user="guest", password="falsch")
    assert "用户名或密码不对" in refused(store, "copy", "--to", url)
    for command in (("assess",), ("check",), ("undo", "1")):
        line = line_of(kepu(*command, "--store", url))
        assert "用户名或密码不对" in line
        assert "falsch" not in line
