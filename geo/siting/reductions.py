"""Covering problems made smaller: dominated points and sites, sites that must be, parts that don't touch.

A point that is reached whenever another one is can be left out, a site that reaches no more than another at no less
cost too, and a point that one site alone can reach decides it (Toregas and ReVelle 1973, Binary logic solutions to a
class of location problem).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.siting.allocation import Flags, Floats, Indices

_MOST_PRODUCTS = 100_000_000
"""Comparing all rows or columns of a larger problem would take longer than it saves."""


def reduced(covers: Flags, costs: Floats) -> tuple[Indices, Indices, Indices]:
    """Columns that are in a cheapest cover, and the rows and columns that are left to decide.

    Of columns that could stand for each other the lowest-numbered is kept.
    """
    chosen: list[int] = []
    rows, columns = np.arange(covers.shape[0]), np.arange(covers.shape[1])
    while True:
        before = len(rows), len(columns)
        columns = columns[~_dominated_columns(covers[np.ix_(rows, columns)], costs[columns])]
        left = covers[np.ix_(rows, columns)]
        alone = np.unique(np.argmax(left[left.sum(axis=1) == 1], axis=1)) if left.size else np.zeros(0, dtype=np.intp)
        chosen += columns[alone].tolist()
        rows = rows[~left[:, alone].any(axis=1)]
        columns = np.delete(columns, alone)
        rows = rows[~_dominating_rows(covers[np.ix_(rows, columns)])]
        if (len(rows), len(columns)) == before or not len(rows):
            return np.array(sorted(chosen), dtype=np.intp), rows, columns


def parts(covers: Flags) -> Iterator[tuple[Indices, Indices]]:
    """Rows and columns of each part that shares nothing with the rest, in order of their first rows."""
    from scipy.sparse import bmat, csr_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(covers)
    pairs = csr_matrix(covers)
    _, labels = connected_components(bmat([[None, pairs], [pairs.T, None]], format="csr"), directed=False)
    for label in dict.fromkeys(labels[:n].tolist()):
        yield np.flatnonzero(labels[:n] == label), np.flatnonzero(labels[n:] == label)


def _dominated_columns(covers: Flags, costs: Floats) -> Flags:
    """Columns that another one can stand for."""
    size = covers.sum(axis=0)
    common = _common(covers.T)
    if common is None:
        return np.asarray(size == 0)
    one, other = common.row, common.col
    inside = (common.data == size[one]) & (costs[other] <= costs[one]) & (one != other)
    alike = (size[other] == size[one]) & (costs[other] == costs[one])
    dominated = np.asarray(size == 0)
    dominated[one[inside & (~alike | (other < one))]] = True
    return dominated


def _dominating_rows(covers: Flags) -> Flags:
    """Rows that are covered whenever another one is."""
    size = covers.sum(axis=1)
    common = _common(covers)
    needless = np.zeros(len(covers), dtype=bool)
    if common is not None:
        one, other = common.row, common.col
        inside = (common.data == size[one]) & (one != other)
        needless[other[inside & ((size[other] > size[one]) | (other > one))]] = True
    return needless


def _common(covers: Flags) -> Any:
    """How many columns each pair of rows has in common, in sparse coordinates; None where that were too many."""
    from scipy.sparse import csr_matrix

    products = int((covers.sum(axis=0).astype(np.int64) ** 2).sum())
    if products > _MOST_PRODUCTS:
        return None
    pairs = csr_matrix(covers.astype(np.int32))
    return (pairs @ pairs.T).tocoo()
