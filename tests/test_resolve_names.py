"""Names as offices write them, in the invented county and in the real base data: repaired, asked, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.admin.gazetteer import Gazetteer, township_of
from geo.admin.names import bare_village, loose_township, loose_village, village_key
from geo.bundled import bundled_place
from geo.intake.resolve import Resolver, Unresolved
from geo.place import read_place
from tests.support import HILL, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county

if TYPE_CHECKING:
    from geo.words.cells import Cell

COUNTY = Resolver(county().gazetteer)


@pytest.fixture(scope="module")
def real() -> Gazetteer:
    """The place that comes with the program."""
    return read_place(bundled_place()).gazetteer


def read(resolver: Resolver, code: Cell, township: Cell, village: Cell) -> tuple[str, list[str]]:
    """The unit of a row, and the codes of what is told of it."""
    found = resolver.unit(code=code, township=township, village=village, blank_village="ask")
    return found.code, [repair.code for repair in found.repairs]


def refusal(resolver: Resolver, code: Cell, township: Cell, village: Cell) -> Unresolved:
    with pytest.raises(Unresolved) as caught:
        resolver.unit(code=code, township=township, village=village, blank_village="ask")
    return caught.value


def reasons(problem: Unresolved) -> dict[str, str]:
    return {candidate.code: candidate.reason for candidate in problem.candidates}


@pytest.mark.parametrize(
    ("township", "village", "code"),
    [
        ("云岭镇", "柳树", WILLOW_TOWN),
        ("云岭镇", "柳树村（合并）", WILLOW_TOWN),
        ("云岭镇", "柳树村【原东柳】", WILLOW_TOWN),
        ("云岭镇", "云岭镇柳树村", WILLOW_TOWN),
        ("云岭镇", "云岭镇/柳树村", WILLOW_TOWN),
        ("云岭镇", "云岭 柳树村", WILLOW_TOWN),
        ("云岭镇", "云岭柳树村", WILLOW_TOWN),
        ("云岭镇", "云岭县云岭镇柳树村委会", WILLOW_TOWN),
        (None, "云岭镇柳树村", WILLOW_TOWN),
        (None, "云岭镇—柳树村", WILLOW_TOWN),
        ("云岭镇/柳树村", None, WILLOW_TOWN),
        ("河口街道柳树村", None, WILLOW_RIVER),
        ("白石乡", "石门子村", "990101200201"),
        ("白石藏族乡", "石门村", "990101200201"),
        ("云岭镇（12个村）", "柳树村", WILLOW_TOWN),
        ("云岭县云岭镇", "柳树", WILLOW_TOWN),
    ],
)
def test_repaired_with_a_note(township: Cell, village: Cell, code: str) -> None:
    assert read(COUNTY, None, township, village) == (code, ["name-repaired"])


@pytest.mark.parametrize(
    "village", ["柳树村", "柳 树 村", "柳樹村", "柳树村委会", "柳树村村民委员会", "柳树村民委员会", "柳树村委员会"]
)
def test_official_variants_are_read_in_silence(village: str) -> None:
    assert read(COUNTY, None, "云岭镇", village) == (WILLOW_TOWN, [])


@pytest.mark.parametrize(
    ("township", "village", "code", "reason"),
    [
        ("云岭镇", "柳述村", WILLOW_TOWN, "同音"),
        ("云岭镇", "杨树村", WILLOW_TOWN, "差一字"),
        ("云岭镇", "柳树社区", WILLOW_TOWN, "村、社区不同"),
        ("云领镇", "柳树村", WILLOW_TOWN, "同音"),
        ("城东街道", "柳树村", WILLOW_RIVER, "同名，在别的乡镇"),
        ("河口街道", "云岭镇柳树村", WILLOW_TOWN, "村名里写的"),
        (None, "柳树村", WILLOW_RIVER, "村名在这里"),
        ("云岭镇", "云岭", TOWN, "写法不同"),
        ("白石乡", "石门仔子村", "990101200201", "旧名"),
    ],
)
def test_asked_with_a_reason(township: Cell, village: Cell, code: str, reason: str) -> None:
    problem = refusal(COUNTY, None, township, village)
    assert reasons(problem)[code] == reason
    assert problem.asked == ("village", township or "", village)


def test_no_more_than_five_candidates(real: Gazetteer) -> None:
    resolver = Resolver(real)
    home = next(code for code in real.townships if len(real.villages_of(code).exact) > 15)
    for name in ("社区", "某某社区", "新社区居委会"):
        assert len(refusal(resolver, None, real.name_of(home), name).candidates) <= 5


# ── codes beside names ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "township", "village", "unit", "told"),
    [
        ("9.90101E+11", "云岭镇", "柳树村", WILLOW_TOWN, ["code-mangled"]),
        ("9.9010110E+11", "云岭镇", "柳树", WILLOW_TOWN, ["name-repaired", "code-mangled"]),
        ("990101000000", "云岭镇", "柳树村", WILLOW_TOWN, ["code-mangled"]),
        (WILLOW_TOWN, "云岭镇", "柳述村", WILLOW_TOWN, ["name-differs"]),
        (WILLOW_TOWN, "云岭镇", "柳树社区", WILLOW_TOWN, ["name-differs"]),
        ("990101011000", "河口街道", "柳树村", WILLOW_RIVER, ["code-former"]),
        ("990101011201", "河口街道", "柳树村", WILLOW_RIVER, ["code-former"]),
        ("990101200211", None, None, "990101200201", ["code-former"]),
        ("无", "云岭镇", "柳树村", WILLOW_TOWN, []),
        (f"{WILLOW_TOWN}003", "云岭镇", "柳树村", WILLOW_TOWN, []),
    ],
)
def test_codes_and_names(code: Cell, township: Cell, village: Cell, unit: str, told: list[str]) -> None:
    assert read(COUNTY, code, township, village) == (unit, told)


@pytest.mark.parametrize(
    ("code", "township", "village", "fault", "offered"),
    [
        ("9.90101E+11", "云岭镇", None, "code-mangled", TOWN),
        ("9.90201E+11", "云岭镇", "柳树村", "unit-conflict", WILLOW_TOWN),
        ("9.90101E+11", None, "柳树村", "township-blank", WILLOW_TOWN),
        ("99010110020", "云岭镇", "柳树村", "code-malformed", WILLOW_TOWN),
        ("990101999201", "云岭镇", "柳树村", "unit-unknown", WILLOW_TOWN),
        (WILLOW_TOWN, "云岭镇", "杨树村", "village-unknown", WILLOW_TOWN),
        (WILLOW_RIVER, "云岭镇", "柳树村", "unit-conflict", WILLOW_RIVER),
        ("990101011201", None, None, "unit-unknown", WILLOW_RIVER),
    ],
)
def test_codes_that_are_asked_for(code: Cell, township: Cell, village: Cell, fault: str, offered: str) -> None:
    problem = refusal(COUNTY, code, township, village)
    assert problem.code == fault
    assert offered in reasons(problem)


def test_a_code_is_only_made_whole_where_no_digit_is_gone() -> None:
    assert read(COUNTY, "9.90101100201E+11", None, None) == (WILLOW_TOWN, [])
    assert refusal(COUNTY, "9.9010110020E+11", None, None).code == "code-mangled"


def small(names: list[tuple[str, str, str, str]], *, code: str = "990101") -> Gazetteer:
    """A place of two townships with two villages each, and other names."""
    import pandas as pd

    towns = [(f"{code}100000", "甲镇"), (f"{code}101000", "乙镇")]
    villages = [(f"{code}{t}{v}", n) for t in (100, 101) for v, n in ((201, "东村村委会"), (202, "西村村委会"))]
    return Gazetteer.of(
        code=code,
        name="某县",
        townships=pd.DataFrame(towns, columns=["code", "name"]),
        villages=pd.DataFrame(villages, columns=["code", "name"]),
        names=pd.DataFrame(names, columns=["code", "name", "scheme", "other_code"]),
    )


SPLIT = [(f"990101100{v}", "大村", "2021", "990101100299") for v in (201, 202)]


def test_a_unit_that_was_split_is_asked_for() -> None:
    resolver = Resolver(small(SPLIT))
    problem = refusal(resolver, "990101100299", None, None)
    assert (problem.code, set(reasons(problem))) == ("code-split", {"990101100201", "990101100202"})
    assert set(reasons(refusal(resolver, None, "甲镇", "大村"))) == {"990101100201", "990101100202"}
    assert read(resolver, "990101100299", "甲镇", "西村") == ("990101100202", ["code-former"])
    assert refusal(resolver, "990101100299", "乙镇", "西村").code == "unit-conflict"


def test_units_that_were_merged_lead_to_one() -> None:
    resolver = Resolver(small([("990101100201", name, "2020", other) for name, other in
                               (("南村", "990101100301"), ("北村", "990101100302"))]))  # fmt: skip
    for name, other in (("南村", "990101100301"), ("北村", "990101100302")):
        assert read(resolver, other, None, None) == ("990101100201", ["code-former"])
        assert read(resolver, None, "甲镇", name) == ("990101100201", ["name-repaired"])


def test_a_name_in_use_comes_before_a_former_one() -> None:
    resolver = Resolver(small([("990101100202", "东村", "2020", "")]))
    assert read(resolver, None, "甲镇", "东村") == ("990101100201", [])


def test_a_village_without_an_heir_is_named() -> None:
    resolver = Resolver(small([("", "中村村委会", "2020", "990101100205")]))
    assert "中村" in refusal(resolver, "990101100205", None, None).message
    assert "不在名录中" in refusal(resolver, None, "甲镇", "中村").message


def test_a_lost_leading_zero_comes_back_where_the_place_begins_with_one() -> None:
    resolver = Resolver(small([], code="010101"))
    for code in ("10101100201", 10101100201.0, "10101100201.0", "10101100201003"):
        assert read(resolver, code, None, None) == ("010101100201", [])
    assert read(resolver, "1.01011E+10", "甲镇", "东村") == ("010101100201", ["code-mangled"])
    assert refusal(COUNTY, "90101100201", None, None).code == "code-malformed"


# ── the real base data ───────────────────────────────────────────────────────


def spellings(name: str) -> list[str]:
    """Ways to write a village, each telling whether it is a 村 or a 社区."""
    key = village_key(name)
    return [
        name,
        key,
        f"{key}（合并）",
        " ".join(key),
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in key),
    ]


def test_every_real_village_by_its_spellings_and_with_its_township(real: Gazetteer) -> None:
    resolver = Resolver(real)
    for code, name in real.villages.items():
        town = real.name_of(township_of(code))
        for written in (*spellings(name), f"{town}{name}", f"{town}/{village_key(name)}"):
            assert read(resolver, None, town, written)[0] == code, (town, written)
        for joined in (f"{town} {name}", f"{town}/{village_key(name)}"):
            assert read(resolver, None, None, joined)[0] == code, joined
            assert read(resolver, None, joined, None)[0] == code, joined


def test_every_real_village_by_a_mangled_code_and_its_name(real: Gazetteer) -> None:
    resolver = Resolver(real)
    for code, name in real.villages.items():
        town = real.name_of(township_of(code))
        assert read(resolver, f"{int(code):.5E}", town, name) == (code, ["code-mangled"])
        assert refusal(resolver, f"{int(code):.5E}", None, None).code == "code-mangled"


def test_a_bare_name_is_read_where_it_is_the_only_one(real: Gazetteer) -> None:
    """That of the township counts too: a village may be called like its township."""
    resolver = Resolver(real)
    for code, name in real.villages.items():
        home, bare = township_of(code), bare_village(village_key(name))
        alike = {
            c for c, n in real.villages.items() if township_of(c) == home and bare_village(loose_village(n)) == bare
        }
        start, _, kind = real.name_of(home).partition(bare)
        if not start and (kind in ("镇", "乡", "街道") or kind.endswith("族乡")):
            alike.add(home)
        if len(alike) == 1:
            assert read(resolver, None, real.name_of(home), bare)[0] == code
        elif alike:
            assert set(reasons(refusal(resolver, None, real.name_of(home), bare))) == alike


def test_both_code_schemes_with_names(real: Gazetteer) -> None:
    """A township's code of the other scheme is taken where the names bear it out, a village's likewise."""
    resolver = Resolver(real)
    for other, codes in {**real.heirs, **real.second}.items():
        for code, name in real.villages.items():
            if township_of(code) in codes:
                town = real.name_of(township_of(code))
                assert read(resolver, other[:9], town, name) == (code, ["code-former"])
                moved = f"{other[:9]}{code[9:]}"
                assert read(resolver, moved, town, name)[0] == code
    for other in real.second:
        assert read(resolver, other, None, None) == (other, ["code-two-schemes"])


def test_no_real_name_is_taken_for_another_by_its_sound(real: Gazetteer) -> None:
    """Every village name of one township, put into another that has no such name, is refused."""
    resolver = Resolver(real)
    for code, name in real.villages.items():
        for home, town in real.townships.items():
            if home != township_of(code) and code not in real.find_village(name, home):
                found = real.match_village(name, home)
                if not found.codes:
                    assert refusal(resolver, None, town, name).code in ("village-unknown", "township-conflict")


def test_keys_of_peoples_and_numbers() -> None:
    assert {
        loose_township(name)
        for name in ("甲乡", "甲回族乡", "甲民族乡", "甲哈萨克族乡", "甲哈萨克民族乡", "甲哈萨克乡")
    } == {"甲乡"}
    assert loose_township("回族乡") == "回族乡"
    assert loose_village("十一村") == loose_village("11村") == "11村"
    assert loose_village("二十村（东）") == "20村"
    assert loose_village("（东）") == "(东)"


def test_hill_and_river_are_told_apart() -> None:
    assert read(COUNTY, None, "白石民族乡", "本级") == (HILL, [])
    assert read(COUNTY, RIVER, None, "柳树") == (WILLOW_RIVER, ["name-repaired"])
