"""What rows are held against, and what the rows of one table have in common."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from geo.intake.decisions import Decisions
from geo.intake.resolve import Resolver

if TYPE_CHECKING:
    from datetime import date

    from geo.admin.gazetteer import Gazetteer
    from geo.intake.positions import Positions
    from geo.schema import Column


@dataclass(frozen=True)
class Ground:
    """What rows are held against: the units, the lines, and the day of report.

    `decisions`: what people decided about names that can't be told.
    """

    gazetteer: Gazetteer
    positions: Positions
    reported_on: date
    decisions: Decisions = field(default_factory=Decisions)

    @cached_property
    def resolver(self) -> Resolver:
        """Tells the units; one for all rows, so that each spelling is resolved once."""
        return Resolver(self.gazetteer, self.decisions)


@dataclass
class Memory:
    """What the rows of one table have in common.

    `cells`: by column, what its cells were read as where nothing was to be told of them: yes, kinds and days stand in
    many rows. `columns`: by layer, those that the table has a cell of its own for.
    """

    cells: defaultdict[str, dict[object, object]] = field(default_factory=lambda: defaultdict(dict))
    columns: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)
    """The units of which it is noted already that the list speaks of their township."""
