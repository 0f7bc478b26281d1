"""The plan as data: tasks, rules, thresholds and the owner's settings.

A plan is a TOML file. `read_plan` checks it against these models and reports every
fault at once, each with its line; nothing about any one county is in code. The kinds
of rule (`Rule.kind`) each have a module that computes them:

presence   a unit has at least one facility that satisfies the conditions   geo.presence
freshness  a unit's boards are changed often enough                        geo.freshness
rows       schools or bases judged by their own columns                    geo.shares
reach      share of the population in units that activities reached        geo.reach
tally      how many records a layer holds in the period                    geo.figures
figure     a reported city-wide number against a threshold                 geo.figures
declared   a yes/no with an evidence document                              geo.figures
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, StringConstraints, ValidationError

from geo.errors import PlanError, UnknownRule
from geo.plans.faults import model_faults, sense_faults, syntax_fault

if TYPE_CHECKING:
    from collections.abc import Collection

    from geo.faults import Fault

Code = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^\d{1,2}(\.[a-z][a-z0-9_]*){2}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
LayerName = Literal[
    "stations", "boards", "communicators", "schools", "bases", "organisations", "associations", "activities"
]
Unit = Literal["township", "village", "school", "base", "city"]
Period = Literal["year", "ever"]
Measure = Literal["share", "count"]
Accepted = dict[str, Annotated[tuple[StrictBool | StrictStr, ...], Field(min_length=1)]]
"""Column → the values that are accepted."""


class Strict(BaseModel):
    """Refuses unknown fields and cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Settings(Strict):
    """What only the plan's owner can decide (see docs/METHOD.md)."""

    scope: Literal["plan", "all"] = "plan"
    """Which townships count: those the plan names, or every one in the statistical list."""
    agricultural_subdistricts: tuple[Code, ...] | None = None
    """涉农街道 of rules with scope "agricultural"; None takes the base layer's flag."""
    township_board_serves_village: bool = False
    """Whether a board at the township seat also serves the village it stands in."""
    shared: Literal["declared_or_several", "declared"] = "declared_or_several"
    freshness_reading: Literal["since_last_change", "largest_interval", "changes_in_year"] = "since_last_change"
    fresh_boards: Literal["one", "all"] = "one"
    city_run_schools: Literal["flag", "all"] = "flag"
    bases_above_prefecture: bool = True
    expired_titles: bool = False
    population: Literal["resident", "registered"] = "resident"
    reach_reading: Literal["units", "distance", "attendance"] = "units"
    """What reached means: the units that activities name, those within `reach_metres` of a venue, or who came."""
    reach_metres: float = Field(default=2000.0, gt=0, allow_inf_nan=False)
    year: Literal["calendar", "twelve_months"] = "calendar"
    """What "a year" means for activities: from 1 January, or the twelve months before the date."""


class RuleBase(Strict):
    """What every rule says. `requirement` and `threshold` are printed with each result."""

    id: RuleId
    requirement: Text
    threshold: float = Field(default=1.0, ge=0, allow_inf_nan=False)


class PresenceRule(RuleBase):
    """A unit has a facility. `require` names columns that must be yes, a number ≥ 1 or filled in."""

    kind: Literal["presence"]
    unit: Literal["township", "village"]
    layer: LayerName
    scope: Literal["all", "agricultural"] = "all"
    includes_villages: bool = False
    """For townships: whether what its villages have counts for it (else only its own level does)."""
    require: tuple[str, ...] = ()
    where: Accepted = {}
    period: Period = "ever"
    measure: Measure = "share"


class FreshnessRule(RuleBase):
    """A unit's boards change content every `months` calendar months (three readings)."""

    kind: Literal["freshness"]
    unit: Literal["township", "village"]
    layer: Literal["boards"] = "boards"
    scope: Literal["all", "agricultural"] = "all"
    months: int = Field(default=2, ge=1, le=24)
    changes_in_year: int = Field(default=6, ge=1)
    measure: Literal["share"] = "share"


