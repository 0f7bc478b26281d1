"""What the titles above a table tell: of which layer it is, and of which year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.files.row_kinds import ORDINAL, is_signed
from geo.words.cells import Calendar, is_blank, text_of
from geo.words.vocabulary import layers_named_in, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from geo.files.layout import Grid
    from geo.files.row_kinds import IsUnit
    from geo.words.cells import Cell

_ENTITLES = re.compile(r"表$|台账|清单|一览|名册|登记|统计|20\d{2}年|续\)?$")
_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年(?!\s*\d{1,2}\s*月)")
_YEARS = re.compile(r"(?<!\d)20\d{2}\s*年?度?\s*[-—–－~～至到]+\s*(?:20)?\d{2}\s*年")


def layers_in_title(title: str) -> tuple[str, ...]:
    """Return the layers that a title names; 台账 alone is said of any list."""
    return tuple(layer for layer in layers_named_in(title) if layer != "ledger")


def titles_above(rows: Sequence[Sequence[Cell]], columns: Collection[int] | None = None) -> list[str]:
    """Return the titles in the rows above a table, from top to bottom; signatures and filing dates are none."""
    cells = (cell for row in rows for n, cell in enumerate(row) if columns is None or n in columns)
    return [cell.strip() for cell in cells if isinstance(cell, str) and not is_blank(cell) and not is_signed(cell)]


def title_of(titles: Sequence[str]) -> str:
    """Return the title that counts: the nearest that names a layer, else the nearest."""
    return next((text for text in reversed(titles) if layers_in_title(text)), titles[-1] if titles else "")


def first_title(rows: Sequence[Sequence[Cell]], start: int, end: int, wide: Collection[int], is_unit: IsUnit) -> int:
    """Return the first of the title rows that stand right above row `end`, below row `start`; `end` for none."""
    first = end
    for at in range(end - 1, start - 1, -1):
        told = [text_of(cell) for cell in rows[at] if not is_blank(cell)]
        if not told or all(map(is_signed, told)):
            continue
        if len(told) > 1 or not isinstance(rows[at][0], str) or not _entitles(told[0], at in wide, is_unit):
            break
        first = at
    return first


def _entitles(text: str, wide: bool, is_unit: IsUnit) -> bool:  # noqa: FBT001
    short = ORDINAL.sub("", text)
    if is_unit(short):
        return False
    named = bool(layers_in_title(short))
    return named or (_ENTITLES.search(plain(short)) is not None and (wide or short != text))


def year_in(titles: Sequence[str]) -> tuple[int | None, bool]:
    """Return the one year that titles tell, and whether they tell any.

    A range of years (2021—2025年) is a plan's, and a year before a month a day's: neither is a table's.
    """
    text = " ".join(titles)
    years = set(_YEAR.findall(_YEARS.sub(" ", text)))
    if years:
        return (int(years.pop()) if len(years) == 1 else None), True
    return None, _YEARS.search(text) is not None


def calendar_of(grid: Grid, titles: Sequence[str]) -> Calendar:
    """The year is the one that the titles, else the sheet's name, else the file's name tells."""
    for texts in (titles, [grid.sheet or ""], [grid.file]):
        year, told = year_in(texts)
        if told:
            return Calendar(year, grid.from_1904)
    return Calendar(None, grid.from_1904)
