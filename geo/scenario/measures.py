"""The model of a scenario: a name and a list of measures, as a TOML or JSON file has them."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from geo.errors import InputRefused
from geo.plans.faults import model_faults, syntax_fault
from geo.plans.rules import Code, RuleId, Strict, Text

Site = Literal["stations", "boards", "communicators", "bases", "organisations", "associations"]
"""Layers that measures may build; schools and activities are nobody's siting."""
LONGEST_NAME: Final = 60
Cost = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Position = tuple[
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
]
"""Longitude and latitude, degrees, CGCS2000 (EPSG:4490)."""


class Add(Strict):
    """A new facility, equipped as the plan asks; without a position it stands at its unit's point."""

    kind: Literal["add"]
    layer: Site
    unit: Code
    name: str = ""
    position: Position | None = None
    serves: tuple[Code, ...] = ()
    cost: Cost = 0


class Move(Strict):
    """A facility that stands elsewhere from now on."""

    kind: Literal["move"]
    layer: Site
    id: Text
    unit: Code
    position: Position | None = None
    cost: Cost = 0


class Close(Strict):
    """A facility that exists no more."""

    kind: Literal["close"]
    layer: Site
    id: Text
    cost: Cost = 0


class Share(Strict):
    """A facility that serves further units."""

    kind: Literal["share"]
    layer: Literal["stations", "boards"]
    id: Text
    serves: Annotated[tuple[Code, ...], Field(min_length=1)]
    cost: Cost = 0


class Update(Strict):
    """A board whose content is changed on the scenario's day."""

    kind: Literal["update"]
    id: Text
    cost: Cost = 0


class Threshold(Strict):
    """Another threshold of a rule, on the rule's own scale."""

    kind: Literal["threshold"]
    rule: RuleId
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    cost: Cost = 0


Measure = Annotated[Add | Move | Close | Share | Update | Threshold, Field(discriminator="kind")]


class Scenario(Strict):
    """Measures under a name. `as_of`: the day it is judged on; None takes the day of the comparison."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    note: Annotated[str, Field(max_length=500)] = ""
    as_of: date | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def cost(self) -> float:
        """What all measures cost together, in the unit that they were told in."""
        return float(sum(measure.cost for measure in self.measures))

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON has it; what was left blank stays out."""
        told: dict[str, object] = self.model_dump(mode="json", exclude_defaults=True)
        for measure, short in zip(self.measures, told.get("measures", ()), strict=True):  # type: ignore[call-overload]
            short["kind"] = measure.kind
        return {"name": self.name, **told}


def read_scenario(text: str, *, file: str = "scenario.toml") -> Scenario:
    """Parse and check a scenario, TOML or (by the file's ending) JSON. Raises InputRefused, a fault per mistake."""
    try:
        raw = json.loads(text) if file.lower().endswith(".json") else tomllib.loads(text.lstrip("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        fault = syntax_fault(file, text, error)
        raise InputRefused(fault.line(), faults=[fault]) from error
    except json.JSONDecodeError as error:
        msg = f"{file}：第{error.lineno}行起不是有效的 JSON"
        raise InputRefused(msg) from error
    try:
        return Scenario.model_validate(raw)
    except ValidationError as error:
        faults = model_faults(file, text, error)
        raise InputRefused(faults[0].line(), faults=faults) from error
