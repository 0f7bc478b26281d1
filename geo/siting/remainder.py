"""What bounds leave undecided, as a program for HiGHS.

The radius formulation (Elloumi 2010, A tighter formulation of the p-median problem): a variable for each demand point
and each distinct cost says that no open site costs as little as that, and pays the step to the next cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.siting.program import Program, Rows

if TYPE_CHECKING:
    from geo.siting.allocation import Allocation, Indices
    from geo.siting.program import Outcome

_OPEN = 0.5


def solved(problem: Allocation, deadline: float) -> tuple[Indices, Outcome]:
    """The best columns of a problem that is exact (none if the time ran out before any), and how it ended.

    The outcome's bound is on the problem's whole cost, its base included.
    """
    m = problem.shape[1]
    order = np.lexsort((problem.column, problem.cost, problem.row))
    row, column, cost = problem.row[order], problem.column[order], problem.cost[order]
    new = (np.diff(row, prepend=-1) != 0) | (np.diff(cost, prepend=-1) != 0)
    step_row, step_cost, step_of = row[new], cost[new], np.cumsum(new) - 1
    steps = np.arange(len(step_row))
    first = np.diff(step_row, prepend=-1) != 0
    last = np.r_[first[1:], True]
    rise = np.where(last, problem.ceiling[step_row], np.r_[step_cost[1:], 0]) - step_cost
    later = steps[~first]
    falls = Rows(
        np.r_[step_of, steps, later],
        np.r_[column, m + steps, m + later - 1],
        np.r_[np.ones(len(column) + len(steps)), -np.ones(len(later))],
        first.astype(float),
        np.full(len(steps), np.inf),
    )
    number = np.array([float(problem.p)])
    count = Rows(np.zeros(m, dtype=np.intp), np.arange(m), np.ones(m), number, number)
    whole = np.r_[np.ones(m, dtype=bool), np.zeros(len(steps), dtype=bool)]
    outcome = Program(np.r_[np.zeros(m), rise], whole, [falls, count]).solve(deadline)
    paid = problem.base + float(step_cost[first].sum())
    columns = np.zeros(0, dtype=np.intp) if outcome.x is None else np.flatnonzero(outcome.x[:m] > _OPEN)
    return columns, outcome.raised(paid)
