"""What a siting model answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Status = Literal["optimal", "time_limit", "infeasible"]
    Kind = Literal["count", "fixed", "closed", "budget", "at_most", "at_least", "apart", "capacity", "demand"]


@dataclass(frozen=True)
class Clash:
    """One of the conditions that cannot all be kept: of each such list, none can be left out.

    `subject` names it in the caller's terms: the site or sites, the group, or the demand point that it is about; None
    for the number of sites and the budget. `words` says it in Chinese.
    """

    kind: Kind
    subject: object
    words: str


@dataclass(frozen=True)
class Solution:
    """Chosen sites, with proof.

    `sites` are columns in ascending order. `assignment` has for each demand point the column of the site that serves
    it, -1 where none does. `bound` is what no choice of sites can better, `gap` = |objective - bound| / |objective|.
    `status` is "optimal" (the gap is closed, to 1e-9), "time_limit" (the best found so far; the sites are empty if
    there is none) or "infeasible"; then `clashes` says which conditions contradict each other.
    """

    sites: NDArray[np.intp]
    assignment: NDArray[np.intp]
    objective: float
    bound: float
    gap: float
    status: Status
    seconds: float
    clashes: tuple[Clash, ...] = ()

    @classmethod
    def of(
        cls, sites: NDArray[np.intp], assignment: NDArray[np.intp], objective: float, bound: float, *, seconds: float
    ) -> Solution:
        """An answer whose status follows from how far objective and bound lie apart."""
        difference = abs(objective - bound)
        gap = 0.0 if difference == 0 else difference / abs(objective) if objective else math.inf
        proven = gap <= CLOSED
        return cls(
            sites=np.sort(sites),
            assignment=assignment,
            objective=objective,
            bound=objective if proven else bound,
            gap=0.0 if proven else gap,
            status="optimal" if proven else "time_limit",
            seconds=seconds,
        )

    @classmethod
    def none(
        cls, demand_points: int, *, seconds: float, clashes: tuple[Clash, ...] = (), bound: float = math.nan
    ) -> Solution:
        """No sites: because of clashes, or because the time ran out before any were found."""
        nobody = np.full(demand_points, -1, dtype=np.intp)
        status: Status = "infeasible" if clashes else "time_limit"
        return cls(np.zeros(0, dtype=np.intp), nobody, math.nan, bound, math.inf, status, seconds, clashes)


CLOSED = 2e-9
"""A gap that is rounding."""
