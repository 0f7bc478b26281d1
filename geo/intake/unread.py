"""Sheets that weren't read: whether they hold data all the same, so that the file isn't whole without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.admin.codes import full_code
from geo.words.cells import is_blank, text_of
from geo.words.vocabulary import column_of, is_header, stands_beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from geo.files.row_kinds import IsUnit
    from geo.files.sheets import RawTable
    from geo.words.cells import Cell

_EXPLAINS = ("说明", "须知", "要求", "封面", "目录", "示例", "样例", "选项", "字典", "下拉")
_UNITS = ("unit_code", "township", "village")
_CERTAIN = 2


def unit_columns(header: Sequence[str]) -> set[int]:
    """Return the columns of a header that tell units."""
    return {n for n, text in enumerate(header) if text and column_of(text, "")[0] in _UNITS}


def only_holds(cells: Sequence[Cell], column: int) -> bool:
    """Say whether a row holds nothing but what is in one column."""
    return all(n == column or is_blank(cell) for n, cell in enumerate(cells))


def continues(table: RawTable, columns: Collection[int], is_unit: IsUnit) -> bool:
    """Say whether a table without header goes on with the data of one whose units are in `columns`."""
    rows = list(_rows(table))
    return table.headless and sum(_is_data(row, columns, is_unit) for row in rows) * 2 >= len(rows) > 0


def holds_data(table: RawTable, columns: Collection[int], is_unit: IsUnit) -> bool:
    """Say whether a hidden sheet holds rows of units of ours, or of a list that tells none.

    What drop-down lists are made of, and tables of other places, is no data.
    """
    if stands_beside(table.sheet):
        return False
    own = columns if table.headless else unit_columns(table.header)
    if own:
        return any(_is_data(row, own, is_unit) for row in _rows(table))
    known = sum(is_header(text) for text in table.header if text)
    return not table.headless and known >= _CERTAIN and any(True for _ in table.rows())


def explains(table: RawTable) -> bool:
    """Say whether a sheet is an explanation: by its name, or because it is mostly lines of text."""
    if stands_beside(table.sheet) or any(word in (table.sheet or "") for word in _EXPLAINS):
        return True
    filled = [sum(not is_blank(cell) for cell in cells) for _, cells in table.rows()]
    return sum(count >= _CERTAIN for count in filled) * 2 < len(filled) or not filled


def _rows(table: RawTable) -> Iterator[Sequence[Cell]]:
    """The rows that aren't blank, the first one too where it is no header."""
    if table.headless and any(table.header):
        yield table.header
    yield from (cells for _, cells in table.rows())


def _is_data(row: Sequence[Cell], columns: Collection[int], is_unit: IsUnit) -> bool:
    """Say whether a row names a unit of ours in one of the columns, and says something of it."""
    texts = [(n, text_of(cell)) for n, cell in enumerate(row) if not is_blank(cell)]
    named = any(n in columns and _names(text, is_unit) for n, text in texts)
    return named and any(n not in columns and not _names(text, is_unit) for n, text in texts)


def _names(text: str, is_unit: IsUnit) -> bool:
    return full_code(text) is not None or is_unit(text)
