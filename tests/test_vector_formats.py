"""The manners of single formats: KML's folders and data, GPX, the texts of shapefiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.files.vectors import read_vectors
from tests.vector_files import WILLOW, a_gbk_shapefile, a_shapefile, codes, layer, parts, stations, write

if TYPE_CHECKING:
    from pathlib import Path

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
