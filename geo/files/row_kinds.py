"""What a row below a header is: data, a total, a heading, a note, an example, a footer.

A row is data unless its own cells plainly say otherwise: to leave out what is data is worse
than to fault what is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from geo.words.cells import is_blank, text_of
from geo.words.vocabulary import catalogue, column_of, plain, says_none

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geo.words.cells import Cell

    IsUnit = Callable[[str], bool]

SHORT = 15
"""A heading has at most so many characters."""
ORDINAL = re.compile(r"^[(（]?[一二三四五六七八九十\d]+[)）、.．]\s*")
_LONG = 20
_FEW = 2
_SUM = r"(?:合|小|总|共|累|统)计(?:\([^()]*\))?(?:[:为]?共?\d[\d.,]*\D{0,3})?[:。]?"
_TOTAL = re.compile(rf"(?:本页|本表|以上|全(?:市|县|区|州|镇|乡|村|部|街道))?{_SUM}")
_TOTAL_OF = re.compile(rf"(.+?)({_SUM})")
_COUNT = re.compile(r"(?:总共|共有|共)\d+\D{0,4}")
_EXAMPLE = re.compile(r"[(（]?(示例|样例|例)[)）:：0-9]*")
_SIGNED = re.compile(
    r"(注|说明|备注|填表|制表|审核|填报|报送|上报|单位|主管|联系|负责|经办|日期|时间)[^:：]{0,12}[:：]"
)
_SIGNER = re.compile(r"(填表|制表|审核|填报|报送|上报|主管|联系|负责|经办|电话|日期|时间).{0,15}")
_DAY = re.compile(r"\d{2,4}年\d{1,2}月(?:\d{1,2}日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}")
_SEAL = re.compile(r".*(盖章|公章|签章|签字|签名|印章).*")
_PAGE = re.compile(r"第\d+页.*")
_OFFICE = re.compile(r".+(科协|协会|政府|办事处|委员会|局|领导小组|办公室)")
_PLACE = re.compile(r"(\S{1,10}?(?:镇|乡|街道|片区|园区|管委会|开发区|管理区))(?=[（(:：,，。、共\s]|$)")
_TITLES = {"name", "item"}
"""Columns of free titles, which may begin like a label (联系服务群众：科普大篷车进村)."""
_NAMING = {"name", "person", "item", "village", "township", "unit_code", "number", "id"}


@dataclass(frozen=True)
class Kind:
    """What a row is: "" for data. `text`: a heading's; `doubtful`: more is written in it than such a row holds."""

    name: str = ""
    text: str = ""
    doubtful: bool = False


DATA = Kind()


@lru_cache(maxsize=4096)
def _roles(header: str) -> frozenset[str]:
    """Return the columns that a header may be, in any layer."""
    layers = (*catalogue()["headers"], "ledger")
    return frozenset(name for layer in layers if layer != "common" and (name := column_of(header, layer)[0]))


def is_signed(text: str) -> bool:
    """Say whether a text is a label with a colon behind it, as in notes and signatures (填表人：, 注：…)."""
    return _SIGNED.match(plain(text)) is not None


def place_in(heading: str) -> str:
    """Return the township that a heading begins with (甲镇（3个村） → 甲镇); the whole where it shows none."""
    match = _PLACE.match(heading)
    return match[1] if match else heading


