"""The command line: what each command prints and writes, and that help is fast and complete."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyogrio
import pytest
import typer

from api.cli import importing, keeping, looking, past, producing, setting_up, templates
from api.cli.app import app
from tests.command_line import Done, kepu
from tests.stored import fresh_store, store_url
from tests.support import AS_OF, COUNTY, PLACE, RIVER, WILLOW_RIVER
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from geo.store import Store

ROOT = Path(__file__).resolve().parent.parent
WHERE: list[Any] = ["乡镇", "村"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
STATIONS: list[list[Any]] = [
    [*WHERE, "活动站名称", "共用单位", "设备"],
    [*WILLOW, "柳树站", "河口社区", "投影仪"],
    ["云岭镇", "云岭村", "[bold]云岭站[/bold] =1+1", "", "有"],
    ["云岭镇", "柳树村", "无", "", ""],
]
DAY = ("--as-of", AS_OF.isoformat())
COMMANDS = (
    "demo", "init", "import", "assess", "gaps", "map", "export", "serve", "history", "undo", "template", "diff",
    "backup", "restore", "check",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county with a list of stations."""
    made = fresh_store(tmp_path / "k.db")
    done = kepu("import", "stations", write_book(tmp_path / "站.xlsx", STATIONS), "--store", made.url)
    assert done.code == 0, done.err
    return made


def run(store: Store, *arguments: str | Path, columns: int | None = None) -> Done:
    done = kepu(*arguments, "--store", store.url, columns=columns)
    assert done.code == 0, done.err
    return done


