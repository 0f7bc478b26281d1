"""Laws of telling units by names and codes, over mutilated spellings of the invented and the real places."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from geo.admin.codes import full_code, mangled
from geo.admin.gazetteer import Gazetteer, township_of
from geo.admin.names import village_key
from geo.bundled import bundled_place
from geo.intake.resolve import Found, Resolver, Unresolved
from geo.place import read_place
from tests.support import county

if TYPE_CHECKING:
    from collections.abc import Callable

STRANGE = "驫龘爨鱻麤"
"""Characters of no unit's name, read unlike any."""
SEPARATORS = ("", "/", " ", "-", "·", "—")
NOTES = ("", "（合并）", "(原名)", "【】", "村", "社区", "村委会")


@cache
def places() -> tuple[Gazetteer, ...]:
    return county().gazetteer, read_place(bundled_place()).gazetteer


def resolved(resolver: Resolver, township: str, village: str, code: str = "") -> str | None:
    """The unit of a row, None where it is asked for."""
    try:
        return resolver.unit(code=code, township=township, village=village, blank_village="ask").code
    except Unresolved:
        return None


@st.composite
def rows(draw: Callable[..., object], place: Gazetteer) -> tuple[str, str]:
    """A township and a village, put together, bracketed, cut and mixed in ways that offices do."""
    towns, villages = list(place.townships.values()), list(place.villages.values())
    town, other = (str(draw(st.sampled_from(towns))) for _ in range(2))
    name = village_key(str(draw(st.sampled_from(villages))))
    prefix = str(draw(st.sampled_from(("", town, other))))
    cut = name[: len(name) - int(draw(st.integers(0, 2)))]  # type: ignore[call-overload]
    return town, prefix + str(draw(st.sampled_from(SEPARATORS))) + cut + str(draw(st.sampled_from(NOTES)))


@given(st.data())
def test_what_is_read_lies_in_the_township_that_is_told(data: st.DataObject) -> None:
    for place in places():
        town, village = data.draw(rows(place))
        found = resolved(Resolver(place), town, village)
        assert found is None or place.name_of(township_of(found)) == town


@given(st.data(), st.text(STRANGE, min_size=1, max_size=3))
def test_an_unknown_name_never_resolves(data: st.DataObject, strange: str) -> None:
    for place in places():
        town, village = data.draw(rows(place))
        at = data.draw(st.integers(0, len(village)))
        spoilt = village[:at] + strange + village[at:]
        if not set("()（）【】[]").intersection(spoilt):
            assert resolved(Resolver(place), town, spoilt) is None
            assert resolved(Resolver(place), "", spoilt) is None
        assert resolved(Resolver(place), town + strange, village) is None


@given(st.data(), st.characters(categories=["Lo"], min_codepoint=0x4E00, max_codepoint=0x9FA5))
def test_one_other_sign_never_gives_the_same_village(data: st.DataObject, sign: str) -> None:
    """庙公村 isn't 庙工村, however alike: it is asked for."""
    for place in places():
        code = data.draw(st.sampled_from(sorted(place.villages)))
        key = village_key(place.villages[code])
        bare = key.removesuffix("村").removesuffix("社区")
        at = data.draw(st.integers(0, len(bare) - 1))
        spoilt = key[:at] + sign + key[at + 1 :]
        found = resolved(Resolver(place), place.name_of(township_of(code)), spoilt)
        if village_key(spoilt) != key and not set(sign + key[at]).intersection("〇零一二三四五六七八九十"):
            assert found != code


@given(st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    for place in places():
        told = [data.draw(rows(place)) for _ in range(5)]
        one, other = Resolver(place), Resolver(place)
        forwards = {row: resolved(one, *row) for row in told}
        backwards = {row: resolved(other, *row) for row in reversed(told)}
        assert forwards == backwards


@given(st.data(), st.integers(0, 10))
def test_a_mangled_code_only_ever_gives_what_the_names_give(data: st.DataObject, decimals: int) -> None:
    for place in places():
        town, village = data.draw(rows(place))
        code = f"{int(data.draw(st.sampled_from(sorted(place.villages)))):.{decimals}E}"
        assert mangled(code)
        assert full_code(code) is None
        assert resolved(Resolver(place), town, village, code) in (None, resolved(Resolver(place), town, village))


@given(st.sampled_from(sorted(places()[1].villages)), st.integers(1, 10))
def test_the_digits_left_are_those_of_the_code(code: str, decimals: int) -> None:
    left = mangled(f"{int(code):.{decimals}E}")
    assert left
    assert left.may_be(code)
    assert not left.may_be(f"{int(code[0]) % 9 + 1}{code[1:]}")


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=20))
def test_no_text_breaks_it(code: str, township: str, village: str) -> None:
    for place in places():
        found = outcome(Resolver(place), code, township, village)
        if isinstance(found, Found):
            assert place.known(found.code)
        else:
            assert found.message
            assert len(found.candidates) <= 5
            assert all(place.known(candidate.code) for candidate in found.candidates)


def outcome(resolver: Resolver, code: str, township: str, village: str) -> Found | Unresolved:
    """The unit of a row, or why it can't be told."""
    try:
        return resolver.unit(code=code, township=township, village=village, blank_village="township")
    except Unresolved as problem:
        return problem
