"""When facilities exist: from the day they start to the day they close, of either of which only the month may be told.

A day of closing is the first on which a facility exists no more. A month told alone may be any day of
it, so within that month nobody knows; `Layer.starts` and `Layer.ends` name the columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.schema import MONTH_FLAGS

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from geo.schema import Layer


def not_begun(table: pd.DataFrame, layer: Layer, day: date) -> NDArray[np.bool_]:
    """Say which rows surely start only after a day; shape (n,)."""
    if layer.starts is None or layer.starts not in table:
        return np.zeros(len(table), dtype=bool)
    return (table[layer.starts] > pd.Timestamp(day)).to_numpy(bool)


def closed(table: pd.DataFrame, layer: Layer, day: date) -> NDArray[np.bool_]:
    """Say which rows surely exist no more on a day; shape (n,)."""
    if not has_closings(table, layer):
        return np.zeros(len(table), dtype=bool)
    return (last_days(table, str(layer.ends)) <= pd.Timestamp(day)).to_numpy(bool)


def maybe_not_begun(table: pd.DataFrame, layer: Layer, day: date) -> NDArray[np.bool_]:
    """Say which rows may start only after a day, their month being all that is told; shape (n,)."""
    if layer.starts is None or not _has_months(table, layer.starts):
        return np.zeros(len(table), dtype=bool)
    return (last_days(table, layer.starts) > pd.Timestamp(day)).to_numpy(bool)


def maybe_closed(table: pd.DataFrame, layer: Layer, day: date) -> NDArray[np.bool_]:
    """Say which rows may exist no more on a day, their month of closing being all that is told; shape (n,)."""
    if not has_closings(table, layer):
        return np.zeros(len(table), dtype=bool)
    first: NDArray[np.bool_] = (table[str(layer.ends)] <= pd.Timestamp(day)).to_numpy(bool)
    return first & ~closed(table, layer, day)


def has_closings(table: pd.DataFrame, layer: Layer) -> bool:
    """Say whether any row of a table tells when it closed."""
    return layer.ends is not None and layer.ends in table and bool(table[layer.ends].notna().any())


def last_days(table: pd.DataFrame, column: str) -> pd.Series:
    """Return the last day that each row's start or closing may be: the one told, or the end of a month told alone."""
    days = table[column]
    if not _has_months(table, column):
        return days
    vague = table[MONTH_FLAGS[column]].astype("boolean").fillna(False).to_numpy(bool)
    return days.where(~vague, days + pd.offsets.MonthEnd(0))


def _has_months(table: pd.DataFrame, column: str) -> bool:
    flag = MONTH_FLAGS.get(column)
    return flag is not None and flag in table and bool(table[flag].any())