class RowsRule(RuleBase):
    """Rows that are units themselves. `meets` lists the accepted values of each column."""

    kind: Literal["rows"]
    unit: Literal["school", "base"]
    layer: Literal["schools", "bases"]
    where: Accepted = {}
    meets: Accepted = Field(min_length=1)
    measure: Measure = "share"


class ReachRule(RuleBase):
    """Share of the population living in units that the year's activities reached."""

    kind: Literal["reach"]
    unit: Literal["village"] = "village"
    layer: Literal["activities"] = "activities"
    scope: Literal["all", "agricultural"] = "all"
    where: Accepted = {}
    period: Period = "year"


class TallyRule(RuleBase):
    """How many records a layer holds in the period."""

    kind: Literal["tally"]
    unit: Literal["city"] = "city"
    layer: LayerName
    where: Accepted = {}
    period: Period = "year"


class FigureRule(RuleBase):
    """A reported number, at least (or at most) the threshold; `per` divides it by a second item.

    `measure` and `per_measure` are the units of measure that the numbers are wanted in (元, 人,
    %: see [measures] in vocabulary.toml); reports in others are converted.
    """

    kind: Literal["figure"]
    unit: Literal["city"] = "city"
    item: Text
    measure: Text | None = None
    per: Text | None = None
    per_measure: Text | None = None
    comparison: Literal["at_least", "at_most"] = "at_least"


class DeclaredRule(RuleBase):
    """A yes/no of the lead unit (value 1 or 0) with an evidence document."""

    kind: Literal["declared"]
    unit: Literal["city"] = "city"
    item: Text


Rule = Annotated[
    PresenceRule | FreshnessRule | RowsRule | ReachRule | TallyRule | FigureRule | DeclaredRule,
    Field(discriminator="kind"),
]


class Task(Strict):
    """A numbered task of the plan. `kind` says how it is judged."""

    no: int = Field(ge=1)
    section: Text
    title: Text
    requirement: Text
    lead: tuple[Text, ...] = Field(min_length=1)
    cooperating: tuple[Text, ...] = ()
    kind: Literal["map", "figure", "declared"]
    rules: tuple[Rule, ...] = Field(min_length=1)


class Phase(Strict):
    """A phase of the campaign; both days belong to it."""

    name: Text
    starts_on: date
    ends_on: date


class Header(Strict):
    """Which document the plan is."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    place: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    title: Text
    document: str = ""
    issued_on: date | None = None
    issuer: str = ""


class Plan(Strict):
    """A whole plan; tasks in the order of the document."""

    plan: Header
    settings: Settings = Settings()
    phases: tuple[Phase, ...] = ()
    tasks: tuple[Task, ...] = Field(min_length=1)
    sha256: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the tasks."""
        return tuple(rule for task in self.tasks for rule in task.rules)

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id; UnknownRule if the plan has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        msg = f"方案中没有规则“{rule_id}”；可用：{'、'.join(rule.id for rule in self.rules)}"
        raise UnknownRule(msg)

    def task_of(self, rule_id: str) -> Task:
        """Return the task that a rule belongs to."""
        for task in self.tasks:
            if any(rule.id == rule_id for rule in task.rules):
                return task
        msg = f"方案中没有规则“{rule_id}”"
        raise UnknownRule(msg)


def read_plan(text: str, *, file: str = "plan.toml", units: Collection[str] | None = None) -> Plan:
    """Parse and check a plan.

    `units` are the 12-digit codes that exist in the place; None skips that check.
    Raises PlanError with one fault per mistake, each naming its line.
    """
    try:
        raw = tomllib.loads(text.lstrip("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _refused(file, [syntax_fault(file, text, error)]) from error
    raw["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    try:
        plan = Plan.model_validate(raw)
    except ValidationError as error:
        raise _refused(file, model_faults(file, text, error)) from error
    faults = sense_faults(file, text, plan, units)
    if faults:
        raise _refused(file, faults)
    return plan


def _refused(file: str, faults: list[Fault]) -> PlanError:
    return PlanError(f"{file}：方案有 {len(faults)} 处错误", faults=faults)
