"""Columns without a telling header are known by what they hold, or asked about; telephone numbers stay private."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.files.sheets import RawTable
from geo.intake.columns import map_columns
from geo.intake.contents import content_of
from geo.intake.imports import import_file
from geo.intake.normalise import Normaliser
from tests.stored import fresh_store
from tests.support import county
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.faults import Fault
    from geo.intake.columns import Field
    from geo.words.cells import Cell

WHERE = ("乡镇", "村", "名称")
PHONE = "13900000000"


def mapped(
    layer: str, headers: tuple[str, ...], *rows: tuple[Cell, ...], called: dict[str, str] | None = None
) -> tuple[dict[str, Field], list[Fault]]:
    body = tuple(("云岭镇", f"{n}村", f"{n}号", *row) for n, row in enumerate(rows, start=1))
    return map_columns(RawTable("a.xlsx", "表", (*WHERE, *headers), body), layer, called, None, near)


def near(lon: float, lat: float) -> bool:
    return abs(lon - 102) < 1 and abs(lat - 30) < 1


def told(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.severity, fault.code) for fault in faults]


PLACES = [(102.0512, 30.1871), (102.0513, 30.1873), (102.0514, 30.1875)]
METRES = [(408_721.5, 3_340_107.2), (408_731.5, 3_340_117.2), (408_741.5, 3_340_127.2)]


@pytest.mark.parametrize("header", ["", "列5", "备注2", "数据", "X1", "某某"])
def test_coordinates_are_told_by_content_under_any_header(header: str) -> None:
    for rows in (PLACES, METRES):
        names = ("lon", "lat") if rows is PLACES else ("x", "y")
        found, faults = mapped("stations", (header and f"{header}a", header), *((b, a) for a, b in rows))
        assert [found[name].position for name in names] == [4, 3]
        assert told(faults) == [("note", "column-by-content")] * 2
        assert all("按内容" in fault.message for fault in faults)


@pytest.mark.parametrize("rows", [["102.0512,30.1871"] * 3, ["东经102.0512 北纬30.1871"] * 3])
def test_two_numbers_in_one_cell_are_a_position(rows: list[str]) -> None:
    found, _ = mapped("stations", ("备注",), *((text,) for text in rows))
    assert (found["position"].position, "remark" in found) == (3, False)


def test_degrees_minutes_and_seconds_are_told_by_content() -> None:
    found, _ = mapped("stations", ("列1", "列2"), *[("102°3′5″", "30°11′14″")] * 3)
    assert (found["lon"].position, found["lat"].position) == (3, 4)


@pytest.mark.parametrize("headers", [("X", "Y"), ("E", "N"), ("x轴", "y轴"), ("东", "北")])
@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ((102.1, 30.2), {"lon": 3, "lat": 4}),
        ((30.2, 102.1), {"lon": 4, "lat": 3}),
        ((408_721, 3_340_107), {"x": 3, "y": 4}),
        ((3_340_107, 34_408_721), {"x": 4, "y": 3}),
    ],
)
def test_letters_of_axes_need_but_one_row_and_tell_no_order(
    headers: tuple[str, str], row: tuple[float, float], columns: dict[str, int]
) -> None:
    found, _ = mapped("stations", headers, row)
    assert {name: at.position for name, at in found.items() if name in ("lon", "lat", "x", "y")} == columns


@pytest.mark.parametrize(
    "rows",
    [
        [(112.0512, 30.1871)] * 3,  # elsewhere in China
        [(80.0, 30.0), (90.0, 40.0), (100.0, 50.0)],  # areas, lengths
        PLACES[:2],
        [*PLACES, ("见附件", "见附件")],
    ],
)
def test_what_is_not_plainly_a_place_here_is_not_read(rows: list[tuple[Cell, ...]]) -> None:
    found, faults = mapped("stations", ("列1", "列2"), *rows)
    assert not {"lon", "lat", "x", "y", "position"} & found.keys()
    assert {code for _, code in told(faults)} == {"column-unknown"}


def test_a_third_column_of_degrees_makes_it_unclear() -> None:
    found, faults = mapped("stations", ("列1", "列2", "列3"), *((a, b, b) for a, b in PLACES))
    assert not {"lon", "lat"} & found.keys()
    assert all("填的像" in fault.message for fault in faults)


def test_the_one_column_of_days_that_a_layer_knows_is_taken() -> None:
    days: list[tuple[Cell, ...]] = [(date(2022, 5, 3),), ("2022年5月4日",), (20220505,)]
    found, faults = mapped("activities", ("列4",), *days)
    assert found["date"].position == 3
    assert told(faults)[0] == ("note", "column-by-content")


@pytest.mark.parametrize("header", ["", "列4", "检查"])
def test_days_that_may_be_several_columns_are_asked_about(header: str) -> None:
    found, (fault,) = mapped("boards", (header,), *[("2022-05-03",)] * 3)
    assert not {"updates", "built_on", "last_update"} & found.keys()
    assert fault.severity == "warning"
    assert "像日期" in fault.message
    written = header or "第4列"
    assert f"--column {written}=" in fault.remedy
    assert fault.asked is not None
    assert (fault.asked.field, fault.asked.written) == ("column", written)
    assert {c.reason for c in fault.candidates} == {"像日期"}
    assert {"更换日期", "建成日期"} <= {c.name for c in fault.candidates}
    found, faults = mapped("boards", (header,), *[("2022-05-03",)] * 3, called={written: "更换日期"})
    assert (found["updates"].position, faults) == (3, [])


def test_a_telling_header_is_never_overruled_by_days() -> None:
    found, faults = mapped("activities", ("报名截止",), *[("2022-05-03",)] * 3)
    assert "date" not in found
    assert ("warning", "column-unknown") in told(faults)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([PHONE], "phone"), (["张三 139-0000-0000"], "phone"), (["0994-2345678"], "phone"),
        ([PHONE, "本人", ""], "phone"), (["本人", "暂无号码", PHONE], None), (["990101001001"] * 3, None),
        (["某镇某村科普活动站13900000000"], None), (["2022.5"] * 3, None), ([2022.5] * 3, None), ([44_000] * 3, None),
        (["5月3日"] * 3, "days"), (["2022-05-03"] * 9 + ["不详"], "days"), (["2022-05-03"] * 8 + ["不详"] * 2, None),
        (["2022-05-03"] * 2, None), ([102.5] * 3, None), ([102.5123] * 3, "lon"), ([60] * 3, None),
    ],
)  # fmt: skip
def test_a_kind_is_told_by_a_share_of_enough_cells(cells: list[Cell], kind: str | None) -> None:
    content = content_of([cell for cell in cells if cell != ""])
    assert (content and content.kind) == kind


@pytest.mark.parametrize("header", ["备注", "备注2", "其他", "", "依托设施", "开放时间"])
def test_telephone_numbers_are_private_wherever_they_stand(tmp_path: Path, header: str) -> None:
    rows = [("云岭镇", "云岭村", "甲站", "60平", PHONE), ("云岭镇", "柳树村", "乙站", 70, PHONE)]
    write_book(tmp_path / "a.xlsx", [("乡镇", "村", "活动站名称", "面积", header), *rows])
    store = fresh_store(tmp_path / "k.db")
    report = import_file(store, tmp_path / "a.xlsx", "stations")
    assert report.outcome == "stored"
    assert PHONE not in str(report.to_dict())
    assert PHONE not in store.layers()["stations"].to_csv()
    assert {"column-by-content", "column-private"} & {fault.code for fault in report.faults}


def test_a_faults_value_never_shows_a_telephone_number(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    write_book(tmp_path / "a.xlsx", [("乡镇", "村", "活动站名称", "面积"), ("云岭镇", "云岭村", "站", f"问{PHONE}")])
    report = import_file(store, tmp_path / "a.xlsx", "stations")
    (fault,) = [fault for fault in report.faults if fault.code == "cell-number"]
    assert PHONE not in str(report.to_dict()) + fault.line()
    assert "139****" in fault.line()


def harvest(layer: str, header: tuple[str, ...], *rows: tuple[Cell, ...], **options: Any) -> Any:
    table = RawTable("a.xlsx", "表", header, rows)
    return Normaliser(county(), **options).read([table], layer)


def test_a_telephone_number_alone_says_nothing_of_a_facility() -> None:
    for header in ("备注", "联系电话"):
        found = harvest("stations", ("乡镇", "村", "活动站名称", "面积", header), ("云岭镇", "云岭村", "", "", PHONE))
        assert not found.records
        assert [row["layer"] for row in found.blank] == ["stations"]
    for header, count in (("", 0), ("联系电话", 1)):
        found = harvest("communicators", ("乡镇", "村", "科普员人数", header), ("云岭镇", "云岭村", "", PHONE))
        assert len(found.records.get("communicators", [])) == count


def test_a_list_with_bare_letters_is_placed() -> None:
    rows = [("云岭镇", village, "站", 30.1871, 102.0512) for village in ("云岭村", "柳树村")]
    found = harvest("stations", ("乡镇", "村", "活动站名称", "X", "Y"), *rows)
    point = found.records["stations"][0]["geometry"]
    assert (round(point.x, 3), round(point.y, 3)) == (102.051, 30.187)
