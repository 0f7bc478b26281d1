"""The catalogue of spellings in vocabulary.toml, ready for look-ups."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE = re.compile(r"\s+")
_WHETHER = "有无"
_BRACKET = re.compile(r"\(([^()]*)\)$")


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Return a text in NFKC, lower case, without spaces and control characters: for comparing only."""
    folded = unicodedata.normalize("NFKC", text)
    return _SPACE.sub("", "".join(ch for ch in folded if ch.isprintable() or ch.isspace())).lower()


@cache
def catalogue() -> Mapping[str, Any]:
    """Return vocabulary.toml."""
    text = files("geo").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def headers_of(layer: str) -> Mapping[str, str]:
    """Return alias → column for a layer (or `ledger`, whose columns are `layer.column`)."""
    tables = [catalogue()["headers"]["common"]]
    tables.append(catalogue()["ledger"] if layer == "ledger" else catalogue()["headers"].get(layer, {}))
    return {plain(alias): column for table in tables for column, aliases in table.items() for alias in aliases}


def column_of(header: str, layer: str) -> tuple[str | None, str | None]:
    """Return (column, unit of measure) of a header; (None, None) where the layer knows no such column."""
    known, text = headers_of(layer), plain(header)
    if text in known:
        return known[text], None
    if text.removeprefix(_WHETHER) in known:
        return known[text.removeprefix(_WHETHER)], None
    bracket = _BRACKET.search(text)
    if bracket and text[: bracket.start()] in known:
        inside = bracket.group(1)
        return known[text[: bracket.start()]], None if inside in _words("whether") else inside
    return None, None


@cache
def choices_of(column: str, layer: str) -> Mapping[str, str]:
    """Return spelling → canonical value for a choice column."""
    values = catalogue()["values"]
    table = values.get(f"{layer}_{column}", values.get(column, {}))
    return {plain(alias): value for value, aliases in table.items() for alias in aliases}


@cache
def flags() -> Mapping[str, bool]:
    """Return spelling → yes or no."""
    table = catalogue()["values"]["flag"]
    return {plain(alias): value == "yes" for value, aliases in table.items() for alias in aliases}


@cache
def _words(kind: str) -> tuple[str, ...]:
    return tuple(plain(word) for word in catalogue()["words"][kind])


def says_none(text: str) -> bool:
    """Say whether a text is one of the ways to write "none" (0, -, /, 无)."""
    return plain(text) in _words("none")


def puts_off(text: str) -> bool:
    """Say whether a text in place of a name puts the matter off (待建, 在建, 不详)."""
    return plain(text) in _words("put_off")


def doubtful(text: str) -> bool:
    """Say whether a text may deny what a column asks about, or put it off: 无法使用, 在建, 待定, 不详."""
    found = plain(text)
    return found.startswith(_words("doubtful_start")) or any(word in found for word in _words("doubtful"))


@cache
def measures(unit: str) -> Mapping[str, float]:
    """Return unit of measure → factor to the canonical one."""
    return {plain(name): float(factor) for name, factor in catalogue()["measures"].get(unit, {}).items()}


@cache
def unit_name_parts(part: str) -> tuple[str, ...]:
    """Return a list of [unit_names]: endings of village or township names, or words for a level."""
    return tuple(plain(word) for word in catalogue()["unit_names"][part])
