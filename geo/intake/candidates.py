"""Which units a name that can't be told may mean: up to five, each with its reason, for a person to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.admin.index import FORMER
from geo.admin.names import bare_village, ends_as_village, loose_township, loose_village, spoken
from geo.faults import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from geo.admin.gazetteer import Gazetteer

MOST = 5
KIND, SPOKEN, ONE_SIGN, SIMILAR = "村、社区不同", "同音", "差一字", "相近"
SAID_BY_CODE, SAID_BY_NAME = "代码所指", "名称所指"
SAME_NAME, FOUND_THERE = "同名，在别的乡镇", "村名在这里"
_LEAST_SIMILAR = 50
_RANK = {KIND: 0, SPOKEN: 1, ONE_SIGN: 2, FORMER: 3, SAME_NAME: 4, SIMILAR: 5}


def offer(gazetteer: Gazetteer, found: Iterable[tuple[str, str]]) -> tuple[Candidate, ...]:
    """Return the first five units of (code, reason) pairs, each once."""
    reasons: dict[str, str] = {}
    for code, reason in found:
        reasons.setdefault(code, reason)
    return tuple(Candidate(c, gazetteer.full_name(c), why) for c, why in list(reasons.items())[:MOST])


def villages_like(gazetteer: Gazetteer, name: str, township: str) -> Iterator[tuple[str, str]]:
    """Yield (code, reason) of the villages that a name may mean: those of its township, then its like in others."""
    index = gazetteer.villages_of(township)
    keys = [(key, code, match.how == FORMER) for key, match in index.loose.items() for code in match.codes]
    near = list(_near(loose_village(name), ((key, code) for key, code, former in keys if not former)))
    then = _near(loose_village(name), ((key, code) for key, code, former in keys if former))
    near += [(code, FORMER, score) for code, reason, score in then if reason != SIMILAR]
    near += [(code, SAME_NAME, 0.0) for code in gazetteer.elsewhere(name) if not code.startswith(township[:9])]
    for code, reason, _ in sorted(near, key=lambda n: (_RANK[n[1]], -n[2], n[0])):
        yield code, reason


def townships_like(gazetteer: Gazetteer, name: str) -> Iterator[tuple[str, str]]:
    """Yield (code, reason) of the townships that a name may mean."""
    names = [(loose_township(n), c) for c, n in gazetteer.townships.items()]
    names += [(loose_township(n), c) for n, c in gazetteer.other_names if c in gazetteer.townships]
    for code, reason, _ in sorted(_near(loose_township(name), names), key=lambda n: (_RANK[n[1]], -n[2], n[0])):
        yield code, reason


def _near(key: str, names: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    """Yield (code, reason, likeness) of the names like a key."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.fuzz import ratio

    if not key:
        return
    bare, sound = bare_village(key), spoken(bare_village(key))
    for other, code in names:
        alike = ratio(key, other)
        if bare_village(other) == bare and ends_as_village(key) and ends_as_village(other):
            yield code, KIND, alike
        elif spoken(bare_village(other)) == sound:
            yield code, SPOKEN, alike
        elif Levenshtein.distance(key, other, score_cutoff=1) == 1:
            yield code, ONE_SIGN, alike
        elif alike >= _LEAST_SIMILAR:
            yield code, SIMILAR, alike
