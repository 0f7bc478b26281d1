"""What the margin of every map says of its sources: where the base layers come from, how new the facilities are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.schema import LAYERS
from maps.layers import FACILITY_LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.layers import Layers


def source_text(source: Mapping[str, Any]) -> str:
    """Return a source of the base layers in one line."""
    more = [str(source[key]) for key in ("licence", "date") if source.get(key)]
    text = f"{source['title']}：{source['origin']}" if source.get("origin") else str(source["title"])
    return f"{text}（{'，'.join(more)}）" if more else text


def newest_days(layers: Layers) -> Iterator[tuple[str, int, str | None]]:
    """Yield label, number of records and the newest day in them (ISO 8601) of each layer of facilities."""
    for name in FACILITY_LAYERS:
        table, layer = layers[name], LAYERS[name]
        yield layer.label, len(table), _newest(table, layer.starts)


def _newest(table: pd.DataFrame, starts: str | None) -> str | None:
    days = [] if starts is None else [pd.Timestamp(day).date() for day in table[starts].dropna()]
    if "updates" in table:
        days += [day for updates in table["updates"] if isinstance(updates, tuple) for day in updates]
    return max(days).isoformat() if days else None
