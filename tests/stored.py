"""What a store holds, in a form that two moments can be compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from geo.store import Store


def contents(store: Store) -> tuple[Any, ...]:
    """Everything that an import may change: version, batches, layers, reports of none, complete lists."""
    layers = store.layers()
    tables = {name: _text(table) for name, table in layers.tables.items()}
    return store.version(), store.batches(), tables, _text(layers.none), _text(layers.complete)


def _text(table: pd.DataFrame) -> str:
    return str(pd.DataFrame(table).astype(str).to_csv())
