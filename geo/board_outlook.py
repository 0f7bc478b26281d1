"""What a change, a share or a new board does for a unit under a freshness rule.

One change of today cures nothing where the plan asks for short gaps all year or for so many changes, and one fresh
board is not enough where all must be. So nothing is taken for granted here: the boards are judged, by the rule itself,
as they are, and as they would be had each been changed on the day and one more been built.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.freshness import judged_boards
from geo.scenario.applying import apply
from geo.scenario.measures import Add, Scenario
from geo.states import MET
from geo.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.layers import Layers
    from geo.plans.rules import FreshnessRule, Plan

_PLACE_CODE_DIGITS = 12


@dataclass(frozen=True)
class BoardOutlook:
    """Boards by their ids. `fresh`: now; `renewed`: once changed on the day; `new`: whether a new board is fresh.

    `not_fresh`: unit → its boards that are not, where all must be; empty where one fresh board is enough.
    """

    fresh: frozenset[str]
    renewed: frozenset[str]
    new: bool
    not_fresh: Mapping[str, frozenset[str]]

    def mended_by_new(self, unit: str) -> bool:
        """Say whether a new board makes a unit fresh."""
        return self.new and not self.not_fresh.get(unit)

    def mended_by_sharing(self, board: str, unit: str) -> bool:
        """Say whether it does to have a part in a board as it is."""
        return board in self.fresh and not self.not_fresh.get(unit)

    def mended_by_changing(self, board: str, unit: str) -> bool:
        """Say whether it does to change one of its boards."""
        return board in self.renewed and not self.not_fresh.get(unit, frozenset()) - {board}


def board_outlook(layers: Layers, plan: Plan, rule: FreshnessRule, *, as_of: date) -> BoardOutlook:
    """Return what measures on a day do for the units of a rule; `layers` are cut to the day."""
    now, rows = _judge(layers, plan, rule, as_of)
    boards = layers["boards"]
    days: Any = [(*(told or ()), as_of) for told in boards["updates"]]
    changed = boards.assign(updates=days)
    units = layers["villages" if rule.unit == "village" else "townships"]["code"]
    new: tuple[Add, ...] = tuple(Add(kind="add", layer="boards", unit=code) for code in sorted(units)[:1])
    ready = replace(layers, tables={**layers.tables, "boards": changed})
    later, plan_ = apply(ready, plan, Scenario(name="新建一处", measures=new), as_of=as_of)
    then, _ = _judge(later, plan_, rule, as_of)
    all_of_them = plan.settings.fresh_boards == "all"
    stale = {unit: frozenset(b for b in mine if not now[b]) for unit, mine in rows.items()} if all_of_them else {}
    return BoardOutlook(
        fresh=frozenset(board for board, holds in now.items() if holds),
        renewed=frozenset(board for board in now if then[board]),
        new=any(holds for board, holds in then.items() if board not in now),
        not_fresh=stale,
    )


def _judge(
    layers: Layers, plan: Plan, rule: FreshnessRule, as_of: date
) -> tuple[dict[str, bool], dict[str, list[str]]]:
    """Return board → whether it is fresh by the plan's reading, and unit → its boards."""
    survey = Survey(layers, plan.settings, as_of, plan.plan.place.ljust(_PLACE_CODE_DIGITS, "0"))
    ids = [str(number) for number in survey.column("boards", "id")]
    states = judged_boards(survey, rule).reading(plan.settings.freshness_reading)
    units, links = survey.units(rule.unit), survey.links(rule.layer, rule.unit)
    mine = {str(code): [ids[row] for row in links.rows_of(at)] for at, code in enumerate(units.codes)}
    return dict(zip(ids, (np.asarray(states) == MET).tolist(), strict=True)), mine
