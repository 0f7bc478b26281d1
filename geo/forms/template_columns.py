"""The columns of a blank template: header, kind, drop-down list, and what is said of each.

sheet_templates.toml says which columns there are and what they are called. Headers are spellings
of the catalogue (vocabulary.toml), so whatever a template asks for is understood when it comes back.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from geo.crs import DATUM_LABELS
from geo.intake.columns import LEDGER
from geo.schema import Column, layer_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COORDINATES = ("lon", "lat", "datum")
YES_NO = ("有", "无")
_KINDS = {"presence": "flag", "updates": "dates", "last_update": "date", "datum": "choice"}
"""Of columns that only an input has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A column of a template.

    `kind` is a kind of `geo.schema`, or `township`, `village`, `lon`, `lat`. `choices`: the
    words of its drop-down list, which other words may replace unless they are `enforced`.
    """

    name: str
    header: str
    kind: str
    what: str
    how: str
    example: Any
    choices: tuple[str, ...]
    enforced: bool
    required: bool


@cache
def template_texts() -> Mapping[str, Any]:
    """Return sheet_templates.toml."""
    return tomllib.loads(files("geo.forms").joinpath("sheet_templates.toml").read_text(encoding="utf-8"))


def template_columns(layer: str, *, units: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return the columns of a layer's (or the ledger's) template; `units` are those that name a row's unit."""
    own = template_texts()["columns"][layer]
    placed = COORDINATES if layer != LEDGER and layer_named(layer).role in ("facility", "event") else ()
    return tuple(_entry(name, layer) for name in (*units, *own, *placed))


def _entry(name: str, layer: str) -> Entry:
    texts = template_texts()
    said = texts["columns"][layer].get(name) or texts["columns"]["common"][name]
    column = _definition(name, layer)
    kind = said.get("kind") or (column.kind if column else _KINDS.get(name.rpartition(".")[2], "text"))
    return Entry(
        name=name,
        header=_header(said, column),
        kind=kind,
        what=said["what"],
        how=said.get("how") or texts["kinds"][kind],
        example=said.get("example"),
        choices=tuple(said.get("choices", ())) or _choices(name, layer, kind, column),
        enforced=not (column and column.descriptive),
        required=bool(said.get("required") or (column and column.required)),
    )


def _definition(name: str, layer: str) -> Column | None:
    """The canonical column; None for those that only an input has (township, lon, stations.presence)."""
    of, _, column = name.rpartition(".") if layer == LEDGER else (layer, "", name)
    try:
        return layer_named(of).column(column) if of else None
    except KeyError:
        return None


def _header(said: Mapping[str, Any], column: Column | None) -> str:
    """The header as the texts or the schema have it, with the unit of measure that numbers are wanted in."""
    text = str(said.get("header") or (column.label if column else ""))
    measure = column.measure if column and column.kind in ("count", "number") else None
    return f"{text}（{measure}）" if measure and measure not in text else text


def _choices(name: str, layer: str, kind: str, column: Column | None) -> tuple[str, ...]:
    if name == "datum":
        return tuple(DATUM_LABELS.values())
    if kind == "flag":
        shares = layer == LEDGER and any(c.name == "sharing" for c in layer_named(name.partition(".")[0]).columns)
        both = name.endswith(".presence") and shares
        return (*YES_NO, *_sharing()) if both else YES_NO
    return tuple(column.choices.values()) if column else ()


def _sharing() -> Iterator[str]:
    yield from layer_named("stations").column("sharing").choices.values()
