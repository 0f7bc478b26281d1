"""Mixed integer programs for HiGHS, whose rows know which condition they stand for."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from highspy import HighsLp

    from geo.siting.allocation import Flags, Floats, Indices
    from geo.siting.solution import Clash

_CLOSED = 1e-9
_TOLERANCES = ("mip_rel_gap", "mip_abs_gap", "mip_feasibility_tolerance", "primal_feasibility_tolerance")


@dataclass(frozen=True)
class Rows:
    """Linear conditions lower ≤ A x ≤ upper, A by its entries. `name` tells what row i means to the caller.

    Without a name the rows only tie variables together and clash with nobody.
    """

    row: Indices
    column: Indices
    value: Floats
    lower: Floats
    upper: Floats
    name: Callable[[int], Clash] | None = None

    def some(self, chosen: Indices) -> Rows:
        """Only these rows."""
        new = np.full(len(self.lower), -1)
        new[chosen] = np.arange(len(chosen))
        kept = new[self.row] >= 0
        row, column, value = new[self.row[kept]], self.column[kept], self.value[kept]
        return Rows(row, column, value, self.lower[chosen], self.upper[chosen])


@dataclass(frozen=True)
class Outcome:
    """How a program ended; without a point `x` is None."""

    status: Literal["optimal", "time_limit", "infeasible"]
    x: Floats | None
    objective: float
    bound: float

    def raised(self, paid: float) -> Outcome:
        """The same with a cost that is paid anyhow."""
        return Outcome(self.status, self.x, self.objective + paid, self.bound + paid)


@dataclass(frozen=True)
class Program:
    """Minimise cost · x, 0 ≤ x ≤ 1, some of x whole."""

    cost: Floats
    whole: Flags
    rows: Sequence[Rows]

    def solve(self, deadline: float = math.inf) -> Outcome:
        """Solve by one thread, so that the same program has the same answer every time."""
        import highspy
        from highspy._core import _Highs

        # The public class greets on standard output, where a command may be writing JSON.
        solver = _Highs()
        left = deadline - time.perf_counter()
        options = {"output_flag": False, "threads": 1, **dict.fromkeys(_TOLERANCES, _CLOSED)}
        for option, setting in options.items():
            solver.setOptionValue(option, setting)
        if math.isfinite(left):
            solver.setOptionValue("time_limit", max(left, 0.01))
        solver.passModel(self._model())
        solver.run()
        status, info = solver.getModelStatus(), solver.getInfo()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return Outcome("infeasible", None, math.nan, math.nan)
        done: Literal["optimal", "time_limit"] = (
            "optimal" if status == highspy.HighsModelStatus.kOptimal else "time_limit"
        )
        mixed = bool(self.whole.any())
        bound = info.mip_dual_bound if mixed else info.objective_function_value
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            return Outcome("time_limit", None, math.nan, bound)
        x = np.array(solver.getSolution().col_value)
        x[self.whole] = np.round(x[self.whole])
        return Outcome(done, x, info.objective_function_value, bound)

    def _model(self) -> HighsLp:
        import highspy
        from scipy import sparse

        starts = np.cumsum([0, *(len(rows.lower) for rows in self.rows)])
        row = np.concatenate([rows.row + start for rows, start in zip(self.rows, starts, strict=False)])
        column = np.concatenate([rows.column for rows in self.rows])
        value = np.concatenate([rows.value for rows in self.rows])
        matrix = sparse.csr_matrix((value, (row, column)), shape=(starts[-1], len(self.cost)))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.cost), int(starts[-1])
        model.col_cost_ = self.cost
        model.col_lower_, model.col_upper_ = np.zeros(len(self.cost)), np.ones(len(self.cost))
        model.row_lower_ = np.concatenate([rows.lower for rows in self.rows])
        model.row_upper_ = np.concatenate([rows.upper for rows in self.rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[whole] for whole in self.whole.astype(int).tolist()]
        return model


def clashes(program: Program, deadline: float = math.inf) -> tuple[Clash, ...]:
    """Named conditions of an infeasible program that cannot all be kept, none of which could be left out.

    A deletion filter in halves (Junker 2004, QuickXplain). When the time is over, what is left to try counts as
    needed.
    """
    named = [(number, i) for number, rows in enumerate(program.rows) if rows.name for i in range(len(rows.lower))]
    needed = _conflict(program, [], named, base_changed=False, deadline=deadline)
    found = []
    for number, i in sorted(needed):
        name = program.rows[number].name
        assert name is not None
        found.append(name(i))
    return tuple(found)


def _conflict(
    program: Program, kept: list[tuple[int, int]], tried: list[tuple[int, int]], *, base_changed: bool, deadline: float
) -> list[tuple[int, int]]:
    """Of `tried`, a smallest part that clashes with `kept`."""
    if base_changed and not _feasible(program, kept, deadline):
        return []
    if len(tried) <= 1:
        return tried
    half = len(tried) // 2
    first, second = tried[:half], tried[half:]
    of_second = _conflict(program, kept + first, second, base_changed=bool(first), deadline=deadline)
    of_first = _conflict(program, kept + of_second, first, base_changed=bool(of_second), deadline=deadline)
    return of_first + of_second


def _feasible(program: Program, kept: list[tuple[int, int]], deadline: float) -> bool:
    """Whether there is a point that keeps the conditions without a name and some of those with one."""
    if time.perf_counter() > deadline:
        return True
    rows = []
    for number, block in enumerate(program.rows):
        chosen = np.array([i for other, i in kept if other == number], dtype=np.intp)
        rows.append(block.some(chosen) if block.name else block)
    outcome = Program(np.zeros(len(program.cost)), program.whole, rows).solve(deadline)
    return outcome.status != "infeasible"
