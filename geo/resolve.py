"""Which unit a row means: its code, its names, or both, held against the gazetteer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from geo.admin import full_code, township_of
from geo.cells import items_of, text_of

if TYPE_CHECKING:
    from geo.admin import Gazetteer
    from geo.cells import Cell

Needed = Literal["ask", "township", "place"]
_JOINED = re.compile(r"[\s/+&]+|和|及|与")
_DASHES = "-—·/ "


@dataclass
class Unresolved(Exception):
    """A unit that cannot be told. `field` is the input column at fault."""

    field: str
    code: str
    value: str
    message: str
    remedy: str


def find_unit(gazetteer: Gazetteer, *, code: Cell, township: Cell, village: Cell, blank_village: Needed) -> str:
    """Return the 12-digit code of the unit that a row means. Raises Unresolved, never guesses.

    A code and names that disagree are refused; a township's code with a village's name
    means that village.
    """
    by_code = _by_code(gazetteer, text_of(code)) if text_of(code) else None
    if by_code and by_code in gazetteer.townships and text_of(village):
        named = _village(gazetteer, text_of(village), by_code)
        _agree(gazetteer, by_code, named if named == by_code else township_of(named), text_of(code))
        if text_of(township):
            _agree(gazetteer, by_code, _township(gazetteer, text_of(township)), text_of(code))
        return named
    by_name = _by_names(gazetteer, text_of(township), text_of(village), blank_village, by_code)
    if by_code and by_name and by_code != by_name:
        _agree(gazetteer, by_code, by_name, text_of(code))
    found = by_code or by_name
    if found is None:
        raise Unresolved("village", "unit-missing", "", "没有写明是哪个单位", "请填代码，或填乡镇（街道）和村（社区）")
    return found


def _agree(gazetteer: Gazetteer, by_code: str, by_name: str, written: str) -> None:
    if by_code != by_name:
        message = f"代码是“{gazetteer.name_of(by_code)}”的，名称却是“{gazetteer.name_of(by_name)}”"
        raise Unresolved("unit_code", "unit-conflict", written, message, "请核对代码和名称")


def _by_code(gazetteer: Gazetteer, text: str, field: str = "unit_code") -> str:
    full = full_code(text)
    if full is None:
        raise Unresolved(field, "code-malformed", text, "不是9位或12位代码", "请把该列设为文本后重填代码")
    current = gazetteer.current(full)
    if current is None:
        message = f"{gazetteer.place_name}没有这个代码"
        raise Unresolved(field, "unit-unknown", text, message, "请核对代码，或改填乡镇和村名")
    return current


def _by_names(
    gazetteer: Gazetteer, township: str, village: str, blank_village: Needed, by_code: str | None
) -> str | None:
    if by_code and not township and not village:
        return None
    if not township:
        return _without_township(gazetteer, village, by_code, blank_village)
    town = _township(gazetteer, township)
    if village and town == gazetteer.place_code:
        message = f"“{township}”是全市一级，却又写了村（社区）"
        raise Unresolved("township", "township-place", township, message, "请填村所在的乡镇（街道），或把村留空")
    if village:
        return _village(gazetteer, village, town)
    if by_code:
        return by_code if township_of(by_code) == town else town
    if blank_village == "ask":
        message = "村（社区）没有填"
        raise Unresolved("village", "village-blank", "", message, "请填村（社区）名；乡镇本级的请填“本级”")
    return town


def _without_township(gazetteer: Gazetteer, village: str, by_code: str | None, blank_village: Needed) -> str | None:
    if by_code:
        return _village(gazetteer, village, township_of(by_code))
    if not village:
        return gazetteer.place_code if blank_village == "place" else None
    same = gazetteer.elsewhere(village)
    shown = f"，同名的有：{'、'.join(same)}" if same else ""
    raise Unresolved("township", "township-blank", village, f"只有村名，没有乡镇（街道）{shown}", "请填乡镇（街道）")


def _township(gazetteer: Gazetteer, name: str) -> str:
    found = gazetteer.find_township(name)
    if len(found) == 1:
        return next(iter(found))
    if found:
        shown = "、".join(gazetteer.name_of(code) for code in sorted(found))
        raise Unresolved("township", "township-ambiguous", name, f"可能是{shown}", "请写全称或填代码")
    near = gazetteer.near(name, None)
    shown = f"，相近的有：{'、'.join(near)}" if near else ""
    message = f"{gazetteer.place_name}没有这个乡镇（街道）{shown}"
    raise Unresolved("township", "township-unknown", name, message, "请改正名称或填代码")


def _village(gazetteer: Gazetteer, name: str, township_code: str) -> str:
    found = gazetteer.find_village(name, township_code)
    if len(found) == 1:
        return next(iter(found))
    town = gazetteer.name_of(township_code)
    if found:
        shown = "、".join(f"{gazetteer.name_of(code)}({code})" for code in sorted(found))
        raise Unresolved("village", "village-ambiguous", name, f"在{town}可能是{shown}", "请写全称或填代码")
    near, same = gazetteer.near(name, township_code), gazetteer.elsewhere(name)
    shown = f"，相近的有：{'、'.join(near)}" if near else ""
    shown += f"；别处同名的有：{'、'.join(same)}" if same else ""
    raise Unresolved("village", "village-unknown", name, f"{town}没有这个村（社区）{shown}", "请改正名称或填代码")


def find_units(gazetteer: Gazetteer, cell: Cell, *, own_unit: str, field: str) -> tuple[str, ...]:
    """Return the codes of a list of units: codes, names in the row's township, or "township village".

    A township's name means the township. Raises Unresolved for the first item that cannot be told.
    """
    found: set[str] = set()
    for item in items_of(cell):
        found |= _listed(gazetteer, item, own_unit, field)
    return tuple(sorted(found))


def _listed(gazetteer: Gazetteer, item: str, own_unit: str, field: str) -> set[str]:
    """Return the units that an item of a list means: one, or several joined by 和, 及, / or blanks.

    Joined units must be of one level: "township village village" may mean several things.
    """
    try:
        return {_one(gazetteer, item, own_unit, field)}
    except Unresolved as whole:
        parts = [part for part in _JOINED.split(item) if part]
        try:
            found = {_one(gazetteer, part, own_unit, field) for part in parts}
        except Unresolved:
            raise whole from None
        if len({code in gazetteer.villages for code in found}) > 1:
            raise
        return found


def _one(gazetteer: Gazetteer, item: str, own_unit: str, field: str) -> str:
    if full_code(item):
        return _by_code(gazetteer, item, field)
    home = township_of(own_unit)
    found = gazetteer.find_village(item, home) or gazetteer.find_township(item)
    for end in range(len(item) - 1, 1, -1):
        if found:
            break
        towns = gazetteer.find_township(item[:end].rstrip(_DASHES))
        if len(towns) == 1:
            found = gazetteer.find_village(item[end:].lstrip(_DASHES), next(iter(towns)))
    if len(found) == 1:
        return next(iter(found))
    shown = "、".join(gazetteer.elsewhere(item) or gazetteer.near(item, home))
    message = f"列表中的“{item}”认不出是哪个单位" + (f"，相近的有：{shown}" if shown else "")
    raise Unresolved(field, "unit-unknown", item, message, "请写“乡镇+村名”或代码")
