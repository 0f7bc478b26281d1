"""Answers about where to build: each solved once for a version of the store, one at a time, within seconds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final

from api.errors import QueueFull
from api.snapshots import Kept, Snapshot
from api.texts import TEXTS

if TYPE_CHECKING:
    from geo.fixes import Costs, Fix
    from geo.proposals import Proposal, Question

MOST_SITES: Final = 30
"""How far the curve of benefit goes."""
SECONDS: Final = 5.0
"""A question may take so long; then the best found is told, with its gap."""
WAITING: Final = 8
"""Questions that may wait for their turn; more are sent away, so that no other page waits for want of threads."""
_KEPT: Final = 200


@dataclass(frozen=True)
class Sited:
    """An answer. `curve`: (sites, objective, bound) for 1 to `MOST_SITES` sites; `weights`: the demand in sum."""

    proposal: Proposal
    curve: tuple[tuple[int, float, float], ...] = ()
    weights: float = 0.0


@dataclass(frozen=True)
class Sitings:
    """Answers by store, day and question."""

    _found: Kept[Hashable, Any] = field(default_factory=lambda: Kept(_KEPT))
    _turn: BoundedSemaphore = field(default_factory=BoundedSemaphore)
    _places: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITING))

    def proposal(self, shot: Snapshot, question: Question) -> Sited:
        """Where to build, with the curve where a number is asked for. Raises InputRefused, UnknownRule."""
        if question.model == "cover-all":
            return Sited(self._kept(shot, question, lambda: self._ground(shot, question).answer(question)))
        found: Sited = self._kept(shot, question, lambda: self._proposal(shot, question))
        return found

    def fix(self, shot: Snapshot, rules: tuple[str, ...], within: float, costs: Costs) -> Fix:
        """The cheapest way to meet rules. Raises InputRefused, UnknownRule."""
        from geo.fixes import cheapest_fix

        def solve() -> Fix:
            return cheapest_fix(shot.layers, shot.assessment, rules, within=within, costs=costs, time_limit=SECONDS)

        found: Fix = self._kept(shot, (rules, within, costs), solve)
        return found

    def _proposal(self, shot: Snapshot, question: Question) -> Sited:
        import numpy as np

        ground = self._ground(shot, question)
        proposal = ground.answer(question)
        every = replace(question, count=None)
        points = self._found.get(
            (*_mark(shot), every),
            lambda: tuple(ground.curve(replace(question, time_limit=1.0), MOST_SITES, seconds=SECONDS)),
        )
        people = question.weight == "people"
        return Sited(proposal, points, float(np.nansum(ground.people)) if people else float(len(ground.demand)))

    def _ground(self, shot: Snapshot, question: Question) -> Any:
        from geo.proposals import Ground

        return Ground(shot.layers, shot.assessment, shot.place, question)

    def _kept(self, shot: Snapshot, asked: Hashable, solve: Any) -> Any:
        key = (*_mark(shot), asked)
        known = self._found.kept(key)
        if known is not None:
            return known
        if not self._places.acquire(blocking=False):
            raise QueueFull(TEXTS["siting_busy"])

        def in_turn() -> Any:
            with self._turn:
                return solve()

        try:
            return self._found.get(key, in_turn)
        finally:
            self._places.release()


def _mark(shot: Snapshot) -> tuple[Hashable, ...]:
    return shot.ground.version, shot.plan.sha256, shot.as_of, shot.known_on
