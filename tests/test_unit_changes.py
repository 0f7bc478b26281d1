"""Units through the years: former codes and names lead to those of today, and a split one is asked about."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.admin.unit_changes import CHANGE_COLUMNS, KINDS, UnitChange, former_codes, heirs_of, life_of, read_changes
from geo.errors import PlaceError
from geo.intake.decisions import Answer
from geo.intake.imports import import_file
from geo.intake.resolve import Resolver, Unresolved
from geo.place import read_place
from geo.store import Store
from tests.command_line import kepu
from tests.stored import store_url
from tests.support import COUNTY, WILLOW_RIVER, county, county_plan_text
from tests.web_client import client_of
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.place import Place

RIVER_HOME, UPPER, CLOUD, BRIDGE, GATE = (
    "990101001001", "990101200202", "990101100200", "990101002002", "990101200201",
)  # fmt: skip
BIG, UPPER_OLD, LOWER_OLD, FIRST, SECOND, OLD_BRIDGE = (
    "990101001210", "990101200208", "990101200209", "990101100209", "990101100207", "990101002009",
)  # fmt: skip
CHANGES = tuple(
    UnitChange(*row, "县民政局公告（虚构）")
    for row in (
        ("recoded", FIRST, "云岭大队", SECOND, "云岭老村", "2019"),
        ("merged", UPPER_OLD, "上庄村", UPPER, "上坪村", "2020-05-01"),
        ("merged", LOWER_OLD, "下庄村", UPPER, "上坪村", "2020-05-01"),
        ("renamed", GATE, "石门子老村", GATE, "石门村", "2021-05"),
        ("split", BIG, "大柳村", RIVER_HOME, "河口社区", "2021"),
        ("split", BIG, "大柳村", WILLOW_RIVER, "柳树村", "2021"),
        ("dropped", OLD_BRIDGE, "旧桥村", "", "", "2021"),
        ("recoded", SECOND, "云岭老村", CLOUD, "云岭村", "2022-03-01"),
        ("added", "", "", BRIDGE, "新桥社区", "2022"),
    )
)
STATION = ["代码", "活动站名称"]


@pytest.fixture(scope="module")
def place() -> Place:
    """The invented county with a past."""
    return replace(county(), changes=CHANGES)


@pytest.fixture
def store(tmp_path: Path, place: Place) -> Store:
    """A store of that county, without facilities."""
    return Store.create(store_url(tmp_path / "k.db"), place, county_plan_text())


def written(rows: list[UnitChange]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([CHANGE_COLUMNS, *rows])
    return out.getvalue().encode("utf-8-sig")


# ── the file ─────────────────────────────────────────────────────────────────


def test_a_place_has_its_changes_from_its_file(tmp_path: Path) -> None:
    folder = shutil.copytree(COUNTY, tmp_path / "place")
    (folder / "changes.csv").write_bytes(written(list(CHANGES)))
    assert read_place(folder).changes == CHANGES
    assert county().changes == ()
    assert {change.kind for change in CHANGES} == set(KINDS)


@pytest.mark.parametrize(
    ("at", "change", "told"),
    [
        (0, {"kind": "moved"}, "不认识的变动“moved”"),
        (0, {"from_code": "990101"}, "代码不是12位数字：“990101”"),
        (0, {"to_code": ""}, "代码不是12位数字：“”"),
        (0, {"to_code": "990101999999"}, "990101999999 不是现在的单位，也没有写它后来怎样"),
        (1, {"to_code": UPPER_OLD}, "前后应是两个代码"),
        (1, {"changed_on": "2020-13"}, "日期应写成"),
        (1, {"changed_on": "去年"}, "日期应写成"),
        (1, {"source": ""}, "没有写明出处"),
        (3, {"to_name": "石门子老村"}, "同一个代码、两个名称"),
        (6, {"to_code": BRIDGE}, f"dropped 不写代码 {BRIDGE}"),
        (8, {"from_code": OLD_BRIDGE}, f"added 不写代码 {OLD_BRIDGE}"),
        (7, {"to_code": FIRST}, "绕回了自己"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(tmp_path: Path, at: int, change: dict[str, str], told: str) -> None:
    folder = shutil.copytree(COUNTY, tmp_path / "place")
    rows = list(CHANGES)
    rows[at] = rows[at]._replace(**change)
    (folder / "changes.csv").write_bytes(written(rows))
    with pytest.raises(PlaceError) as caught:
        read_place(folder)
    lines = [fault.line() for fault in caught.value.faults if fault.code == "place-changes"]
    assert any(told in line and "changes.csv" in line for line in lines), lines
    assert "绕回" in told or any(f"第{at + 2}行" in line for line in lines)


@pytest.mark.parametrize("content", [b"kind,from_code\nrenamed,1\n", b"\xff\xfe\x00", b""])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "changes.csv").write_bytes(content)
    _, faults = read_changes(tmp_path / "changes.csv", county().unit_codes)
    assert ["应为 UTF-8 的 CSV" in fault.message for fault in faults] == [True]


@given(st.data())
def test_whatever_happened_leads_to_units_of_today(data: st.DataObject) -> None:
    units = [f"99010100{n}001" for n in range(1, 4)]
    past = [f"99010100{n}900" for n in range(6)]
    rows = []
    for number, code in enumerate(past):  # each became something later in the list, or one of today
        became = data.draw(st.lists(st.sampled_from([*past[number + 1 :], *units]), max_size=3, unique=True))
        rows += [UnitChange("split", code, "甲", to, "乙", f"20{10 + number}", "某处") for to in became]
    heirs = heirs_of(rows, units)
    assert set(heirs) <= set(past)
    for old, found in heirs.items():
        assert found
        assert set(found) <= set(units)
        assert all(old in former_codes(unit, rows) for unit in found)
        assert {row.to_code for row in life_of(old, rows)} >= set(found)
    assert [row.changed_on for row in life_of(units[0], rows)] == sorted(r.changed_on for r in life_of(units[0], rows))


# ── reading codes and names ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "unit", "told"),
    [
        (FIRST, CLOUD, "2022年"),
        (SECOND, CLOUD, "2022-03-01改码"),
        (UPPER_OLD, UPPER, "2020-05-01合并"),
        (LOWER_OLD, UPPER, "2020-05-01合并"),
    ],
)
def test_a_former_code_is_its_successor(place: Place, code: str, unit: str, told: str) -> None:
    found = Resolver(place.gazetteer).unit(code=code, township="", village="", blank_village="ask")
    assert (found.code, found.told_code) == (unit, code)
    assert [(r.severity, r.code) for r in found.repairs] == [("note", "code-former")]
    assert told[:4] in found.repairs[0].message


@pytest.mark.parametrize(
    ("town", "name", "unit"),
    [("白石乡", "上庄村", UPPER), ("白石乡", "石门子老村", GATE), ("云岭镇", "云岭大队", CLOUD)],
)
def test_a_former_name_is_its_successor(place: Place, town: str, name: str, unit: str) -> None:
    found = Resolver(place.gazetteer).unit(code="", township=town, village=name, blank_village="ask")
    assert found.code == unit
    assert "旧名" in found.repairs[0].message


@pytest.mark.parametrize("cells", [{"code": BIG}, {"township": "河口街道", "village": "大柳村"}])
def test_a_split_unit_is_asked_about(place: Place, cells: dict[str, str]) -> None:
    told: Any = {"code": "", "township": "", "village": "", "blank_village": "ask", **cells}
    with pytest.raises(Unresolved) as caught:
        Resolver(place.gazetteer).unit(**told)
    assert [c.code for c in caught.value.candidates] == [RIVER_HOME, WILLOW_RIVER]
    assert {c.reason for c in caught.value.candidates} == {f"2021年由“大柳村”（{BIG}）拆分"}
    assert caught.value.asked is not None


def test_a_code_listed_no_more_says_since_when(place: Place) -> None:
    with pytest.raises(Unresolved) as caught:
        Resolver(place.gazetteer).unit(code=OLD_BRIDGE, township="", village="", blank_village="ask")
    assert "曾是“旧桥村”的，2021年起不再列入名录" in caught.value.message


def test_today_s_codes_are_read_in_silence(place: Place) -> None:
    for code in place.unit_codes:
        found = Resolver(place.gazetteer).unit(code=code, township="", village="", blank_village="ask")
        assert (found.code, found.told_code, found.repairs) == (code, None, ())


# ── in a store ───────────────────────────────────────────────────────────────


def test_a_store_keeps_the_changes(store: Store) -> None:
    assert store.place().changes == CHANGES
    assert store.place().gazetteer.current(FIRST) == CLOUD


def test_rows_told_under_former_codes_are_found_again(store: Store, tmp_path: Path) -> None:
    rows = [[FIRST, "云岭站"], [CLOUD, "新站"], [UPPER_OLD, "无"], [LOWER_OLD, "无"]]
    report = import_file(store, write_book(tmp_path / "站.xlsx", [STATION, *rows]), "stations")
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    assert store.layers()["stations"]["unit_code"].tolist() == [CLOUD, CLOUD]
    with store.reading() as seen:
        told = {r.name: r.told_code for r in seen.reports_of(CLOUD)}
        assert told == {"云岭站": FIRST, "新站": None}
        assert [(r.name, r.told_code) for r in seen.reports_of(FIRST)] == [("云岭站", FIRST)]
        assert [(r.told, r.told_code) for r in seen.reports_of(UPPER)] == [("none", UPPER_OLD)]


@pytest.mark.parametrize("header", [["代码"], ["乡镇", "村"]])
def test_none_of_a_merged_part_is_no_none_of_the_whole(store: Store, tmp_path: Path, header: list[str]) -> None:
    upper, lower = ([UPPER_OLD], [LOWER_OLD]) if len(header) == 1 else (["白石乡", "上庄村"], ["白石乡", "下庄村"])
    rows = [[*header, "活动站名称"], [*upper, "无"], [*lower, "下庄站"]]
    report = import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    assert [(f.row, "并入" in f.message) for f in report.faults if f.code == "none-of-a-part"] == [(2, True)]
    assert store.layers()["stations"]["unit_code"].tolist() == [UPPER]
    assert store.layers().none.empty
    both = [[*header, "宣传栏名称"], [*upper, "无"], [*lower, "无"]]
    assert import_file(store, write_book(tmp_path / "b.xlsx", both), "boards").none == {"boards": 1}


def test_one_facility_under_both_codes_is_one(store: Store, tmp_path: Path) -> None:
    rows = [STATION, [UPPER_OLD, "站"], [UPPER, "站"]]
    report = import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    assert "row-twice" in {fault.code for fault in report.faults}
    assert len(store.layers()["stations"]) == 1


def test_a_split_unit_s_row_waits_for_an_answer(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", [STATION, [BIG, "大柳站"]])
    report = import_file(store, path, "stations", sender="河口街道")
    assert report.outcome == "refused"
    (fault,) = report.faults
    assert fault.code == "code-split"
    assert "2021年" in fault.message
    assert fault.asked is not None
    answer = Answer(fault.asked, WILLOW_RIVER)
    report = import_file(store, path, "stations", sender="河口街道", answers=[answer])
    assert report.outcome == "stored"
    with store.reading() as seen:
        assert [r.told_code for r in seen.reports_of(WILLOW_RIVER)] == [BIG]


# ── looking back ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("wanted", [CLOUD, FIRST, SECOND, "云岭大队", "云岭镇云岭老村"])
def test_history_runs_through_the_changes(store: Store, tmp_path: Path, wanted: str) -> None:
    rows = [STATION, [FIRST, "云岭站"]]
    import_file(store, write_book(tmp_path / "站.xlsx", rows), "stations")
    done = kepu("history", wanted, "--store", store.url, columns=240)
    assert done.code == 0, done.err
    recoded = f"2019年“云岭大队”（{FIRST}）改码为“云岭老村”（{SECOND}）"
    for part in (CLOUD, recoded, "2022-03-01", "县民政局公告", "云岭站", f"按代码{FIRST}"):
        assert part in done.out


@pytest.mark.parametrize(
    ("wanted", "told"), [(BIG, "拆分出"), (OLD_BRIDGE, "2021年起“旧桥村”"), ("旧桥村", "不再列入名录")]
)
def test_history_of_what_is_gone(store: Store, wanted: str, told: str) -> None:
    done = kepu("history", wanted, "--store", store.url, columns=240)
    assert done.code == 0, done.err
    assert "旧代码" in done.out
    assert told in done.out


def test_a_former_name_of_two_units_is_asked_about(store: Store) -> None:
    done = kepu("history", "大柳村", "--store", store.url)
    assert done.code == 2
    assert RIVER_HOME in done.err
    assert WILLOW_RIVER in done.err


def test_pages_of_former_codes(store: Store) -> None:
    with client_of(store.url) as client:
        moved = client.get(f"/units/{FIRST}", params={"as_of": "2022-10-31"}, follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (307, f"/units/{CLOUD}?as_of=2022-10-31")
        page = client.get(f"/units/{CLOUD}")
        assert "历年变动" in page.text
        assert "改码为" in page.text
        gone = client.get(f"/units/{BIG}")
        assert gone.status_code == 404
        assert "拆分出“柳树村”" in gone.text
        api = client.get(f"/api/v1/units/{OLD_BRIDGE}")
        assert api.status_code == 404
        assert "不再列入名录" in api.json()["detail"]


def test_the_days_before_a_change_are_told_by_today_s_units(store: Store, tmp_path: Path) -> None:
    rows = [[*STATION, "建成日期"], [UPPER_OLD, "上庄站", "2018-01-01"], [LOWER_OLD, "下庄站", "2018-01-01"]]
    import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    table = store.layers(as_of=date(2019, 1, 1))["stations"]
    assert table["unit_code"].tolist() == [UPPER, UPPER]
