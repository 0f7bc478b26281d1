"""Which unit the names of a row mean. A village is only ever found inside the township that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from geo.admin.names import TOWNSHIP_ENDING, township_key
from geo.admin.unit_changes import KINDS
from geo.faults import Asked
from geo.intake.candidates import FOUND_THERE, offer, townships_like, villages_like
from geo.intake.decisions import BY_NAME
from geo.intake.found import Found, Repair, Unresolved
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.admin.gazetteer import Gazetteer
    from geo.admin.index import Match

Needed = Literal["ask", "township", "place"]
_LIKEWISE = "名称相同"
_SAID_IN_VILLAGE = "村名里写的"
_SHORTEST_PREFIX = 2


def by_names(gazetteer: Gazetteer, township: str, village: str, blank_village: Needed) -> Found | None:
    """Return the unit that a township's and a village's name mean, None where neither is told. Raises Unresolved."""
    if not township:
        if village:
            return _without_township(gazetteer, village)
        return Found(gazetteer.place_code) if blank_village == "place" else None
    asked = Asked(BY_NAME, township, village)
    match = gazetteer.match_township(township)
    if match.only is None:
        joined = _joined(gazetteer, township) if not village else None
        if joined is None:
            raise _unknown_township(gazetteer, township, village, match)
        return Found(joined, (read_as(gazetteer, "township", township, joined, "乡镇和村写在一格"),), asked)
    if village and match.only == gazetteer.place_code:
        message = f"“{township}”是全市一级，却又写了村（社区）"
        raise Unresolved("township", "township-place", township, message, "请填村所在的乡镇（街道），或把村留空")
    read: tuple[Repair, ...] = ()
    if match.how:
        read = (read_as(gazetteer, "township", township, match.only, match.how),)
    if village:
        found = village_inside(gazetteer, village, match.only, asked)
        return Found(found.code, (*read, *found.repairs), asked) if read else found
    if blank_village == "ask":
        raise Unresolved("village", "village-blank", "", "村（社区）没有填", "请填村（社区）名；乡镇本级的请填“本级”")
    return Found(match.only, read, asked if read else None)


def village_inside(gazetteer: Gazetteer, name: str, township: str, asked: Asked) -> Found:
    """Return the unit that a village's name means inside a township. Raises Unresolved."""
    match = gazetteer.match_village(name, township)
    if match.only is not None:
        if not match.how:
            return Found(match.only)
        return Found(match.only, (read_as(gazetteer, "village", name, match.only, match.how),), asked)
    town = gazetteer.name_of(township)
    if match.codes:
        found = offer(gazetteer, ((code, _became(gazetteer, name, code, match)) for code in sorted(match.codes)))
        told, remedy = f"在{town}可能是{'、'.join(c.name for c in found)}", "请写全称或填代码"
        raise Unresolved("village", "village-ambiguous", name, told, remedy, found, asked)
    for home, rest in _prefixed(gazetteer, name, township):
        inner = gazetteer.match_village(rest, home).only
        if inner is not None and home == township:
            return Found(inner, (read_as(gazetteer, "village", name, inner, "村名前写了乡镇"),), asked)
        if inner is not None:
            here = ((code, _LIKEWISE) for code in sorted(gazetteer.match_village(rest, township).codes))
            told = f"乡镇（街道）是“{town}”，村名里写的却是“{gazetteer.name_of(home)}”"
            found = offer(gazetteer, [(inner, _SAID_IN_VILLAGE), *here])
            raise Unresolved("village", "township-conflict", name, told, "请核对", found, asked)
    was = "（以前有，现在不在名录中）" if gazetteer.had(name, township) else ""
    raise Unresolved(
        "village", "village-unknown", name, f"{town}没有这个村（社区）{was}", "请改正名称或填代码",
        offer(gazetteer, villages_like(gazetteer, name, township)), asked,
    )  # fmt: skip


def _became(gazetteer: Gazetteer, name: str, unit: str, match: Match) -> str:
    """Say why a name may mean a unit: what had it once, and when it became that unit, where that is told."""
    change = gazetteer.change_from(name, unit)
    return match.how or _LIKEWISE if change is None else f"{change.when}由{change.before}{KINDS[change.kind]}"


def _without_township(gazetteer: Gazetteer, village: str) -> Found:
    """Take the township from the village's cell (甲镇乙村), where it stands there."""
    asked = Asked(BY_NAME, "", village)
    same = gazetteer.elsewhere(village)
    joined = None if same else _joined(gazetteer, village)
    if joined is not None:
        return Found(joined, (read_as(gazetteer, "village", village, joined, "乡镇和村写在一格"),), asked)
    found = offer(gazetteer, ((code, FOUND_THERE) for code in same))
    raise Unresolved(
        "township", "township-blank", village, "只有村名，没有乡镇（街道）", "请填乡镇（街道）", found, asked
    )


def _joined(gazetteer: Gazetteer, text: str) -> str | None:
    """Return the village of a text with a township's name and a village's, None where it is none or not one."""
    found = {code for home, rest in gazetteer.parted(text) for code in gazetteer.match_village(rest, home).codes}
    return next(iter(found)) if len(found) == 1 else None


def _prefixed(gazetteer: Gazetteer, name: str, township: str) -> Iterator[tuple[str, str]]:
    """Yield (township, rest) for the ways to take a township off a village's name; off the told one's also 甲乙村."""
    yield from gazetteer.parted(name)
    bare, whole = TOWNSHIP_ENDING.sub("", township_key(gazetteer.name_of(township))), plain(name)
    if len(bare) >= _SHORTEST_PREFIX and whole.startswith(bare):
        yield township, whole.removeprefix(bare)


def _unknown_township(gazetteer: Gazetteer, name: str, village: str, match: Match) -> Unresolved:
    likely = [(code, match.how or _LIKEWISE) for code in sorted(match.codes)] or list(townships_like(gazetteer, name))
    pairs = likely
    if village:
        inside = ((gazetteer.match_village(village, town).only, why) for town, why in likely)
        pairs = [(found, why) for found, why in inside if found is not None]
        pairs += [(code, FOUND_THERE) for code in gazetteer.elsewhere(village)]
    offered = offer(gazetteer, pairs or likely)
    asked = Asked(BY_NAME, name, village)
    if match.codes:
        told = f"可能是{'、'.join(gazetteer.name_of(code) for code in sorted(match.codes))}"
        return Unresolved("township", "township-ambiguous", name, told, "请写全称或填代码", offered, asked)
    told = f"{gazetteer.place_name}没有这个乡镇（街道）"
    return Unresolved("township", "township-unknown", name, told, "请改正名称或填代码", offered, asked)


def read_as(gazetteer: Gazetteer, field: str, written: str, code: str, how: str) -> Repair:
    """Tell as what a name was read that is not the official one."""
    return Repair("note", "name-repaired", field, written, f"按{gazetteer.full_name(code)}读取（{how}）")
