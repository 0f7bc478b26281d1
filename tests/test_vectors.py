"""Vector files as they come: layers read as tables, and all the way into the store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.crs import from_cgcs2000
from geo.errors import UnreadableFile
from geo.imports import import_file
from geo.vectors import read_vectors
from tests.stored import contents, fresh_store
from tests.support import WILLOW_RIVER
from tests.vector_files import geojson, layer, parts, write, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

    from geo.store import Store

WILLOW = (102.0512345, 30.1871234)
ROWS: list[dict[str, Any]] = [
    {"乡镇": "河口街道", "村": "柳树村", "名称": "柳树站", "面积": 60.5},
    {"乡镇": "云岭镇", "村": "云岭村", "名称": "云岭站", "面积": None},
]
PLACED = [WILLOW, None]


def stations(crs: int = 4326) -> gpd.GeoDataFrame:
    """Two stations, one of them without a point."""
    return layer(ROWS, PLACED).to_crs(crs)


def codes(table: Any) -> list[str]:
    return [note.code for note in table.notes]


# -- each format, all the way ----------------------------------------------------------


def a_geojson(folder: Path) -> Path:
    return write(folder / "站.geojson", stations())


def a_geopackage(folder: Path) -> Path:
    return write(folder / "站.gpkg", stations(4543), layer="科普活动站")


def a_shapefile(folder: Path) -> Path:
    return write(folder / "站.shp", stations(4490), encoding="UTF-8")


def a_gbk_shapefile(folder: Path) -> Path:
    path = write(folder / "站.shp", stations(3857), encoding="GB18030")
    path.with_suffix(".cpg").unlink()
    return path


def a_zip(folder: Path) -> Path:
    inside = {f"数据/{name}": part for name, part in parts(a_shapefile(folder)).items()}
    litter = {f"__MACOSX/数据/._{name.rpartition('/')[2]}": b"\x00\x05\x16\x07" for name in inside}
    return zipped(folder / "站.zip", {**inside, **litter, "数据/.DS_Store": b"x", "数据/说明.txt": b"x"})


def a_kml(folder: Path) -> Path:
    return write(folder / "站.kml", stations())


def a_kmz(folder: Path) -> Path:
    return zipped(folder / "站.kmz", {"doc.kml": a_kml(folder), "files/icon.png": b"x"})


def a_gpx(folder: Path) -> Path:
    return write(folder / "站.gpx", stations().iloc[:1], dataset_options={"GPX_USE_EXTENSIONS": "YES"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


FORMATS = [a_geojson, a_geopackage, a_shapefile, a_gbk_shapefile, a_zip, a_kml, a_kmz, a_gpx]


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
    write(path, stations(4490).assign(面积=[70.0, None]), encoding="UTF-8")
    assert import_file(store, path, "stations").outcome == "stored"


def test_auto_takes_layers_by_their_names(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "两类.gpkg", stations(), layer="科普活动站")
    boards = layer(
        [{"乡镇": "河口街道", "村": "柳树村", "名称": "一号栏", "长度": 3, "更换日期": "2022-09-01"}], [WILLOW]
    )
    write(path, boards, layer="宣传栏", append=True)
    stands = layer(
        [{"乡镇": "河口街道", "村": "柳树村", "名称": "柳树站", "面积": 60.5, "依托设施": "村委会"}], [WILLOW]
    )
    write(path, stands, layer="科普活动站", append=False)
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
    projected = stations(4543).geometry[0]
    path = geojson(tmp_path / "站.geojson", {"村": "甲", "at": (projected.x, projected.y)}, crs=crs)
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
            read_vectors(path, datum=datum)  # type: ignore[arg-type]
        assert [fault.code for fault in caught.value.faults] == ["file-crs"]


@pytest.mark.parametrize("crs", [4610, 4214, 2343])
def test_old_datums_are_refused_by_name(tmp_path: Path, crs: int) -> None:
    path = write(tmp_path / "站.gpkg", layer(ROWS, [(102.0, 30.0), None]).set_crs(crs, allow_override=True))
    with pytest.raises(UnreadableFile, match="Xian 1980|Beijing 1954") as caught:
        read_vectors(path)
    assert [fault.code for fault in caught.value.faults] == ["file-crs"]


def test_degrees_that_are_none_are_refused_once(tmp_path: Path) -> None:
    path = geojson(tmp_path / "站.geojson", *[{"村": "甲", "at": (500000.0 + n, 3341000.0)} for n in range(9)])
    with pytest.raises(UnreadableFile, match="不是经纬度") as caught:
        read_vectors(path)
    assert len(caught.value.faults) == 1


# -- what a layer holds ----------------------------------------------------------------


def test_shapes_stand_for_a_point_inside(tmp_path: Path) -> None:
    shapes = [shapely.box(102, 30, 102.2, 30.2), shapely.LineString([(1, 1), (2, 1), (3, 1)]), shapely.MultiPoint([WILLOW]),
              shapely.Point(), shapely.Point(float("nan"), 1)]  # fmt: skip
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


# -- KML and GPX -----------------------------------------------------------------------

KML = """<?xml version="1.0" encoding="{encoding}"?>
<kml xmlns="http://earth.google.com/kml/2.1"><Document><name>文档</name>{inside}</Document></kml>"""
MARK = """<Placemark><name>{name}</name><description>{told}</description><ExtendedData>{data}</ExtendedData>
<Point><coordinates>102.05,30.18,0</coordinates></Point></Placemark>"""


def data(**fields: str) -> str:
    return "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in fields.items())


@pytest.mark.parametrize("encoding", ["UTF-8", "GB2312", "UTF-16"])
def test_all_of_a_kml_is_read(tmp_path: Path, encoding: str) -> None:
    """Beside folders, in folders of one name, with data that are typed, untyped, or both."""
    typed = '<SchemaData schemaUrl="#s"><SimpleData name="面积">3.5</SimpleData></SchemaData>'
    beside = MARK.format(name="甲", told="说明文字", data="")
    one = MARK.format(name="乙", told="", data=data(乡镇="河口街道", 村庄="柳树村") + typed)
    two = MARK.format(name="丙", told="", data=data(户数="8"))
    folders = (
        f"<Folder><name>站</name>{one}</Folder><Folder><name>外</name><Folder><name>站</name>{two}</Folder></Folder>"
    )
    path = tmp_path / "a.kml"
    path.write_bytes(KML.format(encoding=encoding, inside=beside + folders).encode(encoding))
    tables = read_vectors(path)
    assert [table.sheet for table in tables] == ["文档", "站", "站 (2)"]
    found = [dict(zip(table.header, table.body[0], strict=True)) for table in tables]
    place = {"经度": 102.05, "纬度": 30.18, "坐标系": "WGS 84"}
    assert found == [
        {"Name": "甲", "备注": "说明文字", **place},
        {"Name": "乙", "乡镇": "河口街道", "村庄": "柳树村", "面积": "3.5", **place},
        {"Name": "丙", "户数": "8", **place},
    ]


def test_what_is_linked_and_tracks_are_told_to_be_unread(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>other.kml</href></Link></NetworkLink>"
    path = tmp_path / "a.kml"
    path.write_text(
        KML.format(encoding="UTF-8", inside=link + MARK.format(name="甲", told="", data="")), encoding="utf-8"
    )
    assert "layer-unread" in codes(read_vectors(path)[0])
    path = tmp_path / "a.gpx"
    track = '<trk><trkseg><trkpt lat="30.1" lon="102.1"/><trkpt lat="30.2" lon="102.1"/></trkseg></trk>'
    point = '<wpt lat="30.18" lon="102.05"><ele>9</ele><name>甲</name><desc>说明</desc></wpt>'
    text = f'<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{point}{track}</gpx>'
    path.write_text(text, encoding="utf-8")
    (table,) = read_vectors(path)
    assert (table.sheet, table.header) == ("a", ("name", "备注", "经度", "纬度", "坐标系"))
    assert codes(table) == ["layer-read", "layer-unread"]


# -- text of shapefiles ----------------------------------------------------------------


def test_gb18030_is_tried_and_shown(tmp_path: Path) -> None:
    (table,) = read_vectors(a_gbk_shapefile(tmp_path))
    (note,) = (note for note in table.notes if note.code == "layer-encoding")
    assert "GB18030" in note.message
    assert "乡镇" in note.message
    assert table.header[:3] == ("乡镇", "村", "名称")


@pytest.mark.parametrize(("written", "said"), [("UTF-8", "GBK"), ("GB18030", "UTF-8")])
def test_a_wrong_cpg_is_seen_through(tmp_path: Path, written: str, said: str) -> None:
    path = write(tmp_path / "站.shp", stations(), encoding=written)
    path.with_suffix(".cpg").write_text(said, encoding="ascii")
    (table,) = read_vectors(path)
    assert table.body[0][:3] == ("河口街道", "柳树村", "柳树站")
    assert [note.severity for note in table.notes if note.code == "layer-encoding"] == ["warning"]


def test_no_person_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", layer([{"name": "某某某"}], [WILLOW]), encoding="GB18030")
    path.with_suffix(".cpg").unlink()
    assert "某某某" not in "".join(note.line() for note in read_vectors(path)[0].notes)


def test_characters_cut_off_by_the_width_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.shp", layer([{"名称": "科普活动站" * 20}], [WILLOW]), encoding="UTF-8")
    (table,) = read_vectors(path)
    assert set(str(table.body[0][0])) == set("科普活动站")


def test_a_missing_index_is_made_and_endings_may_be_in_capitals(tmp_path: Path) -> None:
    for part in parts(a_shapefile(tmp_path)).values():
        part.rename(part.with_suffix(part.suffix.upper()))
    (tmp_path / "站.SHX").unlink()
    (table,) = read_vectors(tmp_path / "站.SHP")
    assert table.body[0][-3:] == (*WILLOW, "CGCS2000")
