"""Which unit a row means: its code, its names, or both, held against the gazetteer.

Nothing is guessed. What can't be told is Unresolved, with the units that may be meant, until a
person decides (`geo.intake.decisions`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from geo.admin.codes import mangled
from geo.admin.gazetteer import township_of
from geo.admin.unit_changes import KINDS
from geo.faults import Asked
from geo.intake.candidates import KIND, SAID_BY_CODE, SAID_BY_NAME, SPOKEN, offer, townships_like, villages_like
from geo.intake.decisions import BY_CODE, Decisions
from geo.intake.found import Found, Repair, Unresolved
from geo.intake.named import Needed, by_names, read_as, village_inside
from geo.words.cells import items_of, text_of
from geo.words.vocabulary import says_none

if TYPE_CHECKING:
    from geo.admin.codes import Mangled
    from geo.admin.gazetteer import Gazetteer
    from geo.words.cells import Cell

__all__ = ["Found", "Needed", "Resolver", "Unresolved"]

_JOINED = re.compile(r"[\s/+&]+|和|及|与")
_MOST_KEPT = 100_000
_CHECK = "请核对代码和名称"
_AS_TEXT = "请把该列设为文本后重填代码"


class Resolver:
    """Tells the units of a file's rows; what was resolved once is kept."""

    def __init__(self, gazetteer: Gazetteer, decisions: Decisions | None = None) -> None:
        self._known = gazetteer
        self._decisions = decisions or Decisions()
        self._kept: dict[tuple[Cell, Cell, Cell, Needed], Found | Unresolved] = {}

    def unit(self, *, code: Cell, township: Cell, village: Cell, blank_village: Needed) -> Found:
        """Return the unit that a row means. Raises Unresolved, never guesses.

        A code and names that disagree are refused; a township's code with a village's name
        means that village.
        """
        cells = (code, township, village, blank_village)
        found = self._kept.get(cells) if township is not True and village is not True else None  # True equals 1
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._decided(text_of(code), text_of(township), text_of(village), blank_village)
            self._kept[cells] = found
        if isinstance(found, Unresolved):
            raise found.with_traceback(None)
        return found

    def units(self, cell: Cell, *, own_unit: str, field: str) -> list[Found]:
        """Return the units of a list: codes, names in the row's township, or "township village".

        A township's name means the township. Raises Unresolved for the first item that cannot be told.
        """
        return [found for item in items_of(cell) for found in self._listed(item, own_unit, field)]

    # -- one unit ----------------------------------------------------------------------

    def _decided(self, code: str, township: str, village: str, blank_village: Needed) -> Found | Unresolved:
        """Resolve, unless a person has decided what was not plain."""
        try:
            found: Found | Unresolved = self._told(code, township, village, blank_village)
        except Unresolved as problem:
            found = problem
        answered = self._answered(found)
        if isinstance(answered, Unresolved) or not answered.repairs:
            return answered
        return replace(answered, told_code=self._told_code(code, village, answered.code))

    def _told_code(self, code: str, village: str, unit: str) -> str | None:
        """Return the code that was written, or that what bore the written name had, where it isn't one of today."""
        full = self._known.code_of(code) if code else None
        change = self._known.change_from(village, unit) if village and full is None else None
        full = change.from_code if change else full
        return None if full is None or self._known.known(full) else full

    def _answered(self, found: Found | Unresolved) -> Found | Unresolved:
        answer = self._decisions.code_for(found.asked) if found.asked else None
        if answer is None or found.asked is None:
            return found
        chosen, before = answer
        said = "按这个报送单位以前的答复" if before else "按答复"
        field = found.field if isinstance(found, Unresolved) else found.asked.field
        told = f"{said}，按{self._known.full_name(chosen)}读取"
        code = "decided-before" if before else "decided"
        return Found(chosen, (Repair("note", code, field, found.asked.written, told),))

    def _told(self, code: str, township: str, village: str, blank_village: Needed) -> Found:
        if not code or says_none(code):
            found = by_names(self._known, township, village, blank_village)
            if found is None:
                message, remedy = "没有写明是哪个单位", "请填代码，或填乡镇（街道）和村（社区）"
                raise Unresolved("village", "unit-missing", "", message, remedy)
            return found
        asked = Asked(BY_CODE, township, f"{code} {village}".strip())
        left = mangled(code)
        if left is not None:
            return self._mangled(code, left, asked, township, village)
        full = self._known.code_of(code)
        if full is None or not self._known.meanings(full):
            raise self._no_code(code, full, asked, township, village)
        if not township and not village:
            return self._code_alone(code, full, asked)
        return self._both(code, full, asked, township, village)

    def _code_alone(self, code: str, full: str, asked: Asked, field: str = BY_CODE) -> Found:
        known, certain = self._known, self._known.certain(full)
        if len(certain) != 1:
            found = offer(known, ((unit, _became(known, full, unit)) for unit in known.meanings(full)))
            told = "这个旧代码现在分属几个单位" if certain else f"{known.place_name}没有这个代码"
            if certain and (change := known.end_of(full)):
                told = f"{change.before}{change.when}{KINDS[change.kind]}，现在分属{'、'.join(c.name for c in found)}"
            problem = "code-split" if certain else "unit-unknown"
            raise Unresolved(field, problem, code, told, "请填乡镇和村名，或改填现行代码", found, asked)
        if certain[0] != full:
            return Found(certain[0], (_other_code(known, code, certain[0], field),))
        second = [known.name_of(unit) for unit in known.second.get(full, ())]
        if not second:
            return Found(full)
        told = f"按统计用代码读作{known.name_of(full)}；另一套代码里它是{'、'.join(second)}的"
        return Found(full, (Repair("warning", "code-two-schemes", field, code, told, "请核对，最好写上名称"),), asked)

    def _both(self, code: str, full: str, asked: Asked, township: str, village: str) -> Found:
        """Resolve a code and names, each of which must bear the other out."""
        known, meanings = self._known, self._known.meanings(full)
        try:
            named = self._beside_code(meanings, asked, township, village)
        except Unresolved as problem:
            near = [c.code for c in problem.candidates if c.reason in (KIND, SPOKEN) and c.code in meanings]
            if len(near) != 1:
                raise
            told = f"名称与代码的{known.full_name(near[0])}写法不同，按代码读取"
            differs = Repair("warning", "name-differs", problem.field, problem.value, told, _CHECK)
            return Found(near[0], (differs,), asked)
        agreed = _agreed(known, meanings, named.code, has_village=bool(village))
        if agreed is None:
            told = f"代码是“{known.name_of(meanings[0])}”的，名称却是“{known.name_of(named.code)}”"
            found = offer(known, [*((c, SAID_BY_CODE) for c in known.certain(full)), (named.code, SAID_BY_NAME)])
            raise Unresolved(BY_CODE, "unit-conflict", code, told, _CHECK, found, asked)
        more: tuple[Repair, ...] = ()
        if full == known.place_code != agreed:
            more = (_cut_off(code, "代码只到全县（市）一级，按名称读取"),)
        elif full not in (agreed, township_of(agreed)):
            more = (_other_code(known, code, agreed, BY_CODE),)
        return Found(agreed, (*named.repairs, *more), named.asked)

    def _beside_code(self, meanings: tuple[str, ...], asked: Asked, township: str, village: str) -> Found:
        """Resolve the names beside a code; without a township, in that of the code."""
        homes = {township_of(code) for code in meanings} & self._known.townships.keys()
        if township or not homes:
            found = by_names(self._known, township, village, "township")
            return found or Found(self._known.place_code)
        problem: Unresolved | None = None
        for home in sorted(homes, key=lambda home: home != township_of(meanings[0])):
            try:
                return village_inside(self._known, village, home, asked)
            except Unresolved as found_not:
                problem = problem or found_not
        raise problem or Unresolved("village", "unit-missing", "", "没有写明是哪个单位", _CHECK)

    def _mangled(self, code: str, left: Mangled, asked: Asked, township: str, village: str) -> Found:
        """Take the unit from its names where the code's digits are gone; the digits left must be its own."""
        named = by_names(self._known, township, village, "township") if township or village else None
        if named is None or not village:
            message = f"代码的后{left.lost}位被表格软件舍去，看不出是哪个单位"
            found = offer(self._known, [(named.code, SAID_BY_NAME)] if named else [])
            raise Unresolved(BY_CODE, "code-mangled", code, message, f"请填乡镇和村名，或{_AS_TEXT[1:]}", found, asked)
        if not left.may_be(named.code):
            told = f"代码剩下的几位不是“{self._known.name_of(named.code)}”的"
            found = offer(self._known, [(named.code, SAID_BY_NAME)])
            raise Unresolved(BY_CODE, "unit-conflict", code, told, _CHECK, found, asked)
        return Found(named.code, (*named.repairs, _cut_off(code)), named.asked)

    def _no_code(self, code: str, full: str | None, asked: Asked, township: str, village: str) -> Unresolved:
        """Say that a code is none, or none here, and offer what the names mean."""
        try:
            named = by_names(self._known, township, village, "township")
        except Unresolved as problem:
            found = problem.candidates
        else:
            found = offer(self._known, [(named.code, SAID_BY_NAME)] if named else [])
        if full is None:
            return Unresolved(BY_CODE, "code-malformed", code, "不是9位或12位代码", _AS_TEXT, found, asked)
        was, change = self._known.gone.get(full), self._known.end_of(full)
        ended = f"{change.when}起不再列入名录" if change else "已停用"
        told = f"{self._known.place_name}没有这个代码" + (f"（曾是“{was}”的，{ended}）" if was else "")
        return Unresolved(BY_CODE, "unit-unknown", code, told, "请核对代码，或改填乡镇和村名", found, asked)

    # -- lists of units ----------------------------------------------------------------

    def _listed(self, item: str, own_unit: str, field: str) -> list[Found]:
        """Return the units that an item of a list means: one, or several joined by 和, 及, / or blanks.

        Joined units must be of one level: "township village village" may mean several things.
        """
        try:
            return [self._one(item, own_unit, field)]
        except Unresolved as whole:
            parts = [part for part in _JOINED.split(item) if part]
            try:
                found = [self._one(part, own_unit, field) for part in parts]
            except Unresolved:
                raise whole from None
            if len({one.code in self._known.villages for one in found}) > 1:
                raise
            return found

    def _one(self, item: str, own_unit: str, field: str) -> Found:
        home = township_of(own_unit)
        asked = Asked(field, self._known.name_of(home), item)
        try:
            found: Found | Unresolved = self._item(item, home, field, asked)
        except Unresolved as problem:
            found = problem
        answered = self._answered(found)
        if isinstance(answered, Unresolved):
            raise answered
        return answered

    def _item(self, item: str, home: str, field: str, asked: Asked) -> Found:
        known = self._known
        full = known.code_of(item)
        if full is not None:
            if known.meanings(full):
                return self._code_alone(item, full, asked, field)
            raise Unresolved(field, "unit-unknown", item, f"{known.place_name}没有这个代码", "请核对代码", (), asked)
        matches = [known.match_village(item, home), known.match_township(item)]
        matches = [match for match in matches if not match.how] + [match for match in matches if match.how]
        for match in matches:
            if match.only is not None:
                repairs = (read_as(known, field, item, match.only, match.how),) if match.how else ()
                return Found(match.only, repairs, asked if repairs else None)
        found = {code for town, rest in known.parted(item) for code in known.match_village(rest, town).codes}
        if len(found) == 1:
            return Found(found.pop())
        pairs = [(code, match.how or "名称相同") for match in matches for code in sorted(match.codes)]
        pairs += [*villages_like(known, item, home), *townships_like(known, item)]
        message = f"列表中的“{item}”认不出是哪个单位"
        raise Unresolved(field, "unit-unknown", item, message, "请写“乡镇+村名”或代码", offer(known, pairs), asked)


