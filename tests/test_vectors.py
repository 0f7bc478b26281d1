"""Vector files as they come: layers read as tables, and all the way into the store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import shapely

from geo.crs import from_cgcs2000
from geo.errors import UnreadableFile
from geo.files.vectors import read_vectors
from geo.intake.imports import import_file
from tests.stored import contents, fresh_store
from tests.support import WILLOW_RIVER
from tests.vector_files import FORMATS, ROWS, WILLOW, a_shapefile, codes, geojson, layer, stations, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.store import Store

# -- each format, all the way ----------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


@pytest.mark.parametrize("make", FORMATS)
def test_every_format_becomes_records(store: Store, tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    report = import_file(store, path, "stations")
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    assert {fault.severity for fault in report.faults} == {"note"}, [fault.line() for fault in report.faults]
    found = {row["name"]: row for row in store.layers()["stations"].to_dict("records")}
    assert list(found) == (["柳树站"] if path.suffix == ".gpx" else ["柳树站", "云岭站"])
    willow = found["柳树站"]
    assert (willow["unit_code"], willow["area_m2"], willow["file"], willow["row"]) == (WILLOW_RIVER, 60.5, path.name, 2)
    assert (willow["geometry"].x, willow["geometry"].y) == pytest.approx(WILLOW, abs=2e-7)
    assert all(row["geometry"] is None for name, row in found.items() if name == "云岭站")
    again = import_file(store, path, "stations")
    assert again.outcome == "unchanged"


def test_a_changed_attribute_table_is_another_file(store: Store, tmp_path: Path) -> None:
    """The .shp stays as it was: all parts of a shapefile tell it."""
    path = a_shapefile(tmp_path)
    assert import_file(store, path, "stations").batch == 1
    write(path, stations(4490).assign(面积=[70.0, float("nan")]), encoding="UTF-8")
    assert import_file(store, path, "stations").outcome == "stored"


def test_auto_takes_layers_by_their_names(store: Store, tmp_path: Path) -> None:
    unit = {"乡镇": "河口街道", "村": "柳树村"}
    stands = layer([{**unit, "名称": "柳树站", "面积": 60.5, "依托设施": "村委会"}], [WILLOW])
    boards = layer([{**unit, "名称": "一号栏", "长度": 3, "更换日期": "2022-09-01"}], [WILLOW])
    path = write(tmp_path / "两类.gpkg", stands, layer="科普活动站")
    write(path, boards, layer="宣传栏", append=True)
    report = import_file(store, path, "auto")
    assert dict(report.records) == {"stations": 1, "boards": 1}, [fault.line() for fault in report.faults]


def test_faults_name_the_feature(store: Store, tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "站.geojson",
        {"乡镇": "河口街道", "村": "柳树村", "名称": "甲", "面积": 1, "at": WILLOW},
        {"乡镇": "河口街道", "村": "没有村", "名称": "乙", "面积": 1, "at": WILLOW},
        {"乡镇": "河口街道", "村": "柳树村", "名称": "丙", "面积": 1, "at": (30.18, 102.05)},
    )
    before = contents(store)
    report = import_file(store, path, "stations")
    assert report.outcome == "refused"
    found = {(fault.code, fault.row) for fault in report.faults if fault.severity == "error"}
    assert {row for _, row in found} == {3, 4}
    assert ("axes-swapped", 4) in found
    assert contents(store) == before


# -- datums and coordinate systems -----------------------------------------------------


def test_a_declared_datum_holds_against_the_format(store: Store, tmp_path: Path) -> None:
    """People export from web maps and call it WGS 84."""
    path = write(tmp_path / "站.geojson", layer(ROWS[:1], [from_cgcs2000(*WILLOW, "gcj02")]))
    assert import_file(store, path, "stations", datum="gcj02").outcome == "stored"
    (row,) = store.layers()["stations"].to_dict("records")
    assert (row["geometry"].x, row["geometry"].y) == pytest.approx(WILLOW, abs=2e-7)
    assert row["datum"] == "gcj02"


def test_a_row_names_its_own_datum(tmp_path: Path) -> None:
    (table,) = read_vectors(geojson(tmp_path / "站.geojson", {"村": "甲", "坐标系": "百度", "at": WILLOW}))
    assert table.header == ("村", "坐标系", "经度", "纬度")
    assert table.body == (("甲", "百度", *WILLOW),)


@pytest.mark.parametrize(
    ("crs", "datum"), [(4326, "WGS 84"), (32648, "WGS 84"), (4490, "CGCS2000"), (4522, "CGCS2000")]
)
def test_projected_coordinates_are_turned_into_degrees(tmp_path: Path, crs: int, datum: str) -> None:
    (table,) = read_vectors(write(tmp_path / "站.gpkg", stations(crs)))
    *_, lon, lat, told = table.body[0]
    assert (lon, lat) == pytest.approx(WILLOW, abs=2e-8)
    assert told == datum
    assert table.body[1][-3:] == (None, None, None)


def test_geojson_of_the_old_kind_names_its_system(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4543"}}
    projected = shapely.get_coordinates(stations(4543).geometry.to_numpy())[0].tolist()
    path = geojson(tmp_path / "站.geojson", {"村": "甲", "at": projected}, crs=crs)
    assert read_vectors(path)[0].body[0][1:3] == pytest.approx(WILLOW, abs=2e-8)


def test_a_missing_prj_is_asked_for(tmp_path: Path) -> None:
    path = a_shapefile(tmp_path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(UnreadableFile) as caught:
        read_vectors(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.sheet) == ("file-crs", "站")
    assert ".prj" in fault.message
    assert "--datum" in fault.remedy
    (table,) = read_vectors(path, datum="bd09")
    assert table.body[0][-3:] == (*WILLOW, "BD-09")


def test_a_datum_alone_does_not_tell_a_projection(tmp_path: Path) -> None:
    path = write(tmp_path / "站.shp", stations(4543), encoding="UTF-8")
    path.with_suffix(".prj").write_text("不是坐标系", encoding="utf-8")
    for datum in (None, "cgcs2000"):
        with pytest.raises(UnreadableFile, match=r"\.prj") as caught:
            read_vectors(path, datum=datum)
        assert [fault.code for fault in caught.value.faults] == ["file-crs"]


@pytest.mark.parametrize("crs", [4610, 4214, 2343])
def test_old_datums_are_refused_by_name(tmp_path: Path, crs: int) -> None:
    path = write(tmp_path / "站.gpkg", layer(ROWS, [(102.0, 30.0), None]).set_crs(crs, allow_override=True))
    with pytest.raises(UnreadableFile, match=r"Xian 1980|Beijing 1954") as caught:
        read_vectors(path)
    assert [fault.code for fault in caught.value.faults] == ["file-crs"]


def test_degrees_that_are_none_are_refused_once(tmp_path: Path) -> None:
    path = geojson(tmp_path / "站.geojson", *[{"村": "甲", "at": (500000.0 + n, 3341000.0)} for n in range(9)])
    with pytest.raises(UnreadableFile, match="不是经纬度") as caught:
        read_vectors(path)
    assert len(caught.value.faults) == 1


# -- what a layer holds ----------------------------------------------------------------


def test_shapes_stand_for_a_point_inside(tmp_path: Path) -> None:
    shapes = [shapely.box(102, 30, 102.2, 30.2), shapely.LineString([(1, 1), (2, 1), (3, 1)]),
              shapely.MultiPoint([WILLOW]), shapely.Point(), shapely.Point(float("nan"), 1)]  # fmt: skip
    (table,) = read_vectors(write(tmp_path / "a.gpkg", layer([{"名称": n} for n in "甲乙丙丁戊"], shapes)))
    area, line, points, empty, broken = (row[1:3] for row in table.body)
    assert area == pytest.approx((102.1, 30.1))
    assert line == (2, 1)
    assert points == pytest.approx(WILLOW)
    assert empty == (None, None)
    assert broken == ("nan", 1)
    assert codes(table) == ["layer-read", "layer-places", "layer-shapes"]


def test_fields_keep_their_types(tmp_path: Path) -> None:
    feature = {"a": "文", "b": 1, "c": 1.5, "d": True, "e": "2022-05-03", "f": ["2022-01-01", "2022-02-01"],
               "g": None, "h": 13800000000, "i": {"x": 1}}  # fmt: skip
    (table,) = read_vectors(geojson(tmp_path / "a.geojson", feature, {"a": None}))
    assert table.body[0] == (
        "文",
        1,
        1.5,
        True,
        date(2022, 5, 3),
        "2022-01-01、2022-02-01",
        None,
        13800000000,
        '{ "x": 1 }',
    )
    assert set(table.body[1]) == {None}
    assert table.header == tuple("abcdefghi")
    assert [number for number, _ in table.rows()] == [2]


def test_written_coordinates_hold_only_without_points(tmp_path: Path) -> None:
    written = {"村": "甲", "经度": 1.0, "纬度": 2.0}
    (table,) = read_vectors(geojson(tmp_path / "a.geojson", {**written, "at": WILLOW}))
    assert (table.header, table.body[0][1:3]) == (("村", "经度", "纬度", "坐标系"), WILLOW)
    assert "layer-columns" in codes(table)
    (table,) = read_vectors(geojson(tmp_path / "b.geojson", written))
    assert (table.header, table.body) == (("村", "经度", "纬度"), (("甲", 1.0, 2.0),))


def test_fields_of_programs_are_passed_over(tmp_path: Path) -> None:
    features = layer([{"OBJECTID": 7, "Id": 0, "村": "甲", "Shape_Area": 0.5}], [WILLOW])
    assert read_vectors(write(tmp_path / "a.gpkg", features))[0].header == ("村", "经度", "纬度", "坐标系")
    kept = layer([{"id": "ZD-1", "村": "甲"}], [WILLOW])
    assert read_vectors(write(tmp_path / "b.gpkg", kept))[0].header[0] == "id"


def test_layers_without_features_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", stations(), layer="有")
    write(path, stations().iloc[:0], layer="空", append=True)
    assert [table.sheet for table in read_vectors(path)] == ["有"]


def test_more_features_than_are_read_at_once(tmp_path: Path) -> None:
    count = 50_003
    features = layer([{"n": n} for n in range(count)], [WILLOW] * count)
    (table,) = read_vectors(write(tmp_path / "a.gpkg", features))
    assert [row[0] for row in table.body] == list(range(count))
