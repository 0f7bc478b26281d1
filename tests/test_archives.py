"""Zip archives from others: what is harmless is passed over, what isn't is refused before it is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UnreadableFile
from geo.files import archives
from geo.files.archives import Archive
from geo.files.vectors import read_vectors
from tests.vector_files import geojson, layer, parts, write, zipped

if TYPE_CHECKING:
    from pathlib import Path

WHERE = (102.05, 30.18)


def archive_of(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """An archive with these entries, whatever their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return content.getvalue()


def refusal(content: bytes) -> tuple[str, str]:
    """(code, line) of the one fault for which an archive is refused."""
    with pytest.raises(UnreadableFile) as caught:
        Archive(content, "a.zip")
    (fault,) = caught.value.faults
    assert (fault.file, fault.severity) == ("a.zip", "error")
    return fault.code, fault.line()


@pytest.mark.parametrize(
    "name", ["../a.shp", "x/../../a.shp", "/etc/a.shp", "C:/a.shp", "..\\a.shp", "C:\\x\\a.shp", ".."]
)
def test_paths_that_climb_out(name: str) -> None:
    assert refusal(archive_of((name, b"x"), ("b.shp", b"x")))[0] == "file-path"


def test_links() -> None:
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    code, line = refusal(archive_of((link, b"/etc/passwd")))
    assert code == "file-link"
    assert "a.shp" in line


@pytest.mark.parametrize("name", ["b.zip", "x/b.KMZ", "b.rar", "b.7z", "b.tar.gz"])
def test_archives_inside(name: str) -> None:
    assert refusal(archive_of(("a.shp", b"x"), (name, b"x")))[0] == "file-nested"


def test_what_unpacks_to_very_much() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(3):
            with archive.open(f"{n}.dbf", "w") as part:
                for _ in range(70):
                    part.write(bytes(1_048_576))
    assert len(content.getvalue()) < 1_000_000
    code, line = refusal(content.getvalue())
    assert code == "file-large"
    assert "200兆字节" in line


def test_an_entry_that_lies_about_its_size() -> None:
    """It is unpacked no further than it says, and then its checksum doesn't fit."""
    content = archive_of(("a.shp", bytes(50_000_000)))
    said = (50_000_000).to_bytes(4, "little")
    archive = Archive(content.replace(said, (1000).to_bytes(4, "little")), "a.zip")
    with pytest.raises(UnreadableFile, match="完好"):
        archive.read(PurePosixPath("a.shp"))


def test_very_many_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MOST_ENTRIES", 3)
    assert refusal(archive_of(*((f"{n}.txt", b"") for n in range(4))))[0] == "file-large"


def test_passwords_and_repeats() -> None:
    content = bytearray(archive_of(("a.shp", b"x")))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content))[0] == "file-password"
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive_of(("a.shp", b"x"), ("a.shp", b"y"))
    assert refusal(twice)[0] == "file-archive"


def test_damaged_ones() -> None:
    whole = archive_of(("a.shp", bytes(range(256)) * 40))
    for content in (whole[:-30], whole[: len(whole) // 2], b"PK\x03\x04", b""):
        assert refusal(content)[0] == "file-damaged"
    spoilt = bytearray(whole)
    spoilt[60] ^= 0xFF
    with pytest.raises(UnreadableFile, match="完好"):
        Archive(bytes(spoilt), "a.zip").read(PurePosixPath("a.shp"))


def test_litter_of_systems_and_folders() -> None:
    found = Archive(
        archive_of(
            ("数据/", b""),
            ("数据/a.shp", b"x"),
            ("__MACOSX/数据/._a.shp", b"x"),
            (".DS_Store", b"x"),
            ("._b.shp", b"x"),
        ),
        "a.zip",
    )
    assert list(found.entries) == [PurePosixPath("数据/a.shp")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_that_do_not_say_their_encoding(encoding: str) -> None:
    """As Windows in Chinese and macOS write them."""
    name = "科普站.shp".encode(encoding)
    content = archive_of(("x" * len(name), b"1")).replace(b"x" * len(name), name)
    assert list(Archive(content, "a.zip").entries) == [PurePosixPath("科普站.shp")]


def test_an_archive_without_vector_files(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.xlsx": b"x", "说明.txt": b"x"})
    with pytest.raises(UnreadableFile, match="没有能读的矢量文件"):
        read_vectors(path)


def test_several_layers_in_folders(tmp_path: Path) -> None:
    one = geojson(tmp_path / "甲.geojson", {"村": "甲", "at": WHERE})
    two = write(tmp_path / "乙.shp", layer([{"村": "乙"}], [WHERE]), encoding="UTF-8")
    files = {"x/y/甲.geojson": one, **{f"x/{name}": part for name, part in parts(two).items()}}
    tables = read_vectors(zipped(tmp_path / "a.zip", files), shown_as="交来.zip")
    assert [(table.file, table.sheet) for table in tables] == [("交来.zip", "乙"), ("交来.zip", "甲")]


def test_a_kmz_by_its_files_name(tmp_path: Path) -> None:
    kml = b'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>x</name></Placemark></kml>'
    assert read_vectors(zipped(tmp_path / "站.kmz", {"doc.kml": kml}))[0].sheet == "站"


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_refused(content: bytes) -> None:
    for tried in (content, b"PK\x03\x04" + content, content + archive_of(("a.shp", b"x"))[-80:]):
        try:
            entries = Archive(tried, "a.zip").entries
        except UnreadableFile:
            continue
        else:
            assert not any(".." in entry.parts for entry in entries)
