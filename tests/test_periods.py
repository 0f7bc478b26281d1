"""Facilities that closed: from that day on they exist no more, before it they do; contradictory days are told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.intake.imports import ImportReport, import_file
from geo.schema import LAYERS, MONTH_FLAGS
from geo.store import NewBatch, Store
from tests.command_line import kepu
from tests.stored import contents, fresh_store
from tests.support import (
    AS_OF,
    BOARD,
    FRESHNESS,
    PLACE,
    RIVER,
    STATION,
    TOWN,
    WILLOW_RIVER,
    WILLOW_TOWN,
    finding,
    judged,
    layers_of,
)
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Row = dict[str, Any]
JUNE_30 = date(2022, 6, 30)
CLOSING = [name for name, layer in LAYERS.items() if layer.ends]
WHERE: list[Any] = ["乡镇", "村"]
WILLOW: list[Any] = ["河口街道", "柳树村"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def station(**facts: Any) -> Row:
    return {"unit_code": WILLOW_RIVER, "name": "一号站", **facts}


def on(day: date, *stations: Row, rule: Any = STATION, unit: str = WILLOW_RIVER) -> Row:
    return finding(judged(rule, layers_of(stations=stations), as_of=day), unit)


# ── as of a day ──────────────────────────────────────────────────────────────


def test_every_facility_but_people_can_close() -> None:
    assert CLOSING == ["stations", "boards", "schools", "bases", "organisations", "associations"]
    assert all(LAYERS[name].column("closed_on").label == "停用日期" for name in CLOSING)
    assert LAYERS["communicators"].ends is None


def test_it_exists_up_to_the_day_of_closing_and_no_longer() -> None:
    row = station(closed_on=JUNE_30)
    states = [on(JUNE_30 + timedelta(n), row)["state"] for n in (-1, 0, 1)]
    assert states == ["met", "not_met", "not_met"]
    told = on(AS_OF, row)
    assert told["reason"] == "一号站：2022-06-30已停用"
    assert [source["row"] for source in told["evidence"]] == [2]
    assert told["facilities"] == []


def test_a_closed_one_takes_nothing_from_those_that_stand() -> None:
    assert on(AS_OF, station(closed_on=JUNE_30), station(name="二号站"))["state"] == "met"
    both = on(AS_OF, station(closed_on=JUNE_30), station(name="二号站", closed_on=date(2022, 7, 1)))
    assert both["reason"] == "二号站等2处：2022-07-01已停用"
    assert len(both["evidence"]) == 2


def test_whom_it_served_lacks_it_too() -> None:
    shared = station(closed_on=JUNE_30, serves=(WILLOW_TOWN,))
    assert on(AS_OF, shared, unit=WILLOW_TOWN)["state"] == "not_met"
    assert on(date(2022, 6, 1), shared, unit=WILLOW_TOWN)["state"] == "met"


def test_of_a_month_told_alone_its_days_are_unknown() -> None:
    row = station(closed_on=date(2022, 6, 1), closed_month_only=True)
    states = {day: on(day, row)["state"] for day in (date(2022, 5, 31), date(2022, 6, 1), date(2022, 6, 29), JUNE_30)}
    assert list(states.values()) == ["met", "unknown", "unknown", "not_met"]
    assert on(date(2022, 6, 15), row)["reason"] == "一号站：“停用日期”只报到月份，评估日是否已停用不能确定"
    assert on(AS_OF, row)["reason"] == "一号站：2022-06已停用"


def test_a_closed_board_is_no_stale_board() -> None:
    board = {"unit_code": WILLOW_RIVER, "name": "东墙栏", "updates": (date(2022, 6, 1),), "last_only": False}
    month: Row = {"closed_on": date(2022, 10, 1), "closed_month_only": True}
    for rule in (BOARD, FRESHNESS):
        told = finding(judged(rule, layers_of(boards=[board | {"closed_on": JUNE_30}])), WILLOW_RIVER)
        assert (told["state"], told["reason"]) == ("not_met", "东墙栏：2022-06-30已停用")
        maybe = finding(judged(rule, layers_of(boards=[board | month]), as_of=date(2022, 10, 30)), WILLOW_RIVER)
        assert maybe["state"] == "unknown"
        assert "“停用日期”只报到月份，评估日是否已停用不能确定" in maybe["reason"]


def test_closed_schools_and_bases_are_no_units_any_more() -> None:
    rule = {"id": "18.school.lab", "kind": "rows", "unit": "school", "layer": "schools", "threshold": 0.5,
            "where": {"run_by_city": [True]}, "meets": {"lab": [True]}}  # fmt: skip
    schools = [
        {"unit_code": RIVER, "name": "甲校", "run_by_city": True, "lab": True},
        {"unit_code": RIVER, "name": "乙校", "run_by_city": True, "lab": False, "closed_on": JUNE_30},
        {"unit_code": TOWN, "name": "丙校", "run_by_city": True, "lab": False, "closed_on": date(2022, 10, 1),
         "closed_month_only": True},
    ]  # fmt: skip
    before, after = (judged(rule, layers_of(schools=schools), as_of=day) for day in (date(2022, 6, 1), AS_OF))
    assert [len(list(result.findings)) for result in (before, after)] == [3, 1]
    maybe = judged(rule, layers_of(schools=schools), as_of=date(2022, 10, 15))
    (told,) = [f for f in maybe.findings if f["unit_name"] == "丙校"]
    assert (told["state"], told["reason"]) == ("unknown", "停用日期只报到月份，评估日是否已停用不能确定")


@given(st.dates(date(2021, 1, 1), date(2022, 6, 1)), st.integers(1, 500), st.tuples(*[st.booleans()] * 2), st.data())
def test_presence_begins_once_and_ends_once(
    built: date, days: int, vague: tuple[bool, bool], data: st.DataObject
) -> None:
    closed, (vague_start, vague_end) = built + timedelta(days), vague
    row = station(built_on=built.replace(day=1) if vague_start else built, month_only=vague_start)
    row |= {"closed_on": closed.replace(day=1) if vague_end else closed, "closed_month_only": vague_end}
    asked = data.draw(st.lists(st.dates(date(2020, 12, 1), date(2023, 12, 31)), min_size=1, max_size=6).map(sorted))
    order = ["unknown", "unknown", "met", "unknown", "not_met"]
    at = 0
    for day in asked:
        state = on(day, row)["state"]
        while order[at] != state:  # raises beyond the end: never back to an earlier phase
            at += 1
        if built <= day < closed:
            assert state in ("met", "unknown")
            assert state == "met" or (vague_start and day < built.replace(day=1) + timedelta(31)) or vague_end
        if day >= closed and not vague_end:
            assert state == "not_met" or (vague_start and day < built.replace(day=1) + timedelta(31))


# ── several reports ──────────────────────────────────────────────────────────


def bring(store: Store, day: date, layer: str = "stations", **facts: Any) -> int:
    row = {"id": "ZD-1", "unit_code": WILLOW_RIVER, "name": "站", "file": f"{day}.xlsx", "sheet": None, "row": 2}
    return store.write(NewBatch("a.xlsx", "0", layer, received_on=day, records={layer: [row | facts]}))


def there(store: Store, *days: date, layer: str = "stations") -> list[bool]:
    return [len(store.layers(as_of=day)[layer]) == 1 for day in days]


def test_a_closing_told_later_leaves_the_days_before(store: Store) -> None:
    bring(store, date(2022, 3, 1), built_on=date(2020, 1, 1))
    bring(store, date(2023, 3, 1), closed_on=JUNE_30)
    assert there(store, date(2019, 1, 1), date(2022, 3, 1), date(2022, 6, 29), JUNE_30, date(2023, 3, 1)) == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_it_stood_on_the_day_of_a_report_whatever_a_later_closing_says(store: Store) -> None:
    bring(store, date(2022, 9, 1))
    bring(store, date(2023, 3, 1), closed_on=JUNE_30)
    assert there(store, date(2022, 5, 1), date(2022, 9, 1), date(2023, 2, 28), date(2023, 3, 1)) == [
        True, True, True, False,
    ]  # fmt: skip
    told = finding(judged(STATION, store.layers(), as_of=date(2023, 3, 1)), WILLOW_RIVER)
    assert [source["batch"] for source in told["evidence"]] == [1, 2]


@pytest.mark.parametrize("layer", CLOSING)
def test_a_blank_reopens_nothing_and_undo_does(store: Store, layer: str) -> None:
    bring(store, date(2022, 3, 1), layer)
    closing = bring(store, date(2022, 7, 1), layer, closed_on=JUNE_30)
    bring(store, date(2022, 9, 1), layer)
    assert there(store, date(2022, 6, 1), AS_OF, layer=layer) == [True, False]
    store.undo(closing)
    assert there(store, AS_OF, layer=layer) == [True]


def test_a_newer_start_after_the_closing_reopens(store: Store) -> None:
    bring(store, date(2022, 3, 1), built_on=date(2015, 1, 1))
    bring(store, date(2022, 7, 1), closed_on=JUNE_30)
    bring(store, date(2023, 6, 1), built_on=date(2023, 5, 1))
    assert there(store, date(2022, 6, 1), AS_OF, date(2023, 6, 1)) == [True, False, True]
    assert store.layers()["stations"]["closed_on"].isna().all()
    bring(store, date(2024, 2, 1), closed_on=date(2024, 1, 1))
    assert there(store, date(2023, 6, 1), date(2024, 2, 1)) == [True, False]


def test_the_newest_closing_counts_and_a_day_fills_its_month(store: Store) -> None:
    bring(store, date(2022, 7, 1), closed_on=date(2022, 6, 1), closed_month_only=True)
    bring(store, date(2022, 7, 2), closed_on=JUNE_30, closed_month_only=False)
    bring(store, date(2022, 7, 3), closed_on=date(2022, 6, 1), closed_month_only=True)
    (row,) = store.layers()["stations"].to_dict("records")
    assert (row["closed_on"].date(), bool(row["closed_month_only"])) == (JUNE_30, False)
    bring(store, date(2022, 8, 1), closed_on=date(2022, 7, 15), closed_month_only=False)
    assert store.layers()["stations"]["closed_on"].iloc[0].date() == date(2022, 7, 15)


# ── reading tables ───────────────────────────────────────────────────────────


def send(
    store: Store, path: Path, layer: str, header: Sequence[Any], *rows: Sequence[Any], day: date = AS_OF, **more: Any
) -> ImportReport:
    return import_file(store, write_book(path, [header, *rows]), layer, received_on=day, **more)


def codes(report: ImportReport) -> list[tuple[str, str, int | None]]:
    return [(fault.severity, fault.code, fault.row) for fault in report.faults]


@pytest.mark.parametrize("header", ["停用日期", "拆除时间", "停止使用", "关停时间", "撤销日期", "closed_on"])
def test_headers_that_tell_a_closing(store: Store, tmp_path: Path, header: str) -> None:
    rows = [[*WILLOW, "一号站", "2022年6月"], ["云岭镇", "柳树村", "二号站", JUNE_30]]
    report = send(store, tmp_path / "a.xlsx", "stations", [*WHERE, "活动站名称", header], *rows)
    assert (report.outcome, report.faults) == ("stored", ())
    table = store.layers()["stations"].set_index("name")
    assert [d.date() for d in table["closed_on"]] == [date(2022, 6, 1), JUNE_30]
    assert table["closed_month_only"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("layer", "header", "closing"),
    [("schools", "学校名称", "停办日期"), ("bases", "基地名称", "摘牌日期"), ("organisations", "组织名称", "撤销时间"),
     ("associations", "协会名称", "注销日期"), ("boards", "宣传栏名称", "拆除日期")],
)  # fmt: skip
def test_what_closings_are_called_by_layer(store: Store, tmp_path: Path, layer: str, header: str, closing: str) -> None:
    report = send(store, tmp_path / "a.xlsx", layer, [*WHERE, header, closing], [*WILLOW, "某处", "2022-06-30"])
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    assert store.layers()[layer]["closed_on"].iloc[0].date() == JUNE_30
    assert store.layers(as_of=AS_OF)[layer].empty


@pytest.mark.parametrize("said", ["有", "", "无"])
def test_a_ledger_tells_a_closing(store: Store, tmp_path: Path, said: str) -> None:
    send(store, tmp_path / "a.xlsx", "stations", [*WHERE, "活动站名称"], [*WILLOW, "一号站"], day=date(2022, 3, 1))
    report = send(
        store, tmp_path / "b.xlsx", "ledger", [*WHERE, "活动站", "活动站停用日期"], [*WILLOW, said, "2022-06-30"]
    )
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    told = finding(judged(STATION, store.layers(), as_of=AS_OF), WILLOW_RIVER)
    assert (told["state"], told["reason"]) == ("not_met", "一号站：2022-06-30已停用")
    assert finding(judged(STATION, store.layers(), as_of=date(2022, 6, 1)), WILLOW_RIVER)["state"] == "met"


def test_a_ledger_must_say_which_of_several_closed(store: Store, tmp_path: Path) -> None:
    rows = [[*WILLOW, "一号站"], [*WILLOW, "二号站"]]
    send(store, tmp_path / "a.xlsx", "stations", [*WHERE, "活动站名称"], *rows)
    before = contents(store)
    report = send(
        store, tmp_path / "b.xlsx", "ledger", [*WHERE, "活动站", "活动站停用日期"], [*WILLOW, "无", "2022-06-30"]
    )
    assert (report.outcome, codes(report)) == ("refused", [("error", "closing-unclear", 2)])
    assert "有2处" in report.faults[0].message
    assert contents(store) == before


# ── contradictory days ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("layer", "header", "cells", "code", "column"),
    [
        ("stations", ["建成日期", "停用日期"], ["2022-05-03", "2021-05-03"], "closed-before-start", "停用日期"),
        ("stations", ["建成日期", "停用日期"], ["2022-05-03", "2022-05-03"], "closed-before-start", "停用日期"),
        ("stations", ["建成日期", "拆除日期"], ["2022年5月", "2022年4月"], "closed-before-start", "拆除日期"),
        ("bases", ["命名日期", "有效期至"], ["2022-05-03", "2021-05-03"], "expired-before-start", "有效期至"),
        ("bases", ["命名日期", "停用日期"], ["2022-05-03", "2021-05-03"], "closed-before-start", "停用日期"),
    ],
)
def test_what_never_was_is_refused(
    store: Store, tmp_path: Path, layer: str, header: list[str], cells: list[str], code: str, column: str
) -> None:
    report = send(store, tmp_path / "a.xlsx", layer, [*WHERE, "名称", *header], [*WILLOW, "甲", *cells])
    assert (report.outcome, codes(report)) == ("refused", [("error", code, 2)])
    line = report.faults[0].line()
    assert all(part in line for part in ("a.xlsx", "Sheet1", "第2行", f"“{column}”列", "请核对"))


@pytest.mark.parametrize(
    ("built", "closed"), [("2022年5月", "2022年5月"), ("2022-05-03", "2022年5月"), ("2022年5月", "2022-05-20")]
)
def test_days_that_may_be_in_order_are_taken(store: Store, tmp_path: Path, built: str, closed: str) -> None:
    header = [*WHERE, "名称", "建成日期", "停用日期"]
    report = send(store, tmp_path / "a.xlsx", "stations", header, [*WILLOW, "甲", built, closed])
    assert (report.outcome, report.faults) == ("stored", ())


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ("2021-01-01、2022-05-01", "update-before-start"),
        ("2021年4月", "update-before-start"),
        ("2022-07-01", "update-after-closing"),
        ("2022-05-03、2022-06-30", None),
        ("2021年5月", None),
        ("无", None),
    ],
)
def test_changes_of_a_board_that_did_not_stand_are_told(
    store: Store, tmp_path: Path, updates: str, expected: str | None
) -> None:
    header = [*WHERE, "名称", "建成日期", "停用日期", "更换日期"]
    row = [*WILLOW, "甲", "2021-05-03", "2022-06-30", updates]
    report = send(store, tmp_path / "a.xlsx", "boards", header, row)
    assert report.outcome == "stored"
    assert [code for _, code, _ in codes(report)] == ([expected] if expected else [])
    assert all(fault.column == "更换日期" for fault in report.faults)


def test_days_after_the_report_and_before_1949(store: Store, tmp_path: Path) -> None:
    header = [*WHERE, "名称", "停用日期"]
    ahead = send(store, tmp_path / "a.xlsx", "stations", header, [*WILLOW, "甲", "2022-12-31"])
    assert (ahead.outcome, codes(ahead)) == ("stored", [("warning", "date-future", 2)])
    assert there(store, AS_OF, date(2022, 12, 31)) == [True, False]
    old = send(store, tmp_path / "b.xlsx", "stations", [*WHERE, "名称", "建成日期"], [*WILLOW, "甲", "1948-12-31"])
    assert codes(old) == [("error", "cell-date", 2)]
    kept = send(store, tmp_path / "c.xlsx", "stations", [*WHERE, "名称", "建成日期"], [*WILLOW, "甲", "1949-10-01"])
    assert kept.outcome == "stored"
    base = [*WHERE, "名称", "命名日期", "有效期至"]
    title = send(store, tmp_path / "d.xlsx", "bases", base, [*WILLOW, "乙", "2022-05-03", "2027-05-02"])
    assert codes(title) == []


# ── against what is stored ───────────────────────────────────────────────────

LIST: list[Any] = [*WHERE, "活动站名称", "建成日期", "停用日期"]


def test_a_closing_before_the_stored_start_is_refused(store: Store, tmp_path: Path) -> None:
    write_book(tmp_path / "甲.xlsx", [LIST, [*WILLOW, "一号站", "2020-05-03", None]])
    write_book(tmp_path / "乙.xlsx", [LIST, [*WILLOW, "一号站", None, "2019-01-01"]])
    told = ("import", "stations", "--store", store.url, "--received-on")
    assert kepu(*told, "2022-09-01", tmp_path / "甲.xlsx").code == 0
    before = contents(store)
    done = kepu(*told, "2022-10-01", tmp_path / "乙.xlsx")
    assert done.code == 2
    (line,) = [line for line in done.lines if "错误" in line]
    for part in (
        "乙.xlsx",
        "第2行",
        "“停用日期”",
        "2019-01-01",
        "2020-05-03",
        "第1批 甲.xlsx 工作表“Sheet1” 第2行",
        "kepu undo 1",
    ):
        assert part in line, line
    assert contents(store) == before


def test_the_report_that_told_the_start_is_named(store: Store, tmp_path: Path) -> None:
    send(store, tmp_path / "a.xlsx", "stations", LIST, [*WILLOW, "一号站", "2020-05-03", None], day=date(2022, 7, 1))
    send(store, tmp_path / "b.xlsx", "stations", LIST, [*WILLOW, "一号站", None, None], day=date(2022, 8, 1))
    report = send(store, tmp_path / "c.xlsx", "stations", LIST, [*WILLOW, "一号站", None, "2019-01-01"])
    assert report.outcome == "refused"
    assert "第1批 a.xlsx" in report.faults[0].message


def test_an_older_list_that_comes_late_contradicts_a_newer_closing(store: Store, tmp_path: Path) -> None:
    send(store, tmp_path / "a.xlsx", "stations", LIST, [*WILLOW, "一号站", None, "2019-01-01"])
    row = [*WILLOW, "一号站", "2020-05-03", None]
    late = send(store, tmp_path / "b.xlsx", "stations", LIST, row, day=date(2022, 9, 1))
    assert (late.outcome, codes(late)) == ("refused", [("error", "closed-before-start", 2)])
    newer = send(store, tmp_path / "b.xlsx", "stations", LIST, row, day=date(2022, 11, 1))
    assert (newer.outcome, codes(newer)) == ("stored", [("note", "reopened", 2)])
    assert there(store, date(2022, 10, 31), date(2022, 11, 1)) == [False, True]


def test_what_closed_and_is_listed_again_is_told(store: Store, tmp_path: Path) -> None:
    send(store, tmp_path / "a.xlsx", "stations", LIST, [*WILLOW, "一号站", None, "2022-06-30"], day=date(2022, 7, 1))
    report = send(store, tmp_path / "b.xlsx", "stations", LIST, [*WILLOW, "一号站", None, None])
    assert (report.outcome, codes(report)) == ("stored", [("warning", "closed-listed", 2)])
    assert "已于2022-06-30停用（第1批 a.xlsx" in report.faults[0].message
    assert there(store, AS_OF) == [False]


def test_a_change_of_a_stored_board_that_did_not_stand(store: Store, tmp_path: Path) -> None:
    header = [*WHERE, "宣传栏名称", "建成日期", "更换日期"]
    send(store, tmp_path / "a.xlsx", "boards", header, [*WILLOW, "东墙栏", "2021-05-03", None], day=date(2022, 7, 1))
    report = send(store, tmp_path / "b.xlsx", "boards", header, [*WILLOW, "东墙栏", None, "2021-01-01"])
    assert codes(report) == [("warning", "update-before-start", 2)]


def test_a_complete_list_does_not_miss_what_closed(store: Store, tmp_path: Path) -> None:
    rows = [[*WILLOW, "一号站", None, "2022-06-30"], [*WILLOW, "二号站", None, None]]
    send(store, tmp_path / "a.xlsx", "stations", LIST, *rows, day=date(2022, 7, 1))
    report = send(store, tmp_path / "b.xlsx", "stations", LIST, [*WILLOW, "三号站", None, None], complete=True)
    assert [fault.message for fault in report.faults if fault.code == "complete-lacks"] == []
    other = [["河口街道", "河口社区", "甲站", None, None]]
    report = send(store, tmp_path / "c.xlsx", "stations", LIST, *other, complete=True)
    assert sorted("二号站" in f.message or "三号站" in f.message for f in report.faults) == [True, True]


def test_titles_that_expired_are_as_before() -> None:
    rule = {"id": "16.city.bases", "kind": "rows", "unit": "base", "layer": "bases", "measure": "count",
            "threshold": 1, "meets": {"level": ["region"]}}  # fmt: skip
    base = {"unit_code": PLACE, "name": "基地", "level": "region", "expires_on": date(2022, 8, 31)}
    (told,) = judged(rule, layers_of(bases=[base])).findings
    assert (told["state"], told["reason"]) == ("not_met", "命名已于2022-08-31到期")
    assert not list(judged(rule, layers_of(bases=[base | {"closed_on": JUNE_30}])).findings)
    assert MONTH_FLAGS["closed_on"] == "closed_month_only"
