"""What is asked of the models, checked: matrices, demand, numbers and fixed sites.

Whatever cannot be meant raises `SitingRefused` before anything is solved, with one sentence in Chinese.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.errors import SitingRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from geo.siting.allocation import Flags, Floats, Indices

_SHOWN = 5


def refuse(message: str) -> SitingRefused:
    """The error to raise, so that one line says what is wrong."""
    return SitingRefused(message)


def listed(numbers: Indices | Sequence[int]) -> str:
    """The first few of some indices."""
    shown = "、".join(str(int(number)) for number in numbers[:_SHOWN])
    return shown + ("等" if len(numbers) > _SHOWN else "")


def costs_of(cost: ArrayLike) -> Floats:
    """A matrix of costs or distances, (demand points, candidate sites); infinite where a site is out of reach."""
    matrix = _matrix(cost, "费用矩阵")
    for wrong, said in ((np.isnan(matrix), "空值"), (matrix < 0, "负数")):
        if wrong.any():
            msg = f"费用矩阵中有{said}：第{listed(np.flatnonzero(wrong.any(axis=1)))}行（从0起）。"
            raise refuse(msg)
    if np.isinf(matrix).all():
        msg = "没有一个候选点够得着任何需求点。"
        raise refuse(msg)
    return matrix


def covers_of(covers: ArrayLike) -> Flags:
    """Which site covers which demand point, (demand points, candidate sites)."""
    matrix = _matrix(covers, "覆盖矩阵")
    if not np.isin(matrix, (0, 1)).all():
        msg = "覆盖矩阵只能由0和1（是、否）组成。"
        raise refuse(msg)
    if not matrix.any():
        msg = "没有一个候选点够得着任何需求点。"
        raise refuse(msg)
    return matrix.astype(bool)


def demand_of(demand: ArrayLike | None, points: int) -> Floats:
    """The weight of each demand point; 1 each if none is given."""
    weights = np.ones(points) if demand is None else vector(demand, points, "需求量", "需求点")
    if not weights.any():
        msg = "所有需求点的需求量都是0。"
        raise refuse(msg)
    return weights


def vector(values: ArrayLike, length: int, what: str, of: str) -> Floats:
    """Finite numbers of at least 0, one for each of something."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{what}应为数字。"
        raise refuse(msg) from error
    if numbers.shape != (length,):
        msg = f"{what}应为每个{of}一个数（{length}个），而不是形状{numbers.shape}。"
        raise refuse(msg)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        msg = f"{what}应为不小于0的数：序号{listed(np.flatnonzero(wrong))}（从0起）不是。"
        raise refuse(msg)
    return numbers


def sites_of(sites: Sequence[int] | ArrayLike, m: int, what: str) -> Indices:
    """Columns, each once, in ascending order."""
    given = np.asarray(sites)
    if given.size == 0:
        return np.zeros(0, dtype=np.intp)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.integer) or given.min() < 0 or given.max() >= m:
        msg = f"{what}应为候选点的序号（0到{m - 1}）。"
        raise refuse(msg)
    return np.unique(given).astype(np.intp)


def number_of(p: int, m: int, fixed: Indices) -> int:
    """How many sites in all, the fixed ones among them."""
    if not _is_whole(p) or p < 1:
        msg = f"设点数应为不小于1的整数，而不是{p}。"
        raise refuse(msg)
    if p > m:
        msg = f"要设{p}个点，而候选点只有{m}个。"
        raise refuse(msg)
    if p < len(fixed):
        msg = f"共设{p}个点，而已定的点就有{len(fixed)}个。"
        raise refuse(msg)
    return int(p)


def deadline_of(time_limit: float | None) -> float:
    """The reading of the performance counter at which to stop."""
    if time_limit is None:
        return math.inf
    if not time_limit > 0:
        msg = f"时限应为大于0的秒数，而不是{time_limit}。"
        raise refuse(msg)
    return time.perf_counter() + float(time_limit)


def in_canonical_order(matrix: NDArray[Any]) -> Indices:
    """An order of rows that depends on their contents alone, so that the order in which they come decides nothing."""
    wide = np.ascontiguousarray(matrix)
    keys = wide.view(np.dtype((np.void, wide.shape[1] * wide.itemsize))).ravel()
    return np.argsort(keys, kind="stable")


def grain_of(amounts: Floats) -> float:
    """1 if every amount is a whole number, so that sums of them are; else 0."""
    return float(amounts.sum() < 2**52 and (amounts == np.floor(amounts)).all())


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _matrix(values: ArrayLike, what: str) -> Floats:
    try:
        matrix = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"{what}应为数字。"
        raise refuse(msg) from error
    if matrix.ndim != 2 or 0 in matrix.shape:
        msg = f"{what}应有需求点（行）和候选点（列），而不是形状{matrix.shape}。"
        raise refuse(msg)
    return matrix
