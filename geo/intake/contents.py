"""What a column plainly holds, told by its cells alone: telephone numbers, days, coordinates.

A kind is that of a column if at least `SHARE` of its filled cells, and `FEWEST` of them, are of
it. Telephone numbers are private, so half of the cells and one of them will do. Large tables are
looked at in part, evenly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from geo.intake.coordinates import read_angle, split_pair
from geo.intake.grids import is_easting, is_latitude, is_longitude, is_northing, which_form
from geo.words.cells import Calendar, is_blank, items_of, read_date, text_of
from geo.words.header_periods import denies_change, within_period
from geo.words.phones import is_phone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from geo.files.sheets import RawTable
    from geo.words.cells import Cell
    from geo.words.header_periods import HeaderPeriod

Kind = Literal["phone", "days", "position", "lon", "lat", "x", "y"]

FEWEST, SHARE = 3, 0.9
_FEWEST_PHONES, _SHARE_OF_PHONES = 1, 0.5
_MOST_ROWS = 400
_FINE = 3
"""So many decimals tell degrees from areas and lengths."""
_ANY_YEAR = Calendar(2000)
_RANGES: dict[Kind, Callable[[float], bool]] = {
    "lon": is_longitude, "lat": is_latitude, "x": is_easting, "y": is_northing,
}  # fmt: skip
LABELS: dict[Kind, str] = {
    "phone": "电话号码", "days": "日期", "position": "经纬度", "lon": "经度", "lat": "纬度", "x": "东坐标（米）",
    "y": "北坐标（米）",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """What a column holds. `filled`: cells looked at; `several`: some hold more than one day."""

    kind: Kind
    filled: int
    several: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS[self.kind]


def sample_of(table: RawTable) -> list[tuple[Cell, ...]]:
    """Return rows of a table, evenly chosen where they are many."""
    rows = [cells for cells in table.body if cells]
    return rows[:: max(1, len(rows) // _MOST_ROWS)]


def column_cells(rows: Sequence[Sequence[Cell]], column: int) -> list[Cell]:
    """Return the filled cells of a column."""
    return [cells[column] for cells in rows if column < len(cells) and not is_blank(cells[column])]


def content_of(cells: Sequence[Cell], *, hinted: bool = False) -> Content | None:
    """Say what a column's filled cells plainly are; None where they are of no one kind.

    `hinted`: its header is a letter of an axis (X, E), so that few cells will do, and whole degrees.
    """
    if holds_phones(cells):
        return Content("phone", len(cells))
    fewest = 1 if hinted else FEWEST
    if len(cells) < fewest:
        return None
    counts: Counter[Kind] = Counter(kind for cell in cells for kind in _kinds(cell, hinted=hinted))
    kind, count = max(counts.items(), key=lambda told: told[1], default=("days", 0))
    if count < max(fewest, SHARE * len(cells)):
        return None
    return Content(kind, len(cells), kind == "days" and any(_days_in(cell) > 1 for cell in cells))


def holds_phones(cells: Sequence[Cell]) -> bool:
    """Say whether a column's filled cells are telephone numbers, most of them."""
    found = sum(is_phone(text_of(cell)) for cell in cells)
    return found >= max(_FEWEST_PHONES, _SHARE_OF_PHONES * len(cells))


def keep_days(cells: Sequence[Cell], period: HeaderPeriod) -> bool:
    """Say whether all filled cells are days, or the rest of days whose year or month the header tells, or none."""
    return all(_days_in(within_period(cell, period)) for cell in cells if not denies_change(cell))


def _kinds(cell: Cell, *, hinted: bool) -> Iterable[Kind]:
    """Return what a cell may be."""
    if _days_in(cell):
        return ("days",)
    if isinstance(cell, str) and (pair := split_pair(cell)) is not None:
        return ("position",) if which_form(pair.first, pair.second) else ()
    try:
        angle = read_angle(cell)
    except ValueError:
        return ()
    value = angle.value
    fine = hinted or angle.sexagesimal or angle.axis is not None or _fine(value)
    return [kind for kind, may_be in _RANGES.items() if may_be(value) and (fine or kind in ("x", "y"))]


def _fine(value: float) -> bool:
    return len(f"{value:.9f}".rstrip("0").partition(".")[2]) >= _FINE


def _days_in(cell: Cell) -> int:
    """Count the days written in a cell; 0 if it holds anything else. Mere numbers are none, but for 20220503."""
    if isinstance(cell, date):
        return 1
    if isinstance(cell, bool) or cell is None:
        return 0
    items = items_of(cell)
    return len(items) if items and all(map(_is_day, items)) else 0


def _is_day(text: str) -> bool:
    bare = text.replace(".", "", 1)
    if bare.isdigit() and not (len(text) == 8 and bare == text):
        return False
    try:
        read_date(text, _ANY_YEAR)
    except ValueError:
        return False
    return True
