"""What a reader asks about where to build: all of it stands in the address."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

from api.sitings import SECONDS
from api.texts import TEXTS
from geo.errors import InputRefused
from geo.fixes import Costs, can_fix
from geo.plans.rules import Plan
from geo.proposals import Candidates, Question, Weight, can_site
from geo.schema import LAYERS

How = Literal["count", "all", "cheapest"]
Model = Literal["cover", "median", "center"]
Zoom = Literal["sites"]
"""The map shows no more than what is new and whom it serves."""
HOWS: Final = ("count", "all", "cheapest")
MODELS: Final = ("cover", "median", "center")
NO: Final = "-"
"""A price that rules a kind of measure out."""


@dataclass(frozen=True)
class SitingQuery:
    """The question. Prices as they were written: `NO` or blank rules a kind out."""

    how: How = "count"
    rule: tuple[str, ...] = ()
    count: int = 3
    within: float = 1000.0
    model: Model = "cover"
    weight: Weight = "units"
    candidates: Candidates = "villages"
    most_each: int | None = None
    build: str = "10"
    share: str = "1"
    update: str = "0.5"
    zoom: Zoom | None = None

    def of(self, plan: Plan) -> SitingQuery:
        """The same with a rule, where none was named: the first whose facilities can be shared, else the first.

        Raises InputRefused where the plan has none that can be asked about.
        """
        if self.rule:
            return self
        known = rules_of(plan, self.how)
        if not known:
            raise InputRefused(TEXTS["siting_no_rule"])
        chosen = next((rule for rule in known if LAYERS[rule.layer].links == "serves"), known[0])
        return replace(self, rule=(chosen.id,))

    @property
    def question(self) -> Question:
        """As the models are asked. Raises InputRefused."""
        if len(self.rule) != 1:
            raise InputRefused(TEXTS["siting_one_rule"])
        every = self.how == "all"
        return Question(
            rule=self.rule[0],
            model="cover-all" if every else self.model,
            count=None if every else self.count,
            within=self.within,
            weight=self.weight,
            candidates=self.candidates,
            most_each=self.most_each,
            time_limit=SECONDS,
        )

    @property
    def costs(self) -> Costs:
        """What measures cost. Raises InputRefused."""
        return Costs(*(_price(getattr(self, name)) for name in ("build", "share", "update")))

    def fields(self, **changes: Any) -> dict[str, Any]:
        """The query of an address, without what is so by default."""
        changed, plain = replace(self, **changes), SitingQuery()
        told = {field.name: getattr(changed, field.name) for field in fields(changed)}
        return {name: _written(value) for name, value in told.items() if value != getattr(plain, name)}


def rules_of(plan: Plan, how: How) -> list[Any]:
    """The rules that can be asked about."""
    fits = can_fix if how == "cheapest" else can_site
    return [rule for rule in plan.rules if fits(rule)]


def _price(text: str) -> float | None:
    try:
        return None if text.strip() in ("", NO) else float(text)
    except ValueError:
        raise InputRefused(TEXTS["siting_price_wrong"].format(price=text[:20])) from None


def _written(value: Any) -> Any:
    return f"{value:.12g}" if isinstance(value, float) else value
