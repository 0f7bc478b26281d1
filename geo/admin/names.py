"""Names of units as keys: endings of offices taken off, and the looser spellings folded into one."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from geo.words.vocabulary import plain, unit_name_parts

TOWNSHIP_ENDING = re.compile(r"(镇|乡|街道)$")
VILLAGE_ENDING = re.compile(r"(村|社区)$")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|〈[^〈〉]*〉|<[^<>]*>")
_NUMERALS = "〇一二三四五六七八九"
_DIGIT = str.maketrans({**{sign: str(n) for n, sign in enumerate(_NUMERALS)}, "零": "0"})
_TENS = re.compile(rf"([{_NUMERALS[1:]}])?十([{_NUMERALS[1:]}])?")


@lru_cache(maxsize=20_000)
def township_key(name: str) -> str:
    """Return a township's name without office endings (甲镇人民政府 → 甲镇)."""
    key = plain(name)
    for ending in unit_name_parts("township"):
        if key.endswith(ending) and len(key) > len(ending):
            return key.removesuffix(ending) + ("街道" if ending == "街道办事处" else "")
    return key


@lru_cache(maxsize=20_000)
def village_key(name: str) -> str:
    """Return a village's name in its short official form (甲村村委会 → 甲村, 甲社区居委会 → 甲社区)."""
    key = plain(name)
    if not key.endswith(unit_name_parts("village")):
        return key
    for ending in unit_name_parts("village"):
        if key.endswith(ending) and len(key) > len(ending):
            bare = key.removesuffix(ending)
            kind = "社区" if ending.startswith(("社区", "居")) else "村"
            return bare if bare.endswith(kind) else f"{bare}{kind}"
    return key


def loose_village(name: str) -> str:
    """Return a village's key without bracketed notes, its numbers in digits (甲一村（合并） → 甲1村)."""
    return _digits(village_key(without_notes(name)))


def loose_township(name: str) -> str:
    """Return a township's key without bracketed notes and the name of a people, its numbers in digits."""
    return _digits(_peoples().sub("乡", township_key(without_notes(name))))


def bare_village(key: str) -> str:
    """Return a village's key without 村 or 社区."""
    return VILLAGE_ENDING.sub("", key)


def ends_as_village(key: str) -> bool:
    """Say whether a key tells if it is a 村 or a 社区."""
    return VILLAGE_ENDING.search(key) is not None


def without_notes(name: str) -> str:
    """Return a plain name without what stands in brackets; the whole where nothing else is left."""
    whole = plain(name)
    return _BRACKETS.sub("", whole) or whole


def _digits(key: str) -> str:
    """Write Chinese numerals as digits, wherever they stand: only for comparing with names done alike."""
    return _TENS.sub(_ten, key).translate(_DIGIT)


def _ten(match: re.Match[str]) -> str:
    tens, ones = match.groups()
    return f"{tens or '1'}{ones or '0'}".translate(_DIGIT)


@cache
def _peoples() -> re.Pattern[str]:
    """How the name of a people stands in that of a township (甲乙族乡, 甲乙民族乡, 甲民族乡)."""
    names = unit_name_parts("peoples")
    long = "|".join(f"{name}族?" for name in names if len(name) > 1)
    short = "|".join(f"{name}族" for name in names if len(name) == 1)
    return re.compile(rf"(?<=.)(?:(?:{long}|{short})+(?:民族)?|民族)乡$")


@lru_cache(maxsize=20_000)
def spoken(key: str) -> str:
    """Return how a key is read, in pinyin without tones."""
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(key))
