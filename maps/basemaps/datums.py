"""Whether a basemap lies on the same datum as the data. One that doesn't is refused, never shifted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

from geo.crs import DATUM_LABELS, Datum
from maps.basemaps.texts import TEXTS
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

_OFFSET: Final = frozenset({"gcj02", "bd09"})
# Words of providers in names, credits and addresses that give away an offset datum.
_SUSPECTS: Final[tuple[tuple[str, Datum], ...]] = (
    (r"高德|腾讯|火星坐标|(?<![a-z])(?:amap|autonavi|gtimg|map\.qq\.com|google\.cn|gcj-?02)", "gcj02"),
    (r"百度|(?<![a-z])(?:baidu|bdimg|bdstatic|bd-?09)", "bd09"),
)


def check(name: str, *, declared: str | None, said: Iterable[str] = ()) -> None:
    """Let a basemap pass that is on CGCS2000 or WGS 84.

    ``declared`` is what its user or its own metadata states; ``said`` are its texts, in which a
    provider's name counts only where nothing is declared. Raises BasemapRefused.
    """
    if declared:
        datum = known(name, declared)
        if datum in _OFFSET:
            raise BasemapRefused(TEXTS["offset"].format(name=name, datum=DATUM_LABELS[datum]))
        return
    found = suspect(" ".join(said))
    if found:
        raise BasemapRefused(TEXTS["suspect"].format(name=name, word=found[0], datum=DATUM_LABELS[found[1]]))


def known(name: str, text: str) -> Datum:
    """A datum by its name, hyphens and case aside. Raises BasemapRefused."""
    key = text.strip().lower().replace("-", "").replace(" ", "").replace("_", "")
    for datum in get_args(Datum):
        if key == datum:
            return datum  # type: ignore[no-any-return]
    raise BasemapRefused(TEXTS["datum"].format(name=name, datum=text))


def suspect(text: str) -> tuple[str, Datum] | None:
    """The first word in a text that names a provider on an offset datum."""
    for pattern, datum in _SUSPECTS:
        if found := re.search(pattern, text, re.IGNORECASE):
            return found[0], datum
    return None
