"""Which unit a row means, and that it is never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.intake.resolve import Needed, Resolver, Unresolved
from tests.support import EAST, HILL, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county

if TYPE_CHECKING:
    from geo.words.cells import Cell

COUNTY = county().gazetteer
PLACE = COUNTY.place_code


def unit(code: Cell = None, township: Cell = None, village: Cell = None, *, blank_village: Needed = "ask") -> str:
    told = {"code": code, "township": township, "village": village}
    return Resolver(COUNTY).unit(**told, blank_village=blank_village).code


def refusal(code: Cell = None, township: Cell = None, village: Cell = None, *, blank: Needed = "ask") -> Unresolved:
    with pytest.raises(Unresolved) as caught:
        unit(code, township, village, blank_village=blank)
    return caught.value


def test_by_code() -> None:
    for code in (WILLOW_RIVER, float(WILLOW_RIVER), 9.90101001201e11, f"{WILLOW_RIVER}.0", int(WILLOW_RIVER)):
        assert unit(code) == WILLOW_RIVER
    assert unit(RIVER[:9]) == unit(float(RIVER[:9])) == RIVER


def test_by_names() -> None:
    assert unit(township="河口街道", village="柳树村") == WILLOW_RIVER
    assert unit(township="云岭镇", village="柳树村委会") == WILLOW_TOWN
    assert unit(township="云岭", village="本级") == TOWN


def test_code_and_names_that_agree() -> None:
    assert unit(WILLOW_RIVER, "河口街道", "柳树村") == WILLOW_RIVER
    assert unit(WILLOW_RIVER, "河口街道") == WILLOW_RIVER
    assert unit(RIVER, None, "柳树村") == WILLOW_RIVER
    assert unit(RIVER, "河口街道", "柳树村") == WILLOW_RIVER


@pytest.mark.parametrize(
    ("code", "township", "village", "fault", "field"),
    [
        (WILLOW_RIVER, "云岭镇", "柳树村", "unit-conflict", "unit_code"),
        (WILLOW_RIVER, "云岭镇", None, "unit-conflict", "unit_code"),
        (RIVER, "云岭镇", "柳树村", "unit-conflict", "unit_code"),
        (WILLOW_RIVER, None, "河口社区", "unit-conflict", "unit_code"),
        ("9.90101E+11", None, None, "code-mangled", "unit_code"),
        ("99010100120", None, None, "code-malformed", "unit_code"),
        ("990101999201", None, None, "unit-unknown", "unit_code"),
        (None, "某镇", "柳树村", "township-unknown", "township"),
        (None, "河口街道", "某某村", "village-unknown", "village"),
        (None, None, "柳树村", "township-blank", "township"),
        (None, "河口街道", None, "village-blank", "village"),
        (None, None, None, "unit-missing", "village"),
        (None, "全县", "柳树村", "township-place", "township"),
    ],
)
def test_refused(code: Cell, township: Cell, village: Cell, fault: str, field: str) -> None:
    problem = refusal(code, township, village)
    assert (problem.code, problem.field) == (fault, field)
    assert problem.message
    assert problem.remedy


def test_refusals_help() -> None:
    both = [(WILLOW_RIVER, "村名在这里"), (WILLOW_TOWN, "村名在这里")]
    assert offered(None, None, "柳树村") == both
    assert offered(None, "河口街道", "柳树屯") == [(WILLOW_RIVER, "差一字")]
    assert offered(None, "河口道", "柳树村") == [(WILLOW_RIVER, "差一字"), (WILLOW_TOWN, "村名在这里")]
    assert offered(None, "城东街道", "柳树村") == [(code, "同名，在别的乡镇") for code in (WILLOW_RIVER, WILLOW_TOWN)]
    assert refusal(None, "河口街道", "柳树屯").candidates[0].name == "河口街道柳树村村民委员会"


def offered(code: Cell, township: Cell, village: Cell) -> list[tuple[str, str]]:
    """Code and reason of what a refusal offers."""
    return [(candidate.code, candidate.reason) for candidate in refusal(code, township, village).candidates]


def test_blank_villages() -> None:
    assert unit(township="云岭镇", blank_village="township") == TOWN
    assert unit(township="云岭镇", blank_village="place") == TOWN
    assert unit(blank_village="place") == PLACE
    assert refusal(blank="township").code == "unit-missing"


SELF = WILLOW_RIVER


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("河口社区", {"990101001001"}),
        ("河口社区、柳树村", {"990101001001", WILLOW_RIVER}),
        ("河口社区,柳树村;东门社区".replace("东门", "河口"), {"990101001001", WILLOW_RIVER}),
        ("河口社区\n柳树村", {"990101001001", WILLOW_RIVER}),
        ("河口社区 柳树村", {"990101001001", WILLOW_RIVER}),
        ("河口社区和柳树村", {"990101001001", WILLOW_RIVER}),
        ("河口社区/柳树村", {"990101001001", WILLOW_RIVER}),
        ("云岭镇柳树村", {WILLOW_TOWN}),
        ("云岭镇 柳树村", {WILLOW_TOWN}),
        ("云岭镇-柳树村", {WILLOW_TOWN}),
        ("云岭镇", {TOWN}),
        ("云岭镇和白石乡", {TOWN, HILL}),
        ("全县", {PLACE}),
        ("本级", {RIVER}),
        (WILLOW_TOWN, {WILLOW_TOWN}),
        (f"{WILLOW_TOWN}、{EAST[:9]}", {WILLOW_TOWN, EAST}),
        (float(WILLOW_TOWN), {WILLOW_TOWN}),
        ("", set()),
    ],
)
def test_lists_of_units(written: Cell, codes: set[str]) -> None:
    assert {found.code for found in Resolver(COUNTY).units(written, own_unit=SELF, field="serves")} == codes


@pytest.mark.parametrize(
    "written", ["柳树村、某某村", "城东街道柳树村", "990101999201", "云岭镇 柳树村 河口社区", "全部"]
)
def test_lists_with_something_unknown(written: str) -> None:
    with pytest.raises(Unresolved) as caught:
        Resolver(COUNTY).units(written, own_unit=SELF, field="serves")
    assert caught.value.field == "serves"
