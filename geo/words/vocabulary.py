"""The catalogue of spellings in vocabulary.toml, ready for look-ups."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WHETHER = "有无"
PRESENCE = "presence"
"""The input column that says whether a unit has one (活动站: 有)."""
JOINT = "·"
"""Stands between a header and the titles above it."""
YES_OR_NO = "是/否"
"""The unit of measure of a figure that was told in a word (有, 已完成) and not as a number."""
_NEAR = 65.0
_PLANS = re.compile(
    r"(?:20\d\d年?度?|明年|下年度?|下一步|今后)?(?:工作)?"
    r"(?:计划|拟建|拟|规划|预计|待建|打算)(?:建设|新建|更换|情况)?|下一步"
)
_BRACKET = re.compile(r"\(([^()]*)\)$")


def _simplified(text: str) -> str:
    """Turn traditional characters into simplified ones, where a text holds any that may be such."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return str(_converter().convert(text))
    return text


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Return a text in NFKC, simplified characters, lower case, without spaces and control characters.

    For comparing only.
    """
    folded = _simplified(unicodedata.normalize("NFKC", text))
    if not folded.isprintable():
        folded = "".join(ch for ch in folded if ch.isprintable() or ch.isspace())
    return "".join(folded.split()).lower()


@cache
def catalogue() -> Mapping[str, Any]:
    """Return vocabulary.toml."""
    text = files("geo.words").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def headers_of(layer: str) -> Mapping[str, str]:
    """Return alias → column for a layer (or `ledger`, whose columns are `layer.column`)."""
    tables = [catalogue()["headers"]["common"]]
    if layer == "ledger":
        tables += [_grouped(), catalogue()["ledger"]]
    else:
        own = {PRESENCE: _presence_of(layer)}
        tables += [own, catalogue()["headers"].get(layer, {})]
    return {plain(alias): column for table in tables for column, aliases in table.items() for alias in aliases}


def _presence_of(layer: str) -> list[str]:
    """Headers of a list that say whether there is one: those of a ledger, or 有无 alone."""
    named = catalogue()["ledger"].get(f"{layer}.{PRESENCE}", [])
    return [*named, *words("whether_one")] if named else []


def _grouped() -> dict[str, list[str]]:
    """A ledger's columns under a group's title: the title, then a header of the layer (宣传栏, 长度)."""
    headers = catalogue()["headers"]
    return {
        f"{layer}.{column}": [f"{title}{alias}" for title in titles for alias in aliases]
        for layer, titles in catalogue()["ledger_groups"].items()
        for column, aliases in {**headers[layer], "name": ["名称"]}.items()
    }


def column_of(header: str, layer: str) -> tuple[str | None, str | None]:
    """Return (column, unit of measure) of a header; (None, None) where the layer knows no such column.

    A header under titles (科普活动站·面积) is known with all of them, else with the nearer ones; under a title
    of plans (计划·建成日期) it is none.
    """
    known = headers_of(layer)
    if any(_PLANS.fullmatch(plain(title)) for title in header.split(JOINT)[:-1]):
        return None, None
    for text in _ways_to_say(header):
        bare, measure = _split_measure(text)
        for spelling, told in ((text, None), (bare, measure)):
            if spelling in known:
                return known[spelling], told
    return None, None


def near_headers(header: str, layer: str, *, most: int = 3) -> list[str]:
    """Return headers of a layer that are written nearly like one that isn't known, the nearest first."""
    from rapidfuzz import fuzz, process

    written = _split_measure(plain(header.split(JOINT)[-1]))[0]
    if not written:
        return []
    found = process.extract(written, list(headers_of(layer)), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=most * 3)
    return list(dict.fromkeys(str(alias) for alias, *_ in found))[:most]


def _ways_to_say(header: str) -> Iterator[str]:
    parts = header.split(JOINT)
    for start in range(len(parts)):
        yield (text := plain("".join(parts[start:])))
        if text.startswith(_WHETHER):
            yield text.removeprefix(_WHETHER)


