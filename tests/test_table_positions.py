"""Lists in every datum and form, imported: what is stored, what is told, what is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
import shapely

from geo.bundled import bundled_place
from geo.crs import Datum, from_cgcs2000
from geo.files.sheets import RawTable
from geo.intake.datums import Reading
from geo.intake.imports import import_file
from geo.intake.landmarks import Known
from geo.intake.normalise import Normaliser
from tests.demo import demo_store
from tests.stored import contents, fresh_store
from tests.support import county
from tests.test_datums import metres, written
from tests.writing import write_book

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from geo.intake.harvest import Harvest
    from geo.intake.imports import ImportReport
    from geo.store import Store
    from geo.words.cells import Cell

WHERE = ("代码", "名称")
LONLAT = ("经度", "纬度")
VILLAGES = county().villages.set_index("code")[["lon", "lat"]]
GRID = county().working_crs
ZONED = f"EPSG:{int(GRID.split(':')[1]) - 21}"


@pytest.fixture
def points() -> np.ndarray[Any, np.dtype[np.float64]]:
    """A facility near each village."""
    return np.asarray(VILLAGES.to_numpy(float) + np.random.default_rng(1).normal(0, 0.001, (len(VILLAGES), 2)))


def harvest(
    header: Sequence[str], rows: Sequence[Sequence[Cell]], *, known: Sequence[Known] = (), datum: Datum | None = None
) -> Harvest:
    """Read a list of stations; each row tells its coordinates, its unit is one village after the other."""
    body = tuple((code, f"站{n}", *row) for n, (code, row) in enumerate(zip(VILLAGES.index, rows, strict=False)))
    table = RawTable("a.xlsx", "表", (*WHERE, *header), body)
    return Normaliser(county(), datum, known=lambda: known).read([table], "stations")


def stations(points: np.ndarray[Any, Any], count: int | None = None) -> list[Known]:
    """The same facilities, in the store."""
    listed = list(zip(VILLAGES.index, points.tolist(), strict=True))[:count]
    return [Known("stations", f"ZD-{n}", code, f"站{n}", *at) for n, (code, at) in enumerate(listed)]


def told(found: Harvest, severity: str | None = None) -> list[str]:
    return [f.code for f in found.faults if severity in (None, f.severity) and f.code != "outside-township"]


def line(found: Harvest, code: str) -> str:
    (fault,) = [fault for fault in found.faults if fault.code == code]
    return fault.line()


def off(found: Harvest, points: np.ndarray[Any, Any]) -> float:
    """The most by which a stored point is off the truth, in metres."""
    records = found.records["stations"]
    assert len(records) == len(points), [fault.line() for fault in found.faults]
    return float(metres(shapely.get_coordinates([record["geometry"] for record in records]), points).max())


# ── datums ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_an_offset_list_is_converted_and_says_why(datum: Datum, points: Any) -> None:
    rows = written(points, Reading(datum)).tolist()
    found = harvest(LONLAT, rows, known=stations(points))
    assert off(found, points) <= 0.1
    assert {record["datum"] for record in found.records["stations"]} == {datum}
    assert told(found, "warning") == ["datum-judged"]
    count = len(points)
    assert f"{count}个点中{count}个与已登记位置相差不到1米；按 CGCS2000 则相差约" in line(found, "datum-judged")
    assert list(found.datums) == [datum]


def test_a_list_in_cgcs2000_is_a_note(points: Any) -> None:
    found = harvest(LONLAT, points.tolist(), known=stations(points))
    assert told(found) == ["datum-judged"]
    assert line(found, "datum-judged").startswith("说明：a.xlsx · 工作表“表”：坐标判断为 CGCS2000：")
    assert off(found, points) <= 0.1


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_list_that_nothing_tells_of_is_assumed(known: int, points: Any) -> None:
    rows = written(points, Reading("gcj02")).tolist()
    found = harvest(LONLAT, rows, known=stations(points, known))
    assert off(found, np.array(rows)) <= 0.1  # as written
    assert list(found.datums) == ["assumed"]
    if known:
        assert told(found, "warning") == ["datum-doubtful"]
        assert "更像 GCJ-02" in line(found, "datum-doubtful")
        assert "依据不足以断定" in line(found, "datum-doubtful")
    else:
        assert told(found) == ["datum-assumed"]


def test_points_of_an_assumed_datum_raise_doubts_and_prove_nothing(points: Any) -> None:
    known = [one._replace(assumed=True) for one in stations(points)]
    assert told(harvest(LONLAT, points.tolist(), known=known)) == ["datum-assumed"]
    rows = written(points, Reading("gcj02"))
    found = harvest(LONLAT, rows.tolist(), known=known)
    assert told(found) == ["datum-doubtful"]
    assert off(found, rows) <= 0.1  # as written
    assert not told(harvest(LONLAT, rows.tolist(), known=known, datum="cgcs2000"))
    proven = harvest(LONLAT, rows.tolist(), known=[*known, *stations(points)])
    assert told(proven) == ["datum-judged"]
    assert off(proven, points) <= 0.1


def test_a_declared_datum_is_kept_to_and_doubted(points: Any) -> None:
    rows = written(points, Reading("gcj02")).tolist()
    for header, cells, datum in (
        (LONLAT, rows, "cgcs2000"),
        ((*LONLAT, "坐标系"), [(*r, "天地图") for r in rows], None),
    ):
        found = harvest(header, cells, known=stations(points), datum=datum)  # type: ignore[arg-type]
        assert told(found) == ["datum-contradicts"]
        text = line(found, "datum-contradicts")
        assert "注明的坐标系是 CGCS2000，数据却像 GCJ-02（高德、腾讯）" in text
        assert "仍按注明的读取" in text
        assert off(found, np.array(rows)) <= 0.1
    assert not told(harvest(LONLAT, rows, known=stations(points), datum="gcj02"))
    assert not told(harvest(LONLAT, points.tolist(), known=stations(points), datum="wgs84"))


def test_rows_that_name_a_datum_and_those_that_do_not_are_judged_apart(points: Any) -> None:
    rows = written(points, Reading("gcj02")).tolist()
    cells = [(*row, "百度" if n < 4 else None) for n, row in enumerate(rows)]
    cells[:4] = [(*row, "百度") for row in written(points[:4], Reading("bd09")).tolist()]
    found = harvest((*LONLAT, "坐标系"), cells, known=stations(points))
    assert off(found, points) <= 0.1
    assert told(found) == ["datum-judged"]
    assert [record["datum"] for record in found.records["stations"]] == ["bd09"] * 4 + ["gcj02"] * (len(points) - 4)


def test_rows_in_another_datum_than_the_rest_are_marked(points: Any) -> None:
    rows = points.tolist()
    rows[2], rows[5] = (from_cgcs2000(rows[n][0], rows[n][1], "gcj02") for n in (2, 5))
    found = harvest(LONLAT, rows, known=stations(points))
    marked = [(f.row, f.column, f.severity) for f in found.faults if f.code == "datum-mixed"]
    assert marked == [(4, "经度", "warning"), (7, "经度", "warning")]


@pytest.mark.parametrize("grid", [None, GRID])
def test_an_old_datum_is_no_known_one_and_is_told(grid: str | None, points: Any) -> None:
    found = harvest(
        LONLAT, written(points + np.array([0.0012, 0]), Reading(grid=grid)).tolist(), known=stations(points)
    )
    assert told(found, "warning") == ["datum-astray"]
    assert "大多相差约11" in line(found, "datum-astray")


def test_half_and_half_is_neither(points: Any) -> None:
    rows = points.tolist()
    rows[::2] = [from_cgcs2000(lon, lat, "gcj02") for lon, lat in rows[::2]]
    found = harvest(LONLAT, rows, known=stations(points))
    assert "datum-judged" not in told(found)
    assert list(found.datums) == ["assumed"]
    assert told(found).count("datum-mixed") == len(rows[::2])


# ── forms ────────────────────────────────────────────────────────────────────


def dms(value: float) -> str:
    minutes, seconds = divmod(value * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return f"{degrees:.0f}°{minutes:.0f}′{seconds:.4f}″"


def packed(value: float) -> float:
    minutes, seconds = divmod(value * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return float(f"{degrees:.0f}.{minutes:02.0f}{seconds * 10000:06.0f}")


FORMS: dict[str, tuple[Sequence[str], Callable[[float, float], Sequence[Cell]], str]] = {
    "sexagesimal": (LONLAT, lambda x, y: (dms(x), dms(y)), "coordinates-sexagesimal"),
    "packed": (("经度(度.分秒)", "纬度(度.分秒)"), lambda x, y: (packed(x), packed(y)), "coordinates-sexagesimal"),
    "joined": (("经纬度",), lambda x, y: (f"{x:.7f},{y:.7f}",), "coordinates-joined"),
    "joined in one of two": (LONLAT, lambda x, y: (f"{x:.7f}，{y:.7f}", None), "coordinates-joined"),
    "joined with words": (("坐标",), lambda x, y: (f"东经{x:.7f} 北纬{y:.7f}",), "coordinates-joined"),
    "joined, latitude first": (("坐标",), lambda x, y: (f"{y:.7f},{x:.7f}",), "axes-turned"),
    "units in the header": (("经度(度)", "纬度(°)"), lambda x, y: (x, y), "datum-assumed"),
    "swapped": (LONLAT, lambda x, y: (y, x), "axes-turned"),
    "words in the wrong columns": (LONLAT, lambda x, y: (f"{y:.7f}N", f"{x:.7f}E"), "datum-assumed"),
    "x and y": (("X坐标", "Y坐标"), lambda x, y: (y, x), "axes-turned"),
}


@pytest.mark.parametrize("form", FORMS)
def test_degrees_in_every_form(form: str, points: Any) -> None:
    header, write, code = FORMS[form]
    found = harvest(header, [write(*point) for point in points.tolist()])
    assert off(found, points) <= 0.1
    assert code in told(found)
    assert told(found, "warning") == (["axes-turned"] if form == "swapped" else [])


@pytest.mark.parametrize("header", [LONLAT, ("X坐标", "Y坐标"), ("横坐标", "纵坐标"), ("X(m)", "Y(m)")])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("grid", [GRID, ZONED])
def test_metres(grid: str, header: Sequence[str], points: Any, *, swapped: bool) -> None:
    found = harvest(header, written(points, Reading(grid=grid, swapped=swapped)).tolist())
    assert off(found, points) <= 0.1
    assert told(found) == ["datum-judged"]
    text = line(found, "datum-judged")
    assert f"CGCS2000 三度带投影，中央经线102°E，{'不带带号' if grid == GRID else '带号34'}（{grid}）" in text
    assert ("北坐标" in text) is swapped
    assert list(found.datums) == [Reading(grid=grid, swapped=swapped).key, "assumed"]
    assert {record["datum"] for record in found.records["stations"]} == {"cgcs2000"}


def test_degrees_stand_beside_metres(points: Any) -> None:
    """The degrees are read."""
    rows = np.column_stack([points, written(points, Reading(grid=GRID)) + 500]).tolist()
    found = harvest((*LONLAT, "X坐标", "Y坐标"), rows)
    assert off(found, points) <= 0.1
    assert told(found) == ["datum-assumed"]


def test_faults_of_metres_name_their_column(points: Any) -> None:
    rows = [("某处", 5.0), (None, 5.0), *written(points[2:], Reading(grid=GRID)).tolist()]
    found = [f for f in harvest(("X坐标", "Y坐标"), rows).faults if f.severity == "error"]
    assert [(f.code, f.row, f.column) for f in found] == [("cell-number", 2, "X坐标"), ("coordinate-half", 3, "X坐标")]


def test_metres_as_text(points: Any) -> None:
    rows = [[f"{east:,.2f}", f"{north:.2f}"] for east, north in written(points, Reading(grid=GRID))]
    assert off(harvest(("横坐标", "纵坐标"), rows), points) <= 0.1


def test_metres_of_nowhere_are_asked_for_once(points: Any) -> None:
    rows = (written(points, Reading(grid=GRID)) + np.array([0, 700_000.0])).tolist()
    found = harvest(LONLAT, rows)
    assert told(found) == ["datum-unsure"]
    assert "都不落在本地范围内" in line(found, "datum-unsure")
    assert not found.records


def test_metres_on_an_offset_datum_are_refused(points: Any) -> None:
    found = harvest(LONLAT, written(points, Reading(grid=GRID)).tolist(), datum="bd09")
    assert told(found, "error") == ["datum-contradicts"]
    assert not found.records


def test_two_swapped_rows_are_asked_for(points: Any) -> None:
    assert told(harvest(LONLAT, points[:2, ::-1].tolist()), "error") == ["axes-swapped"] * 2


def test_one_row_unlike_the_others_is_an_error(points: Any) -> None:
    rows = points.tolist()
    rows[3] = rows[3][::-1]
    found = harvest(LONLAT, rows)
    assert [(f.code, f.row) for f in found.faults if f.severity == "error"] == [("axes-swapped", 5)]
    rows[3] = written(points[3:4], Reading(grid=GRID))[0].tolist()
    assert [(f.code, f.row) for f in harvest(LONLAT, rows).faults if f.severity == "error"] == [("coordinate-range", 5)]
    rows = written(points, Reading(grid=GRID)).tolist()
    rows[3] = points[3].tolist()
    (fault,) = [f for f in harvest(LONLAT, rows).faults if f.severity == "error"]
    assert (fault.code, fault.row, fault.column) == ("coordinate-form", 5, "经度")
    assert "以米为单位" in fault.remedy


@pytest.mark.parametrize(
    ("cells", "code", "message"),
    [
        ((math.inf, 30.1), "cell-number", "无穷大"),
        (("NaN", "NaN"), "cell-number", "应为经纬度"),
        ((math.nan, 30.1), "coordinate-half", "只填了一个"),
        ((2019.0, 2099.0), "coordinate-range", "年份"),
        ((1900, 30.1), "coordinate-range", "年份"),
        ((-102.1, 30.1), "coordinate-range", "负数"),
        ((13800138000.0, 30.1), "coordinate-range", "不是以度为单位"),
        (("102°75′", "30°6′"), "cell-number", "小于60"),
        (("#REF!", "#REF!"), "cell-number", "公式错误"),
    ],
)
def test_nonsense_has_a_clear_message(cells: Sequence[Cell], code: str, message: str, points: Any) -> None:
    rows = [cells, *points[1:].tolist()]
    (fault,) = [fault for fault in harvest(LONLAT, rows).faults if fault.severity == "error"]
    assert (fault.code, fault.row) == (code, 2)
    assert message in fault.message
    assert fault.remedy
    assert told(harvest(LONLAT, [cells]), "error") == [code]


def of_ledger(*header: str, cells: Sequence[Cell]) -> Harvest:
    table = RawTable("a.xlsx", "表", ("代码", *header), ((VILLAGES.index[0], *cells),))
    return Normaliser(county()).read([table], "ledger")


@pytest.mark.parametrize(
    ("header", "cells", "placed"),
    [
        (("活动站", "科普员", *LONLAT), ("有", 2, 102.05, 30.07), "stations"),
        (("宣传栏", "宣传栏更换日期", *LONLAT), ("有", "2022-05-03", 102.05, 30.07), "boards"),
        (("活动站", "宣传栏", "宣传栏·经度", "宣传栏·纬度"), ("有", "有", 102.05, 30.07), "boards"),
        (("活动站", "坐标·经度", "坐标·纬度"), ("有", 102.05, 30.07), "stations"),
        (("活动站", "经纬度"), ("有", "102.05,30.07"), "stations"),
    ],
)
def test_a_ledgers_coordinates_are_those_of_its_one_group_of_facilities(
    header: Sequence[str], cells: Sequence[Cell], placed: str
) -> None:
    found = of_ledger(*header, cells=cells)
    point = found.records[placed][0]["geometry"]
    assert (round(point.x, 2), round(point.y, 2)) == (102.05, 30.07)
    assert all(r.get("geometry") is None for name in found.records if name != placed for r in found.records[name])
    assert "coordinates-of" in told(found)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (("活动站", "宣传栏", *LONLAT), ("有", "无", 102.05, 30.07)),
        (("活动站", "村委会·经度", "村委会·纬度"), ("有", 102.05, 30.07)),
        (("科普员", "科普组织", *LONLAT), (1, "有", 102.05, 30.07)),
    ],
)
def test_a_ledgers_coordinates_that_may_be_of_several_things_are_not_read(
    header: Sequence[str], cells: Sequence[Cell]
) -> None:
    found = of_ledger(*header, cells=cells)
    assert told(found) == ["coordinates-unread"]
    assert all(record.get("geometry") is None for records in found.records.values() for record in records)


def test_a_ledgers_unit_without_the_facility_has_no_place() -> None:
    found = of_ledger("活动站", *LONLAT, cells=("无", 102.05, 30.07))
    assert not found.records
    assert [row["layer"] for row in found.none] == ["stations"]


# ── the store ────────────────────────────────────────────────────────────────


def bring(store: Store, path: Path, rows: np.ndarray[Any, Any], **options: Any) -> ImportReport:
    named = [(code, f"站{n}", *row) for n, (code, row) in enumerate(zip(VILLAGES.index, rows.tolist(), strict=False))]
    if not path.exists():
        write_book(path, [(*WHERE, *LONLAT), *named])
    return import_file(store, path, "stations", **options)


def codes(report: ImportReport) -> set[str]:
    return {fault.code for fault in report.faults}


def test_stored_facilities_are_what_the_next_list_is_held_against(tmp_path: Path, points: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    assert bring(store, tmp_path / "测量.xlsx", points, datum="cgcs2000").outcome == "stored"
    assert "datum-judged" in codes(bring(store, tmp_path / "高德.xlsx", written(points, Reading("gcj02"))))
    assert [batch.datum for batch in store.batches()] == ["cgcs2000", "auto: gcj02"]
    found = store.layers()["stations"]
    assert set(found["datum"]) == {"gcj02"}
    assert metres(shapely.get_coordinates(found.sort_values("unit_code").geometry), points).max() <= 0.1
    before = contents(store)
    again = bring(store, tmp_path / "高德.xlsx", written(points, Reading("gcj02")))
    assert again.outcome == "unchanged"
    assert contents(store) == before


def test_what_was_assumed_before_does_not_confirm_itself(tmp_path: Path, points: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    for outcome in ("stored", "unchanged"):
        report = bring(store, tmp_path / "a.xlsx", written(points, Reading("gcj02")))
        assert report.outcome == outcome
        assert "datum-assumed" in codes(report)
    assert [batch.datum for batch in store.batches()] == ["auto: assumed"]


def test_rows_that_name_their_datum_are_proven_points(tmp_path: Path, points: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    listed = zip(VILLAGES.index, points.tolist(), strict=True)
    rows = [(code, f"站{n}", *point, "天地图") for n, (code, point) in enumerate(listed)]
    path = write_book(tmp_path / "a.xlsx", [(*WHERE, *LONLAT, "坐标系"), *rows])
    assert import_file(store, path, "stations").outcome == "stored"
    assert [batch.datum for batch in store.batches()] == ["auto: cgcs2000"]
    with store.reading() as seen:
        assert {one.assumed for one in seen.points()} == {False}
    assert "datum-judged" in codes(bring(store, tmp_path / "b.xlsx", written(points, Reading("bd09")), dry_run=True))
    rows[0] = (*rows[0][:-1], None)  # one row names none
    path = write_book(tmp_path / "c.xlsx", [(*WHERE, *LONLAT, "坐标系"), *rows])
    assert "datum-assumed" in codes(import_file(store, path, "stations"))
    assert store.batches()[-1].datum == "auto: cgcs2000, assumed"


def test_a_batch_that_is_undone_tells_nothing(tmp_path: Path, points: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    report = bring(store, tmp_path / "测量.xlsx", points, datum="cgcs2000")
    assert report.batch is not None
    store.undo(report.batch)
    assert "datum-assumed" in codes(bring(store, tmp_path / "高德.xlsx", written(points, Reading("gcj02"))))


def test_a_word_overrules_what_is_believed(tmp_path: Path, points: Any) -> None:
    store = fresh_store(tmp_path / "k.db")
    bring(store, tmp_path / "测量.xlsx", points, datum="cgcs2000")
    report = bring(store, tmp_path / "高德.xlsx", written(points, Reading("gcj02")), datum="cgcs2000")
    assert report.outcome == "stored"
    assert "datum-contradicts" in codes(report)
    assert set(store.layers()["stations"]["datum"]) == {"cgcs2000"}


def test_the_demo_list_in_gcj02_is_found_out_once_its_places_are_known(tmp_path: Path) -> None:
    """Without its declaration: as GCJ-02 where the store knows its facilities; not sure, and not misread, where not."""
    store = demo_store(tmp_path / "demo.db")
    name = "31_滨湖镇_科普活动站.xlsx"
    book = openpyxl.load_workbook(bundled_place("changji") / "submissions" / name)
    sheet = book["数据"]
    (column,) = [cell.column for cell in sheet[1] if cell.value == "坐标系"]
    sheet.delete_cols(column)
    book.save(tmp_path / "再报.xlsx")
    report = import_file(store, tmp_path / "再报.xlsx", "stations", dry_run=True)
    (fault,) = [fault for fault in report.faults if fault.code == "datum-judged"]
    assert "GCJ-02" in fault.message
    assert "7个点中7个与已登记位置相差不到1米" in fault.message
    (declared,) = [batch for batch in store.batches() if batch.datum == "gcj02"]
    store.undo(declared.batch)
    assert "datum-judged" not in codes(import_file(store, tmp_path / "再报.xlsx", "stations", dry_run=True))
    store.close()
