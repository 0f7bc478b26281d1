"""What a facility's symbol tells besides its layer: kind and level of bases, teachers of schools, caravan stops."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from geo.schema import LAYERS
from maps.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_STARS: Final = ("star", "star4", "star6", "star8")  # one a kind of base, in the schema's order
_LEVELS: Final = ("#17324f", "#47698f", "#9db4cd", "#e8eef5")  # darkest for the highest
_BARS: Final = ("full", "part", "none", "unknown")


def of(layer: str, table: pd.DataFrame) -> dict[str, Any]:
    """Columns "variants" (label and look of each) and "variantOf" (position of each row's, or None) of a layer."""
    if layer == "bases":
        return _numbered(_bases(), list(zip(table["kind"].tolist(), table["level"].tolist(), strict=True)))
    if layer == "schools":
        known = [value if value in _BARS else "unknown" for value in table["science_teacher"].tolist()]
        looks = {kind: {"label": TEXTS[f"teacher_{kind}"], "look": {"bar": kind}} for kind in _BARS}
        return _numbered(looks, known)
    if layer == "activities":
        caravan = {"label": TEXTS["caravan"], "look": {"shape": "van"}}
        return _numbered({"caravan": caravan}, table["kind"].tolist())
    return {}


@lru_cache
def _bases() -> dict[Any, dict[str, Any]]:
    """Every kind with every level: the star's points tell the kind, its shade the level."""
    columns = [LAYERS["bases"].column(name).choices for name in ("kind", "level")]
    return {
        (kind, level): {
            "label": TEXTS["base_kind"].format(kind=kind_label, level=level_label),
            "look": {"shape": _STARS[k % len(_STARS)], "fill": _LEVELS[min(n, len(_LEVELS) - 1)], "line": _LEVELS[0]},
        }
        for k, (kind, kind_label) in enumerate(columns[0].items())
        for n, (level, level_label) in enumerate(columns[1].items())
    }


def _numbered(looks: Mapping[Any, dict[str, Any]], keys: list[Any]) -> dict[str, Any]:
    numbers = {key: number for number, key in enumerate(looks)}
    return {"variants": list(looks.values()), "variantOf": [numbers.get(_plain(key)) for key in keys]}


def _plain(key: Any) -> Any:
    return None if not isinstance(key, tuple) and pd.isna(key) else key
