"""Look-up of names among the units of one level: exactly, by former names, and by looser spellings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geo.unit_names import (
    TOWNSHIP_ENDING,
    VILLAGE_ENDING,
    loose_township,
    loose_village,
    township_key,
    village_key,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

FORMER, SPELLING = "旧名", "写法不同"
"""How a name may differ from what its unit is called officially today."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which units a name may mean. `how`: blank for a name in official use, else what sets it apart from one."""

    codes: frozenset[str] = frozenset()
    how: str = ""

    @property
    def only(self) -> str | None:
        """The one unit that it means, None where there are none or several."""
        return next(iter(self.codes)) if len(self.codes) == 1 else None


NOTHING = Match()


@dataclass(frozen=True, slots=True)
class Keys:
    """How the names of a level are made comparable."""

    exact: Callable[[str], str]
    loose: Callable[[str], str]
    ending: re.Pattern[str]


TOWNSHIP_KEYS = Keys(township_key, loose_township, TOWNSHIP_ENDING)
VILLAGE_KEYS = Keys(village_key, loose_village, VILLAGE_ENDING)


@dataclass
class NameIndex:
    """Names of some units. What is in use today comes before what was, and both before looser spellings."""

    keys: Keys
    exact: dict[str, Match] = field(default_factory=dict)
    former: dict[str, Match] = field(default_factory=dict)
    loose: dict[str, Match] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Keys, names: Iterable[tuple[str, str]], former: Iterable[tuple[str, str]] = ()) -> NameIndex:
        """Index (name, code) pairs in use, and former ones."""
        now, then = list(names), list(former)
        loose = [(keys.loose(name), code) for name, code in now]
        bare = [(keys.ending.sub("", key), code) for key, code in loose]
        return cls(
            keys,
            exact=_matches((keys.exact(name), code) for name, code in now),
            former=_matches(((keys.exact(name), code) for name, code in then), FORMER),
            loose=_matches(((keys.loose(name), code) for name, code in then), FORMER)
            | _matches(bare, SPELLING)
            | _matches(loose, SPELLING),
        )

    def find(self, name: str) -> Match:
        """Return what a name may mean."""
        key = self.keys.exact(name)
        return self.exact.get(key) or self.former.get(key) or self.loose.get(self.keys.loose(name), NOTHING)


def _matches(pairs: Iterable[tuple[str, str]], how: str = "") -> dict[str, Match]:
    grouped: dict[str, set[str]] = {}
    for key, code in pairs:
        if key:
            grouped.setdefault(key, set()).add(code)
    return {key: Match(frozenset(codes), how) for key, codes in grouped.items()}
