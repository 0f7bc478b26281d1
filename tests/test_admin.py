"""Units: codes, names, and every way in which the real place's units are called."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.admin.gazetteer import Gazetteer, full_code, township_key, township_of, village_key
from geo.bundled import bundled_place
from geo.errors import PlaceError, UnknownUnit
from geo.place import read_place
from tests.support import COUNTY as COUNTY_FOLDER
from tests.support import RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county

if TYPE_CHECKING:
    from pathlib import Path

COUNTY = county().gazetteer


@pytest.fixture(scope="module")
def real() -> Gazetteer:
    """The place that comes with the program."""
    return read_place(bundled_place()).gazetteer


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("990101001201", "990101001201"), ("990101001", "990101001000"), ("990101", "990101000000"),
        ("990101001201.0", "990101001201"), (" 990101 001 201 ", "990101001201"), ("'990101001201", "990101001201"),
        ("\uff19\uff19\uff10\uff11\uff10\uff11", "990101000000"),
        ("990101001201003", "990101001201"), ("\u2019990101-001-201\u2019", "990101001201"),
        ("990,101,001,201", "990101001201"), ("9.90101001201E+11", "990101001201"), ("9.90101001e8", "990101001000"),
        ("99010100120", None), ("9.90101E+11", None), ("", None), ("柳树村", None), ("-990101001201", None),
    ],
)  # fmt: skip
def test_codes_as_written(written: str, code: str | None) -> None:
    assert full_code(written) == code


@given(st.text(max_size=20))
def test_a_code_is_twelve_digits_or_none(text: str) -> None:
    code = full_code(text)
    assert code is None or (len(code) == 12 and code.isdigit())


def test_keys() -> None:
    assert township_key("云岭镇人民政府") == township_key(" 云岭镇 ") == "云岭镇"
    assert township_key("河口街道办事处") == "河口街道"
    for name in ("柳树村", "柳树村委会", "柳树村村委会", "柳树村村民委员会", "柳树村民委员会"):
        assert village_key(name) == "柳树村"
    for name in ("东门社区", "东门社区居委会", "东门社区居民委员会", "东门居委会"):
        assert village_key(name) == "东门社区"


def test_township_names() -> None:
    for name in ("云岭镇", "云岭", "云岭镇政府", "云岭镇人民政府", "云 岭 镇"):
        assert COUNTY.find_township(name) in ({TOWN}, set()), name
    assert COUNTY.find_township("云岭") == {TOWN}
    assert COUNTY.find_township("白石民族乡") == {"990101200000"}
    assert COUNTY.find_township("全县") == COUNTY.find_township("云岭县") == {COUNTY.place_code}
    assert COUNTY.find_township("某镇") == set()


def test_one_name_two_villages() -> None:
    assert COUNTY.find_village("柳树村", RIVER) == {WILLOW_RIVER}
    assert COUNTY.find_village("柳树", TOWN) == {WILLOW_TOWN}
    assert COUNTY.elsewhere("柳树村") == [WILLOW_RIVER, WILLOW_TOWN]
    assert COUNTY.full_name(WILLOW_TOWN) == "云岭镇柳树村村民委员会"


def test_own_level_and_former_names() -> None:
    for name in ("本级", "镇本级", "镇政府", "云岭镇"):
        assert COUNTY.find_village(name, TOWN) == {TOWN}
    assert COUNTY.find_village("石门子村", "990101200000") == {"990101200201"}


def test_codes_of_other_schemes() -> None:
    assert COUNTY.current("990101011000") == RIVER
    assert COUNTY.current("990101200211") == "990101200201"
    assert COUNTY.current("990101999000") is None


def test_township_option() -> None:
    assert COUNTY.township_code("云岭") == COUNTY.township_code("990101100") == TOWN
    for wanted in ("某镇", "990101999000", "全县", ""):
        with pytest.raises(UnknownUnit):
            COUNTY.township_code(wanted)
    with pytest.raises(UnknownUnit, match="河口街道"):
        COUNTY.township_code("河口街")


def test_every_real_township_is_found_by_its_names(real: Gazetteer) -> None:
    for code, name in real.townships.items():
        office = {"镇": "人民政府", "乡": "人民政府", "道": "办事处"}.get(name[-1], "")
        for written in (name, f"{name}{office}", f" {name} "):
            assert real.find_township(written) == {code}, written
        assert real.township_code(code[:9]) == code


def test_every_real_village_is_found_inside_its_township(real: Gazetteer) -> None:
    for code, name in real.villages.items():
        home = township_of(code)
        for written in (name, village_key(name), f" {name} "):
            assert real.find_village(written, home) == {code}, (written, home)


def test_doubled_names_of_the_real_place_stay_apart(real: Gazetteer) -> None:
    names: dict[str, set[str]] = {}
    for code, name in real.villages.items():
        names.setdefault(village_key(name), set()).add(code)
    doubled = {name: codes for name, codes in names.items() if len(codes) > 1}
    assert len(doubled) >= 10
    for name, codes in doubled.items():
        assert len(real.elsewhere(name)) >= len(codes)
        for code in codes:
            assert code in real.find_village(name, township_of(code))


def test_both_code_schemes_of_the_real_place_lead_to_one_unit(real: Gazetteer) -> None:
    """Both bureaus number the same townships differently; a code in use keeps its meaning and tells of the other."""
    assert real.heirs
    for other, codes in real.heirs.items():
        assert (real.current(other),) == real.meanings(other) == codes
        assert all(map(real.known, codes))
        assert not real.known(other)
    assert real.second
    for other, codes in real.second.items():
        assert real.current(other) == other
        assert real.meanings(other) == (other, *codes)


# ── a place that is incomplete or contradicts itself ─────────────────────────


def broken(folder: Path, name: str, old: str, new: str) -> list[str]:
    """The faults of the county after a change of one of its files; an empty `old` takes the file away."""
    place = folder / "place"
    shutil.copytree(COUNTY_FOLDER, place)
    path = place / name
    if old:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    else:
        path.unlink()
    with pytest.raises(PlaceError) as caught:
        read_place(place)
    assert all(len(fault.line().splitlines()) == 1 for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("place.toml", "", "", "place-missing"),
        ("place.toml", "[place]", "[place", "place-syntax"),
        ("place.toml", "code = ", "kode = ", "place-field"),
        ("place.toml", "EPSG:4543", "EPSG:4490", "place-crs"),
        ("place.toml", "EPSG:4543", "EPSG:99999999", "place-crs"),
        ("townships.geojson", "", "", "place-missing"),
        ("townships.geojson", '"features"', '"feature"', "place-geojson"),
        ("townships.geojson", "990101100000", "99010110", "place-code"),
        ("villages.geojson", '"code":"990101001201"', '"code":"990101001001"', "place-code-twice"),
        ("villages.geojson", '"township_code":"990101001000"', '"township_code":"990101009000"', "place-township"),
        ("villages.geojson", '"Polygon"', '"Ploygon"', "place-geojson"),
        ("boundary.geojson", '{"type":"Feature",', '{"geometry":null,"properties":{}},{"type":"Feature",',
         "place-boundary"),
        ("names.csv", "scheme", "schema", "place-names"),
    ],
)  # fmt: skip
def test_a_faulty_place_is_refused(tmp_path: Path, name: str, old: str, new: str, code: str) -> None:
    assert code in broken(tmp_path, name, old, new)