def _agreed(known: Gazetteer, meanings: tuple[str, ...], named: str, *, has_village: bool) -> str | None:
    """Return the unit that a code's meanings and the unit of the names have in common, None where there is none."""
    if named in meanings or (has_village and township_of(named) in meanings):
        return named
    inside = [code for code in meanings if township_of(code) == named]
    if not has_village and len(inside) == 1:
        return inside[0]
    return named if known.place_code in meanings else None


def _became(known: Gazetteer, old: str, unit: str) -> str:
    """Say why a unit is meant by a code: how it came of it, where that is told."""
    change = known.change_between(old, unit)
    return SAID_BY_CODE if change is None else f"{change.when}由{change.before}{KINDS[change.kind]}"


def _cut_off(code: str, told: str = "代码的后几位被表格软件舍去，按名称读取") -> Repair:
    return Repair("warning", "code-mangled", BY_CODE, code, told, _AS_TEXT)


def _other_code(known: Gazetteer, code: str, unit: str, field: str) -> Repair:
    change = known.change_between(known.code_of(code) or code, unit)
    told = f"是旧代码或另一套代码，按{known.full_name(unit)}（{unit}）读取"
    if change is not None:
        told = f"是旧代码，{change.when}{KINDS[change.kind]}，按{known.full_name(unit)}（{unit}）读取"
    return Repair("note", "code-former", field, code, told)
