"""Look-up of names among the units of one level: exactly, by former names, and by looser spellings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from geo.admin.names import (
    TOWNSHIP_ENDING,
    VILLAGE_ENDING,
    loose_township,
    loose_village,
    township_key,
    village_key,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Sequence

FORMER, SPELLING = "旧名", "写法不同"
"""How a name may differ from what its unit is called officially today."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which units a name may mean.

    `how`: blank for a name in official use, else what sets it apart from one. `only`: the one unit that
    it means, None where there are none or several.
    """

    codes: frozenset[str] = frozenset()
    how: str = ""
    only: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Settle `only`, which is asked for far more often than made."""
        object.__setattr__(self, "only", next(iter(self.codes)) if len(self.codes) == 1 else None)


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
    """Names of some units, as (name, code) pairs: those in use, and former ones.

    What is in use today comes before what was, and both before looser spellings.
    """

    keys: Keys
    now: Sequence[tuple[str, str]]
    then: Sequence[tuple[str, str]] = ()

    @cached_property
    def exact(self) -> dict[str, Match]:
        """Names in use by their keys."""
        return _matches((self.keys.exact(name), code) for name, code in self.now)

    @cached_property
    def former(self) -> dict[str, Match]:
        """Names that no longer hold by their keys."""
        return _matches(((self.keys.exact(name), code) for name, code in self.then), FORMER)

    @cached_property
    def loose(self) -> dict[str, Match]:
        """All of them by looser keys, those in use also without their ending."""
        loose = [(self.keys.loose(name), code) for name, code in self.now]
        bare = ((self.keys.ending.sub("", key), code) for key, code in loose)
        then = ((self.keys.loose(name), code) for name, code in self.then)
        return _matches(then, FORMER) | _matches(bare, SPELLING) | _matches(loose, SPELLING)

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