def _split_measure(text: str) -> tuple[str, str | None]:
    """Take the unit of measure off a header; "有/无" and the like are none."""
    bracket = _BRACKET.search(text)
    if not bracket:
        return text, None
    inside = bracket.group(1)
    return text[: bracket.start()], None if inside in words("whether") else inside


@cache
def _all_headers() -> frozenset[str]:
    catalogued = catalogue()
    tables = [*catalogued["headers"].values(), catalogued["ledger"], _grouped()]
    return frozenset(plain(alias) for table in tables for aliases in table.values() for alias in aliases)


@lru_cache(maxsize=20_000)
def is_header(text: str) -> bool:
    """Say whether a text is the header of a column of any layer, a unit of measure behind it or not."""
    return any({way, _split_measure(way)[0]} & _all_headers() for way in _ways_to_say(text))


@cache
def _all_measures() -> frozenset[str]:
    units = {plain(unit) for table in catalogue()["measures"].values() for unit in table}
    return frozenset(units | {*words("whether"), *words("units")})


def is_measure(text: str) -> bool:
    """Say whether a text is a unit of measure or a way to fill a column in (有/无, 年月日), as under a header."""
    return plain(text) in _all_measures()


def layers_named_in(text: str) -> tuple[str, ...]:
    """Return the layers (or `ledger`) that a sheet's name speaks of."""
    found = plain(text)
    sheets = catalogue()["sheets"].items()
    return tuple(layer for layer, told in sheets if any(plain(word) in found for word in told))


def stands_beside(sheet: str | None) -> bool:
    """Say whether a sheet's name is one that our own workbooks give to what is no data."""
    return plain(sheet or "") in map(plain, catalogue()["beside"]["sheets"])


@cache
def choices_of(column: str, layer: str) -> Mapping[str, str]:
    """Return spelling → canonical value for a choice column."""
    values = catalogue()["values"]
    table = values.get(f"{layer}_{column}", values.get(column, {}))
    return {plain(alias): value for value, aliases in table.items() for alias in aliases}


@cache
def flags() -> Mapping[str, bool]:
    """Return spelling → yes or no."""
    table = catalogue()["values"]["flag"]
    return {plain(alias): value == "yes" for value, aliases in table.items() for alias in aliases}


@cache
def words(kind: str) -> tuple[str, ...]:
    """Return a list of [words]."""
    return tuple(plain(word) for word in catalogue()["words"][kind])


def says_none(text: str) -> bool:
    """Say whether a text is one of the ways to write "none" (0, -, /, 无)."""
    return plain(text) in words("none")


def puts_off(text: str) -> bool:
    """Say whether a text in place of a name puts the matter off (待建, 在建, 不详)."""
    return plain(text) in words("put_off")


@cache
def measures(unit: str) -> Mapping[str, float]:
    """Return unit of measure → factor to the canonical one."""
    return {plain(name): float(factor) for name, factor in catalogue()["measures"].get(unit, {}).items()}


@cache
def measure_group(unit: str) -> Mapping[str, float] | None:
    """Return the units of measure that convert to one another, with their factors; None for an unknown unit."""
    named = measures(unit)
    groups = [named] if named else [measures(key) for key in catalogue()["measures"]]
    return next((group for group in groups if plain(unit) in group), None)


def convert(written: str, wanted: str | None) -> float | None:
    """Return the factor from one unit of measure to another; None where there is none.

    A blank is the wanted unit. Where none is wanted, only what is no multiple (万元, 千人) reads as it stands.
    """
    unit = plain(written)
    if not unit or unit == plain(wanted or ""):
        return 1.0
    if wanted is None:
        scaled = (measure_group(unit) or {}).get(unit, 1.0) != 1.0
        return None if scaled or unit == plain(YES_OR_NO) else 1.0
    group = measure_group(wanted) or {}
    return group[unit] / group[plain(wanted)] if unit in group else None


def is_share(unit: str) -> bool:
    """Say whether a unit of measure is one of shares: %, ‰, 小数."""
    return plain(unit) in measures("%")


@cache
def unit_name_parts(part: str) -> tuple[str, ...]:
    """Return a list of [unit_names]: endings of village or township names, or words for a level."""
    return tuple(plain(word) for word in catalogue()["unit_names"][part])
