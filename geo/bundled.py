"""The place folders that come with the program, wherever it runs from.

In a checkout they lie in `data/` beside the packages; in an installed wheel the same folders
lie in `geo/_data/` (pyproject.toml maps one to the other). Code outside this module knows neither.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import PlaceError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from geo.admin.unit_changes import UnitChange

_PACKAGE = Path(__file__).parent
_HOMES = (_PACKAGE / "_data", _PACKAGE.parent / "data")


def bundled_places() -> dict[str, Path]:
    """Name → folder of every bundled place, by name; a place is a folder with a `place.toml`."""
    home = next((folder for folder in _HOMES if folder.is_dir()), None)
    if home is None:
        return {}
    return {marker.parent.name: marker.parent for marker in sorted(home.glob("*/place.toml"))}


def bundled_place(name: str | None = None) -> Path:
    """The folder of a bundled place; without a name, of the only one there is.

    Raises PlaceError when there is no place of that name, or when none was named and there
    isn't exactly one.
    """
    places = bundled_places()
    if name is None and len(places) == 1:
        return next(iter(places.values()))
    if name is not None and name in places:
        return places[name]
    known = "、".join(places) or "无"
    wanted = f"没有名为“{name}”的内置地区" if name is not None else "请指明使用哪一个内置地区"
    msg = f"{wanted}（现有：{known}）"
    raise PlaceError(msg)


def bundled_changes(code: str, units: Collection[str]) -> Sequence[UnitChange]:
    """How units changed by the bundled place of a code, if it has changes and they lead to a place's own `units`."""
    from geo.admin.unit_changes import read_changes

    for folder in bundled_places().values():
        place = tomllib.loads((folder / "place.toml").read_text(encoding="utf-8-sig")).get("place", {})
        if place.get("code") == code:
            changes, faults = read_changes(folder / "changes.csv", units)
            return () if faults else changes
    return ()
