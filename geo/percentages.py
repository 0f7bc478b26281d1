"""Shares as people read them, the same on pages, maps, tables and paper."""

from __future__ import annotations

from math import floor

_NEARLY = 1e-9


def percent(share: float) -> str:
    """Return a share of 1 in percent with at most one decimal, cut and never rounded: 99.96 % is not 100 %."""
    return f"{floor(share * 1000 + _NEARLY) / 10:g}%"
