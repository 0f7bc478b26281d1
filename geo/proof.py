"""The chain of proof of a unit: each requirement with its state, why, by which facilities and rows, and by whom told.

Plain values, the same for paper and screen. Nobody's private data is in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from geo.admin.gazetteer import township_of
from geo.errors import UnknownUnit
from geo.schema import LAYERS, SOURCE_COLUMNS, Layer
from geo.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.store import Batch

    Level = Literal["city", "township", "village", "school", "base"]

_OWN_UNITS: Mapping[Level, str] = {"school": "schools", "base": "bases"}


@dataclass(frozen=True)
class SourceRow:
    """A row of a file, and how it came: dates and names are None or "" where the batch is not known."""

    file: str | None
    sheet: str | None
    row: int | None
    batch: int | None
    received_on: date | None = None
    recorded_on: date | None = None
    sender: str = ""
    recorded_by: str = ""


@dataclass(frozen=True)
class ProvenState:
    """A requirement and how the unit stands. `sharing`: dedicated, shared or None; `facilities`: their ids."""

    task: int
    title: str
    rule: str
    requirement: str
    state: State
    sharing: str | None
    reason: str
    facilities: tuple[str, ...]
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True)
class ProvenFacility:
    """What stands in the unit or serves it. `unit_code`: where it stands; `values`: column → value, public ones."""

    layer: Layer
    id: str
    name: str
    unit_code: str
    values: Mapping[str, Any] = field(repr=False)
    row: SourceRow


@dataclass(frozen=True)
class ProvenFile:
    """A photo or document that was attached to the unit or to one of its facilities; `sha256`: of its content."""

    name: str
    media_type: str
    sha256: str
    recorded_on: date
    recorded_by: str = ""
    facility: str | None = None


@dataclass(frozen=True)
class Proof:
    """All that is known of a unit. `counted`: whether the plan's scope holds it."""

    code: str
    name: str
    level: Level
    township_code: str | None
    township_name: str
    counted: bool
    states: tuple[ProvenState, ...]
    facilities: tuple[ProvenFacility, ...]
    files: tuple[ProvenFile, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        return {one.name: _told(getattr(self, one.name)) for one in fields(self)}


class Prover:
    """Tells the proof of any unit of an assessment; what is needed of all units is gathered once."""

    def __init__(
        self, assessment: Assessment, layers: Layers, gazetteer: Gazetteer, *, batches: Iterable[Batch] = ()
    ) -> None:
        """Take layers cut to the assessment's day; with `batches`, rows say when and by whom they came."""
        self._assessment, self._layers, self._gazetteer = assessment, layers, gazetteer
        self._batches = {batch.batch: batch for batch in batches}

    def proof(self, code: str, files: Iterable[ProvenFile] = ()) -> Proof:
        """Return the proof of the place, a township, a village, a school or a base. Raises UnknownUnit."""
        level, name, home = self._unit(code)
        states = tuple(self._states.get((level, code), ()))
        named = {one for state in states for one in state.facilities}
        facilities = dict.fromkeys([*self._by_unit.get(code, ()), *(i for i in self._by_id if i[1] in named)])
        return Proof(
            code=code,
            name=name,
            level=level,
            township_code=home,
            township_name=self._gazetteer.name_of(home) if home else "",
            counted=level == "city" or bool(states),
            states=states,
            facilities=tuple(self._facility(*self._by_id[key], key) for key in facilities),
            files=tuple(files),
        )

    def _unit(self, code: str) -> tuple[Level, str, str | None]:
        if code == self._gazetteer.place_code:
            return "city", str(self._gazetteer.name_of(code)), None
        if self._gazetteer.known(code):
            home = township_of(code)
            return ("township" if home == code else "village"), self._gazetteer.name_of(code), home
        for level, layer in _OWN_UNITS.items():
            if (layer, code) in self._by_id:
                record = self._by_id[layer, code][1]
                own = str(record["unit_code"] or "")
                at = township_of(own) if self._gazetteer.known(own) and own != self._gazetteer.place_code else None
                return level, str(_json(record["name"]) or code), at
        msg = f"没有代码或编号为“{code}”的单位"
        raise UnknownUnit(msg)

    @cached_property
    def _states(self) -> dict[tuple[str, str], list[ProvenState]]:
        """Level and code of a unit → its states, in the plan's order."""
        found: dict[tuple[str, str], list[ProvenState]] = defaultdict(list)
        for task in self._assessment.tasks:
            for result in task.rules:
                for finding in result.findings:
                    told = ProvenState(
                        task=task.task.no,
                        title=task.task.title,
                        rule=result.rule.id,
                        requirement=result.rule.requirement,
                        state=State(finding["state"]),
                        sharing=finding["sharing"],
                        reason=finding["reason"],
                        facilities=tuple(finding.get("facilities", ())),
                        rows=tuple(self._row(source) for source in finding["evidence"]),
                    )
                    found[result.rule.unit, finding["unit_code"]].append(told)
        return found

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], tuple[Layer, dict[str, Any]]]:
        """Layer and id → each facility and activity."""
        return {
            (layer.name, str(record["id"])): (layer, record)
            for layer in LAYERS.values()
            if layer.role in ("facility", "event")
            for record in _records(self._layers[layer.name])
        }

    @cached_property
    def _by_unit(self) -> dict[str, list[tuple[str, str]]]:
        """Unit code → layer and id of what stands there or names it as served."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, (layer, record) in self._by_id.items():
            named = (record.get(layer.links) or ()) if layer.links else ()
            for code in dict.fromkeys((str(record["unit_code"] or ""), *named)):
                found[code].append(key)
            if layer.own_units:
                found[key[1]].append(key)
        return found

    def _facility(self, layer: Layer, record: dict[str, Any], key: tuple[str, str]) -> ProvenFacility:
        return ProvenFacility(
            layer=layer,
            id=key[1],
            name=str(_json(record["name"]) or layer.label),
            unit_code=str(record["unit_code"] or ""),
            values={column.name: record.get(column.name) for column in layer.public_columns},
            row=self._row({name: record.get(name) for name in SOURCE_COLUMNS}),
        )

    def _row(self, source: Mapping[str, Any]) -> SourceRow:
        file, sheet, row, number = (_json(source[name]) for name in SOURCE_COLUMNS)
        place = (file, sheet, None if row is None else int(row), None if number is None else int(number))
        batch = None if number is None else self._batches.get(int(number))
        if batch is None:
            return SourceRow(*place)
        return SourceRow(*place, batch.received_on, batch.recorded_on, batch.sender, batch.recorded_by)


def _records(table: Any) -> Iterator[dict[str, Any]]:
    for record in pd.DataFrame(table.drop(columns="geometry")).to_dict("records"):
        yield {str(name): value for name, value in record.items()}


def _json(value: Any) -> Any:
    """A value of a table as plain JSON: blanks as None, days as text."""
    if isinstance(value, tuple | list):
        return [str(item) for item in value]
    if value is None or value is pd.NaT or bool(pd.isna(value)):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


def _told(value: Any) -> Any:
    """A value of a proof as plain JSON: parts as objects, a layer as its name."""
    if isinstance(value, Layer):
        return value.name
    if isinstance(value, ProvenState | ProvenFacility | ProvenFile | SourceRow):
        return {one.name: _told(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_told(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
