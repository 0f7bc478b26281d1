"""Administrative units: codes, names, and which unit somebody means.

A village's name is only ever resolved inside its township: in one county thirteen
names may stand for two villages or more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from geo.errors import UnknownUnit
from geo.vocabulary import plain, unit_name_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

CODE_DIGITS = 12
TOWNSHIP_DIGITS = 9
_DIGITS = re.compile(r"\d+")
_TOWNSHIP_ENDING = re.compile(r"(镇|乡|街道)$")
_VILLAGE_ENDING = re.compile(r"(村|社区)$")
_MOST_CANDIDATES = 5


def full_code(text: str) -> str | None:
    """Return a 6-, 9- or 12-digit code as 12 digits, None if it is no such code."""
    digits = plain(text).removesuffix(".0").lstrip("'")
    if not _DIGITS.fullmatch(digits) or len(digits) not in (6, TOWNSHIP_DIGITS, CODE_DIGITS):
        return None
    return digits.ljust(CODE_DIGITS, "0")


def township_of(code: str) -> str:
    """Return the 12-digit code of the township that a unit belongs to (itself, if it is one)."""
    return f"{code[:TOWNSHIP_DIGITS]}000"


def township_key(name: str) -> str:
    """Return a township's name without office endings (三工镇人民政府 → 三工镇)."""
    key = plain(name)
    for ending in unit_name_parts("township"):
        if key.endswith(ending) and len(key) > len(ending):
            key = key.removesuffix(ending) + ("街道" if ending == "街道办事处" else "")
            break
    return key


def village_key(name: str) -> str:
    """Return a village's name in its short official form (庙工村村委会 → 庙工村, …社区居委会 → …社区)."""
    key = plain(name)
    for ending in unit_name_parts("village"):
        if key.endswith(ending) and len(key) > len(ending):
            bare = key.removesuffix(ending)
            if ending.startswith(("社区", "居")):
                return bare if bare.endswith("社区") else f"{bare}社区"
            return bare if bare.endswith("村") else f"{bare}村"
    return key


@dataclass(frozen=True)
class Unit:
    """A township-level or village-level unit."""

    code: str
    name: str
    township_code: str


@dataclass(frozen=True)
class Gazetteer:
    """All units of a place with every name and code they are known by.

    `townships`, `villages`: code → name. `other_names`: (name, code) pairs of official
    variants and former names. `other_codes`: codes of other schemes and years → code; a
    code that means one unit here and another there is left out.
    """

    place_code: str
    place_name: str
    townships: Mapping[str, str]
    villages: Mapping[str, str]
    other_names: tuple[tuple[str, str], ...] = ()
    other_codes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *, code: str, name: str, townships: pd.DataFrame, villages: pd.DataFrame, names: pd.DataFrame
    ) -> Gazetteer:
        """Build one from a place's tables (`names`: code, name, scheme, other_code)."""
        towns = dict(zip(townships["code"], townships["name"], strict=True))
        hamlets = dict(zip(villages["code"], villages["name"], strict=True))
        known = towns.keys() | hamlets.keys()
        rows = list(names[["code", "name", "other_code"]].fillna("").itertuples(index=False, name=None))
        short = zip(townships["short_name"], townships["code"], strict=True) if "short_name" in townships else ()
        return cls(
            place_code=code.ljust(CODE_DIGITS, "0"),
            place_name=name,
            townships=towns,
            villages=hamlets,
            other_names=(
                *((n, c) for c, n, _ in rows if c in known and n),
                *((n, c) for n, c in short if isinstance(n, str) and n),
            ),
            other_codes={o: c for c, _, o in rows if c in known and o and o not in known},
        )

    def name_of(self, code: str) -> str:
        """Return a unit's name; the code itself where it is unknown."""
        if code == self.place_code:
            return self.place_name
        return self.townships.get(code) or self.villages.get(code) or code

    def known(self, code: str) -> bool:
        """Say whether a 12-digit code is a unit of this place, or the place itself."""
        return code in self.townships or code in self.villages or code == self.place_code

    def current(self, code: str) -> str | None:
        """Return the present code of a code of this or another scheme or year, None if there is none."""
        return code if self.known(code) else self.other_codes.get(code)

    @cached_property
    def _townships_by_key(self) -> dict[str, set[str]]:
        pairs = [(name, code) for code, name in self.townships.items()]
        pairs += [(name, code) for name, code in self.other_names if code in self.townships]
        return _by_keys(pairs, township_key, _TOWNSHIP_ENDING)

    @cached_property
    def _villages_by_key(self) -> dict[str, dict[str, set[str]]]:
        pairs = [(name, code) for code, name in self.villages.items()]
        pairs += [(name, code) for name, code in self.other_names if code in self.villages]
        grouped: dict[str, list[tuple[str, str]]] = {}
        for name, code in pairs:
            grouped.setdefault(township_of(code), []).append((name, code))
        return {town: _by_keys(members, village_key, _VILLAGE_ENDING) for town, members in grouped.items()}

    def find_township(self, name: str) -> set[str]:
        """Return the codes of the townships that a name may mean; the place's own for its own level."""
        if plain(name) in (*unit_name_parts("place_level"), plain(self.place_name)):
            return {self.place_code}
        return self._townships_by_key.get(township_key(name), set())

    def find_village(self, name: str, township_code: str) -> set[str]:
        """Return the codes that a village name may mean inside a township; the township's for its own level."""
        town = self.townships.get(township_code, "")
        if plain(name) in unit_name_parts("own_level") or township_key(name) == township_key(town):
            return {township_code}
        members = self._villages_by_key.get(township_code, {})
        return members.get(village_key(name)) or members.get(_VILLAGE_ENDING.sub("", village_key(name)), set())

    def township_code(self, wanted: str) -> str:
        """Return the code of the one township that a name or code means. Raises UnknownUnit."""
        code = full_code(wanted)
        found = {code} if code in self.townships else self.find_township(wanted) - {self.place_code}
        if len(found) == 1:
            return str(next(iter(found)))
        near = self.near(wanted, None)
        msg = f"没有乡镇（街道）“{wanted}”" + (f"；相近的有：{'、'.join(near)}" if near else "")
        raise UnknownUnit(msg)

    def elsewhere(self, name: str) -> list[str]:
        """Return the villages of this name in any township, as "township village" for a message."""
        found = {code for members in self._villages_by_key.values() for code in members.get(village_key(name), set())}
        return [f"{self.name_of(township_of(code))}{self.name_of(code)}" for code in sorted(found)]

    def near(self, name: str, township_code: str | None) -> list[str]:
        """Return up to five names like this one, of villages of a township or of townships."""
        from rapidfuzz import process

        if township_code is None:
            pool = list(self.townships.values())
        else:
            pool = [n for c, n in self.villages.items() if township_of(c) == township_code]
        return [match for match, _, _ in process.extract(name, pool, limit=_MOST_CANDIDATES, score_cutoff=45)]


def _by_keys(
    pairs: Iterable[tuple[str, str]], key: Callable[[str], str], ending: re.Pattern[str]
) -> dict[str, set[str]]:
    """Index codes by key, and by the key without its ending where that is not itself a key."""
    full: dict[str, set[str]] = {}
    bare: dict[str, set[str]] = {}
    for name, code in pairs:
        full.setdefault(key(name), set()).add(code)
        bare.setdefault(ending.sub("", key(name)), set()).add(code)
    return {**bare, **full}