@dataclass(frozen=True)
class Kinds:
    """Tells the rows below one header apart. `is_unit`: tells names of units."""

    header: Sequence[str]
    is_unit: IsUnit

    @cached_property
    def _naming(self) -> set[int]:
        return {n for n, text in enumerate(self.header) if text and _roles(text) & _NAMING}

    @cached_property
    def _titles(self) -> set[int]:
        return {n for n, text in enumerate(self.header) if text and _roles(text) & _TITLES}

    @cached_property
    def _days(self) -> set[int]:
        return {n for n, text in enumerate(self.header) if "日期" in text or "时间" in text or "date" in text}

    def kind_of(self, raw: Sequence[Cell], filled: Sequence[Cell], *, wide: bool) -> Kind:
        """Tell a row, as it is written and with merged cells filled in. `wide`: it has one cell over many columns."""
        if _plainly_data(raw):
            return DATA
        own = [(n, text_of(cell)) for n, cell in enumerate(raw) if not is_blank(cell)]
        if not own:
            return DATA
        if self._is_total(own):
            return Kind("合计", doubtful=self._says_more(own, raw))
        if _EXAMPLE.fullmatch(plain(own[0][1])):
            return Kind("示例", doubtful=len(own) > _FEW)
        if self._is_signed(own, raw):
            return Kind("说明")
        told = [cell for cell in filled if not is_blank(cell)]
        return _of_one(told[0], wide=wide) if len(told) == 1 and told[0] == filled[0] else DATA

    def _is_total(self, own: Sequence[tuple[int, str]]) -> bool:
        """Say whether a cell says so that names the row, or stands before all that does."""
        if len(own) == 1 and _COUNT.fullmatch(plain(own[0][1])):
            return True
        sums = [n for n, text in own if self._sums_up(plain(text))]
        if not sums or any(n in self._naming for n in sums):
            return bool(sums)
        return all(plain(text).isdigit() or self.is_unit(text) for n, text in own if n < sums[0])

    def _sums_up(self, text: str) -> bool:
        of = _TOTAL_OF.fullmatch(text) if "计" in text else None
        return _TOTAL.fullmatch(text) is not None or (of is not None and self.is_unit(of[1]))

    def _says_more(self, own: Sequence[tuple[int, str]], raw: Sequence[Cell]) -> bool:
        """Say whether a total holds more than names and numbers."""
        others = [(n, text) for n, text in own if n not in self._naming and not self._sums_up(plain(text))]
        number = ((text[:1].isdigit() and not isinstance(raw[n], date)) or says_none(text) for n, text in others)
        return not all(number) and any(not self.is_unit(text) for _, text in others)

    def _is_signed(self, own: Sequence[tuple[int, str]], raw: Sequence[Cell]) -> bool:
        """Say whether a row is labels and what stands behind them; beside a title, a day is data."""
        if not is_signed(own[0][1]):
            return False
        before = own[0][1]
        label = own[0][0] not in self._titles or plain(before).endswith(":")
        for n, text in own[1:]:
            dated = label and (isinstance(raw[n], date) or _DAY.fullmatch(plain(text)))
            labelled = plain(before).endswith(":") or _SIGNER.fullmatch(plain(text))
            if not (dated or labelled or is_signed(text) or _SEAL.fullmatch(text)):
                return False
            before = text
        return True

    def footers(self, rows: Sequence[Sequence[Cell]], kinds: Sequence[Kind]) -> dict[int, Kind]:
        """Return the rows at the end, below the last that is data, that hold only a seal, a day, a count or a page."""
        found: dict[int, Kind] = {}
        for at in range(len(rows) - 1, -1, -1):
            told = [(n, cell) for n, cell in enumerate(rows[at]) if not is_blank(cell)]
            if kinds[at].name or not told:
                continue
            office = bool(found) and len(told) == 1 and _OFFICE.fullmatch(text_of(told[0][1])) is not None
            if not office and not (len(told) <= _FEW and all(self._ends(n, cell) for n, cell in told)):
                break
            found[at] = Kind("说明", doubtful=office)
        return found

    def _ends(self, column: int, cell: Cell) -> bool:
        text = plain(text_of(cell))
        if isinstance(cell, date) or _DAY.fullmatch(text):
            return column not in self._days
        return any(pattern.fullmatch(text) for pattern in (_SEAL, _COUNT, _PAGE)) or is_signed(text)


def _plainly_data(raw: Sequence[Cell]) -> bool:
    """Say at a glance whether a row is data: many texts, and none that a total, a label or an example could be."""
    texts = [cell for cell in raw if type(cell) is str and cell and not cell.isspace()]
    if len(texts) <= _FEW or ":" in texts[0] or "：" in texts[0]:
        return False
    written = "".join(texts)
    return "计" not in written and "例" not in written


def _of_one(cell: Cell, *, wide: bool) -> Kind:
    """Tell a row with one text only, in its first cell: a heading, a note, or data."""
    if not isinstance(cell, str):
        return DATA
    written = cell.strip()
    short = ORDINAL.sub("", written)
    if (wide or short != written) and len(short) <= SHORT:
        return Kind("section", short)
    if wide and _PLACE.match(short):
        return Kind("section", place_in(short))
    return Kind("说明") if wide or len(plain(written)) > _LONG else DATA