def width(line: str) -> int:
    """Columns that a line takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


# ── help ─────────────────────────────────────────────────────────────────────


def test_every_command_and_option_says_what_it_is_for() -> None:
    assert all((importing, keeping, looking, past, producing, setting_up, templates))
    group: Any = typer.main.get_command(app)
    assert set(COMMANDS) <= set(group.commands)
    for name, command in group.commands.items():
        assert re.search("[\u4e00-\u9fff]", command.help), name
        for parameter in command.params:
            assert re.search("[\u4e00-\u9fff]", parameter.help or ""), (name, parameter.name)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str) -> None:
    done = kepu(command, "--help")
    assert done.code == 0
    assert command in done.out
    assert kepu(command, "-h").out == done.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("columns", [80, 120])
def test_help_is_whole(command: str, columns: int) -> None:
    assert "…" not in kepu(command, "--help", columns=columns).out


def test_help_starts_fast_and_without_heavy_libraries() -> None:
    heavy = (
        "geopandas|pandas|numpy|shapely|pyproj|pyogrio|sqlalchemy|alembic|folium|fastapi|openpyxl|xlsxwriter|pydantic"
    )
    code = (
        "import sys, time; start = time.perf_counter(); sys.argv = ['kepu', '--help']\n"
        "from api.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"loaded = [m for m in {heavy.split('|')!r} if m in sys.modules]\n"
        "print(time.perf_counter() - start, loaded, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    seconds, _, loaded = done.stderr.strip().partition(" ")
    assert loaded == "[]"
    assert float(seconds) < 5
    assert "kepu" in done.stdout


def test_no_arguments_is_help() -> None:
    done = kepu()
    assert "assess" in done.out + done.err


# ── import, history, undo ────────────────────────────────────────────────────


def test_import_says_what_became_of_each_file(store: Store, tmp_path: Path) -> None:
    board = write_csv(tmp_path / "栏.csv", [[*WHERE, "宣传栏名称", "更换日期"], [*WILLOW, "栏", "2022-10-01"]])
    done = run(store, "import", "auto", board, tmp_path / "站.xlsx")
    assert "栏.csv：已导入，第2批，科普宣传栏（画廊）1条" in done.out
    again = run(store, "import", "stations", tmp_path / "站.xlsx")
    assert "没有变化" in again.out
    assert len(store.batches()) == 2


def test_import_options(store: Store, tmp_path: Path) -> None:
    before = store.version()
    path = write_book(tmp_path / "b.xlsx", [STATIONS[0], [*WILLOW, "新站", "", ""]])
    run(store, "import", "stations", path, "--dry-run", "--complete")
    assert store.version() == before
    run(store, "import", "stations", path, "--complete", "--scope", "河口街道", "--sender", "河口街道")
    assert list(store.layers().complete["scope_code"]) == [RIVER]
    assert store.batches()[-1].sender == "河口街道"


def test_warnings_end_with_exit_code_one_and_a_report(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "b.xlsx", [STATIONS[0], STATIONS[1], STATIONS[1]])
    done = kepu("import", "stations", path, "--report", tmp_path / "问题.xlsx", "--store", store.url)
    assert done.code == 1
    assert done.err.startswith("提醒")
    book = openpyxl.load_workbook(tmp_path / "问题.xlsx")
    assert book.sheetnames == ["问题清单", "Sheet1"]
    assert book.worksheets[0].max_row == 4
    assert book.worksheets[1]["A3"].comment is not None


@pytest.mark.parametrize("scope", [PLACE, PLACE[:6], "云岭县", "全市"])
def test_a_list_complete_for_the_whole_place(store: Store, tmp_path: Path, scope: str) -> None:
    path = write_book(tmp_path / "b.xlsx", [STATIONS[0], [*WILLOW, "新站", "", ""]])
    done = kepu("import", "stations", path, "--complete", "--scope", scope, "--store", store.url)
    assert done.code == 1, done.err  # the list lacks the older stations
    assert list(store.layers().complete["scope_code"]) == [PLACE]


@pytest.mark.parametrize("scope", [RIVER, RIVER[:9], "河口街道"])
def test_a_list_complete_for_a_township(store: Store, tmp_path: Path, scope: str) -> None:
    path = write_book(tmp_path / "b.xlsx", [STATIONS[0], [*WILLOW, "柳树站", "", ""]])
    run(store, "import", "stations", path, "--complete", "--scope", scope)
    assert list(store.layers().complete["scope_code"]) == [RIVER]


def test_a_list_that_came_earlier_overrules_nothing(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "b.xlsx", [STATIONS[0], [*WILLOW, "柳树站", "", "无"]])
    run(store, "import", "stations", path, "--received-on", "2022-10-01")
    assert store.batches()[-1].received_on == date(2022, 10, 1)
    station = store.layers()["stations"].set_index("name").loc["柳树站"]
    assert station["equipment"]
    assert "2022-10-01" in run(store, "history").out


def test_history_of_one_batch(store: Store, tmp_path: Path) -> None:
    board = write_csv(tmp_path / "栏.csv", [[*WHERE, "宣传栏名称"], [*WILLOW, "栏"]])
    run(store, "import", "boards", board)
    store.undo(1)
    for number, expected in (("1", {"站.xlsx"}), ("2", {"栏.csv"}), ("3", {"站.xlsx"})):
        shown = run(store, "history", number).out
        assert {name for name in ("站.xlsx", "栏.csv") if name in shown} == expected


def test_history_and_undo(store: Store) -> None:
    first = run(store, "history").out
    assert "站.xlsx" in first
    assert "科普活动站" in first
    assert "stations" not in first
    assert "第1批" in run(store, "undo", "1").out
    after = run(store, "history").out
    assert "撤销" in after
    assert not len(store.layers()["stations"])
    assert kepu("undo", "2", "--store", store.url).code == 2


# ── assess ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("columns", [80, 100, 120, 200, None])
def test_the_assessment_is_readable_at_any_width(store: Store, columns: int | None) -> None:
    done = run(store, "assess", *DAY, columns=columns)
    lines = done.out.splitlines()
    assert max(map(width, lines)) <= (columns or 120)
    assert "…" not in done.out
    plan = store.plan()
    for rule in plan.rules:
        assert any(rule.id in line for line in lines), rule.id
        assert any(rule.requirement[:6] in line for line in lines), rule.requirement
    (row,) = [line for line in lines if "1.village.station" in line]
    assert "3/9" in row
    assert "33.3%/90%" in row
    assert "共用2" in lines[lines.index(row) + 1]
    assert "项任务" in lines[-1]


def test_json_and_csv_are_the_same_on_screen_and_in_a_file(store: Store, tmp_path: Path) -> None:
    for name in ("json", "csv"):
        shown = run(store, "assess", *DAY, "--format", name).raw
        run(store, "assess", *DAY, "-o", tmp_path / f"a.{name}")
        assert (tmp_path / f"a.{name}").read_bytes() == shown
    found = json.loads((tmp_path / "a.json").read_bytes())
    assert found["as_of"] == AS_OF.isoformat()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8-sig"))))
    assert [row["规则"] for row in rows] == [rule["id"] for task in found["tasks"] for rule in task["rules"]]


def test_another_plan_overrides_the_stored_one(store: Store, tmp_path: Path) -> None:
    text = (COUNTY / "plan.toml").read_text(encoding="utf-8").replace('id = "yunling-2022"', 'id = "other"')
    (tmp_path / "另一份.toml").write_text(text, encoding="utf-8")
    done = run(store, "assess", *DAY, "--plan", tmp_path / "另一份.toml", "--format", "json")
    assert json.loads(done.raw)["plan"]["id"] == "other"
    assert store.plan().plan.id == "yunling-2022"


def test_shares_are_cut_and_never_rounded_up() -> None:
    from api.cli.looking import _scaled

    class Rule:
        kind, measure = "presence", "share"

    class Result:
        rule = Rule()

    shown = [_scaled(Result(), value) for value in (1.0, 0.9999, 0.87, 0.29, 0.0, None)]  # type: ignore[arg-type]
    assert shown == ["100%", "99.9%", "87%", "29%", "0%", "-"]


# ── gaps ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("columns", [80, 120, None])
def test_gaps_are_readable_at_any_width(store: Store, columns: int | None) -> None:
    done = run(store, "gaps", *DAY, "--rule", "1.village.station", columns=columns)
    lines = done.out.splitlines()
    assert max(map(width, lines)) <= (columns or 120)
    assert "…" not in done.out
    assert "1.village.station" in done.out
    assert "柳树村村民委员会" in re.sub(r"\s", "", done.out)
    assert "站.xlsx" in done.out


def test_gaps_by_state_and_township(store: Store) -> None:
    none = run(store, "gaps", *DAY, "--state", "not_met", "--rule", "1.village.station")
    assert "共 1 条" in none.out
    met = run(store, "gaps", *DAY, "--state", "met", "--rule", "1.village.station", "--township", "云岭")
    assert "共 1 条" in met.out
    assert "[bold]云岭站[/bold] =1+1" in re.sub(r"\s+", " ", met.out)


def test_gaps_as_files(store: Store, tmp_path: Path) -> None:
    run(store, "gaps", *DAY, "--state", "met", "-o", tmp_path / "缺 口.csv")
    run(store, "gaps", *DAY, "--state", "met", "-o", tmp_path / "缺口.xlsx")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "缺 口.csv").read_text(encoding="utf-8-sig"))))
    sheet = openpyxl.load_workbook(tmp_path / "缺口.xlsx").active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1 > 1
    assert WILLOW_RIVER in {row["单位代码"] for row in rows}


# ── init, demo, map, export ──────────────────────────────────────────────────


def test_init(tmp_path: Path) -> None:
    url = store_url(tmp_path / "新 库.db")
    done = kepu("init", "--place", COUNTY, "--store", url)
    assert done.code == 0
    assert "云岭县" in done.out
    assert "10个村级单位" in done.out
    assert kepu("init", "--place", COUNTY, "--store", url).code == 2
    assert kepu("assess", *DAY, "--store", url).code == 0


def test_export_and_map(store: Store, tmp_path: Path) -> None:
    run(store, "export", "-o", tmp_path / "图.gpkg", *DAY)
    assert "stations" in {name for name, _ in pyogrio.list_layers(tmp_path / "图.gpkg")}
    run(store, "map", "-o", tmp_path / "图.html", *DAY)
    page = (tmp_path / "图.html").read_text(encoding="utf-8")
    assert page[:15].lower() == "<!doctype html>"
    run(store, "map", "-o", tmp_path / "一镇.html", "--township", "河口街道", *DAY)


def test_serve_binds_to_this_machine_only(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **options: heard.update(options))
    done = run(store, "serve", "--port", "8123")
    assert (heard["host"], heard["port"]) == ("127.0.0.1", 8123)
    assert "http://127.0.0.1:8123/" in done.out
