"""Administrative units: codes, names, and which unit somebody means.

A village's name is only ever resolved inside its township: in one county thirteen
names may stand for two villages or more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from geo.admin.codes import CODE_DIGITS, TOWNSHIP_DIGITS, digits_of, full_code, township_of
from geo.admin.index import NOTHING, TOWNSHIP_KEYS, VILLAGE_KEYS, Match, NameIndex
from geo.admin.names import TOWNSHIP_ENDING, loose_township, loose_village, township_key, village_key
from geo.admin.unit_changes import former_codes, heirs_of, life_of, names_of
from geo.errors import UnknownUnit
from geo.words.vocabulary import plain, unit_name_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from geo.admin.unit_changes import UnitChange

__all__ = ["CODE_DIGITS", "TOWNSHIP_DIGITS", "Gazetteer", "full_code", "township_key", "township_of", "village_key"]

_SEPARATED = re.compile(r"([^\s/\\\-—–·>→|:：]+)[\s/\\\-—–·>→|:：]+(.+)")
_MOST_NEAR = 5
_SHORTEST_NAME = 2

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Gazetteer:
    """All units of a place with every name and code they are known by.

    `townships`, `villages`: code → name. `other_names`: (name, code) pairs of official
    variants; `former_names`: of names that no longer hold. `heirs`: codes of other schemes
    and years → what they stand for today, several where a unit was split. `second`: codes
    in use that mean another unit in another scheme. `gone`: codes without an heir → what
    they were. `changes`: how units changed through the years.
    """

    place_code: str
    place_name: str
    townships: Mapping[str, str]
    villages: Mapping[str, str]
    other_names: Pairs = ()
    former_names: Pairs = ()
    heirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    second: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[UnitChange, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        code: str,
        name: str,
        townships: pd.DataFrame,
        villages: pd.DataFrame,
        names: pd.DataFrame,
        changes: tuple[UnitChange, ...] = (),
    ) -> Gazetteer:
        """Build one from a place's tables (`names`: code, name, scheme, other_code)."""
        towns = dict(zip(townships["code"], townships["name"], strict=True))
        hamlets = dict(zip(villages["code"], villages["name"], strict=True))
        known = towns.keys() | hamlets.keys()
        columns = ["code", "name", "scheme", "other_code"]
        rows = list(names[columns].fillna("").itertuples(index=False, name=None))
        short = zip(townships["short_name"], townships["code"], strict=True) if "short_name" in townships else ()
        pairs: tuple[list[tuple[str, str]], ...] = ([], [])
        led: dict[str, dict[str, None]] = {}
        for unit, called, scheme, other in rows:
            if unit in known and called:
                pairs[scheme.isdigit()].append((called, unit))
            if unit in known and other and other != unit:
                led.setdefault(other, {})[unit] = None
        pairs[0].extend((n, c) for n, c in short if isinstance(n, str) and n)
        pairs[1].extend(names_of(changes, known))
        for other, units in heirs_of(changes, known).items():
            led.setdefault(other, {}).update(dict.fromkeys(units))
        gone = {other: called for unit, called, _, other in rows if other and not unit}
        gone |= {row.from_code: row.from_name for row in changes if row.kind == "dropped"}
        return cls(
            place_code=code.ljust(CODE_DIGITS, "0"),
            place_name=name,
            townships=towns,
            villages=hamlets,
            other_names=tuple(dict.fromkeys(pairs[0])),
            former_names=tuple(dict.fromkeys(pairs[1])),
            heirs={other: tuple(units) for other, units in led.items() if other not in known},
            second={other: tuple(units) for other, units in led.items() if other in known},
            gone={other: called for other, called in gone.items() if other not in led and other not in known},
            changes=changes,
        )

    # -- codes -----------------------------------------------------------------------

    def name_of(self, code: str) -> str:
        """Return a unit's name; the code itself where it is unknown."""
        if code == self.place_code:
            return self.place_name
        return self.townships.get(code) or self.villages.get(code) or code

    def full_name(self, code: str) -> str:
        """Return a village's name after its township's, other units' names alone."""
        return (self.name_of(township_of(code)) if code in self.villages else "") + self.name_of(code)

    def known(self, code: str) -> bool:
        """Say whether a 12-digit code is a unit of this place, or the place itself."""
        return code in self.townships or code in self.villages or code == self.place_code

    def code_of(self, text: str) -> str | None:
        """Return a code as 12 digits, with the zero that Excel took off where the place's codes begin with one."""
        found = full_code(text)
        if found is None and self.place_code.startswith("0"):
            return full_code(f"0{digits_of(text)}")
        return found

    def meanings(self, code: str) -> tuple[str, ...]:
        """Return the units that a 12-digit code may mean, the statistical scheme of today first.

        The township's digits may be of another scheme or year too, with the village's kept:
        that no list says, so names must bear it out (`certain`).
        """
        moved = (f"{home[:TOWNSHIP_DIGITS]}{code[TOWNSHIP_DIGITS:]}" for home in self._led(township_of(code)))
        found = (*([code] if self.known(code) else ()), *self._led(code), *filter(self.known, moved))
        return tuple(dict.fromkeys(found))

    def certain(self, code: str) -> tuple[str, ...]:
        """Return the meanings of a code that a list tells: its own, else its heirs."""
        return (code,) if self.known(code) else self.heirs.get(code, ())

    def current(self, code: str) -> str | None:
        """Return the one unit that a code certainly means, None where there is none or several."""
        found = self.certain(code)
        return found[0] if len(found) == 1 else None

    def life_of(self, code: str) -> tuple[UnitChange, ...]:
        """Return the changes that led to a unit, or from a code of the past, in order of their days."""
        return life_of(code, self.changes)

    def former_codes(self, code: str) -> tuple[str, ...]:
        """Return the codes that a unit, or what it came from, had before."""
        return former_codes(code, self.changes)

    def change_between(self, old: str, unit: str) -> UnitChange | None:
        """Return the change by which a code of the past became a unit, its last one where there were several."""
        found = [c for c in self.life_of(old) if c.to_code == unit and c.from_code != unit]
        return found[-1] if found else None

    def change_from(self, name: str, unit: str) -> UnitChange | None:
        """Return the last change by which what had a village's name became a unit."""
        key = village_key(name)
        return next((c for c in reversed(self.life_of(unit)) if c.from_name and village_key(c.from_name) == key), None)

    def parts_of(self, unit: str) -> set[str]:
        """Return the codes of the villages that were merged into a unit."""
        return {change.from_code for change in self.changes if change.kind == "merged" and change.to_code == unit}

    def end_of(self, code: str) -> UnitChange | None:
        """Return the change with which a code fell out of use."""
        return next((change for change in reversed(self.changes) if change.from_code == code), None)

    def _led(self, code: str) -> tuple[str, ...]:
        return (*self.heirs.get(code, ()), *self.second.get(code, ()))

    # -- names -----------------------------------------------------------------------

    @cached_property
    def _townships(self) -> NameIndex:
        names = [(name, code) for code, name in self.townships.items()]
        names += [(name, code) for name, code in self.other_names if code in self.townships]
        index = NameIndex(TOWNSHIP_KEYS, names, [pair for pair in self.former_names if pair[1] in self.townships])
        for word in (*unit_name_parts("place_level"), plain(self.place_name)):
            index.exact[word] = Match(frozenset({self.place_code}))
        return index

    @cached_property
    def _members(self) -> dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]]:
        """Township → (name, code) pairs of its villages, in use and former."""
        found: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {}
        now = [(name, code) for code, name in self.villages.items()] + list(self.other_names)
        for which, pairs in enumerate((now, self.former_names)):
            for name, code in pairs:
                if code in self.villages:
                    found.setdefault(township_of(code), ([], []))[which].append((name, code))
        return found

    @cached_property
    def _villages(self) -> dict[str, NameIndex]:
        return {}

    def villages_of(self, township_code: str) -> NameIndex:
        """Return the names of a township's villages, and what stands for the township itself."""
        index = self._villages.get(township_code)
        if index is None:
            index = NameIndex(VILLAGE_KEYS, *self._members.get(township_code, ((), ())))
            own = Match(frozenset({township_code}))
            names = [self.townships.get(township_code, "")]
            names += [n for n, c in self.other_names if c == township_code and TOWNSHIP_ENDING.search(plain(n))]
            for word in filter(None, (*unit_name_parts("own_level"), *map(plain, names), *map(township_key, names))):
                index.exact.setdefault(word, own)
            self._villages[township_code] = index
        return index

    def match_township(self, name: str) -> Match:
        """Return the townships that a name may mean; the place itself for its own level."""
        match = self._townships.find(name)
        return match if match.codes else self._townships.find(self._below(name))

    def _below(self, name: str) -> str:
        """Return what stands after the place's name (某省某县甲镇 → 甲镇)."""
        return name.rpartition(self.place_name)[2].strip(" /-—")

    def match_village(self, name: str, township_code: str) -> Match:
        """Return what a village's name may mean inside a township; the township for its own level."""
        if township_code not in self.townships:
            return NOTHING
        match = self.villages_of(township_code).find(name)
        if match.how and self._is_bare(name, township_code):
            return Match(match.codes | {township_code}, match.how)
        return match

    def _is_bare(self, name: str, township_code: str) -> bool:
        """Say whether a name is the township's without its ending: it may mean that one or a village called alike."""
        whole = loose_township(self.townships[township_code])
        return loose_village(name) == TOWNSHIP_ENDING.sub("", whole)

    def had(self, name: str, township_code: str) -> bool:
        """Say whether a township once had a village of this name that has no heir."""
        gone = (called for code, called in self.gone.items() if township_of(code) == township_code)
        return village_key(name) in map(village_key, gone)

    def find_township(self, name: str) -> set[str]:
        """Return the codes of the townships that a name may mean; the place's own for its own level."""
        return set(self.match_township(name).codes)

    def find_village(self, name: str, township_code: str) -> set[str]:
        """Return the codes that a village name may mean inside a township; the township's for its own level."""
        return set(self.match_village(name, township_code).codes)

    def parted(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (township code, rest) for each way to read a text as a township's name and a village's.

        Without a sign between them the township must be written out (甲镇乙村, not 甲乙村).
        """
        for words in dict.fromkeys((text.strip(), self._below(text))):
            divided = _SEPARATED.fullmatch(words)
            if divided and (home := self.match_township(divided[1]).only) in self.townships:
                yield str(home), divided[2]
            yield from self._run_on(plain(words))

    def _run_on(self, whole: str) -> Iterator[tuple[str, str]]:
        for end in range(len(whole) - 1, 1, -1):
            head = whole[:end]
            home = self.match_township(head).only if head in self._written_out else None
            if home in self.townships:
                yield str(home), whole[end:]

    @cached_property
    def _written_out(self) -> frozenset[str]:
        """Names of townships that say what they are: official ones, and all that end in 镇, 乡 or 街道."""
        ended = (key for key in self._townships.exact if TOWNSHIP_ENDING.search(key))
        official = (key for name in self.townships.values() for key in (plain(name), township_key(name)))
        return frozenset((*ended, *official))

    @cached_property
    def _everywhere(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, name in self.villages.items():
            found.setdefault(loose_village(name), []).append(code)
        return found

    def elsewhere(self, name: str) -> list[str]:
        """Return the codes of the villages of this name in any township."""
        return sorted(self._everywhere.get(loose_village(name), ()))

    def formerly(self, name: str) -> list[str]:
        """Return the units that bore a village's name once, and the codes of those that are gone."""
        key = village_key(name)
        found = [code for called, code in self.former_names if code in self.villages and village_key(called) == key]
        found += [code for code, called in self.gone.items() if village_key(called) == key]
        return sorted(set(found))

    def is_name(self, text: str) -> bool:
        """Say whether a text is the name of a unit of this place, a village's alone or after its township's."""
        if len(text) < _SHORTEST_NAME:
            return False
        if self.match_township(text).codes or self.elsewhere(text):
            return True
        return any(self.match_village(rest, home).codes for home, rest in self.parted(text))

    # -- townships that somebody asks for ---------------------------------------------

    def township_code(self, wanted: str) -> str:
        """Return the code of the one township that a name or code means. Raises UnknownUnit."""
        code = self.code_of(wanted)
        found = {code} if code in self.townships else self.find_township(wanted) - {self.place_code}
        if len(found) == 1:
            return str(next(iter(found)))
        from rapidfuzz import process

        near = [n for n, _, _ in process.extract(wanted, self.townships.values(), limit=_MOST_NEAR, score_cutoff=45)]
        msg = f"没有乡镇（街道）“{wanted}”" + (f"；相近的有：{'、'.join(near)}" if near else "")
        raise UnknownUnit(msg)
