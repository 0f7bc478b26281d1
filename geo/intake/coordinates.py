"""Coordinates as people write them: decimal degrees, degrees-minutes-seconds, metres, two columns or one cell.

Only what is written is read here; whether a pair is longitude and latitude, on which datum,
or easting and northing, is for `geo.intake.datums` to say.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Literal

from geo.schema import Column
from geo.words.cells import is_blank, read_cell, text_of
from geo.words.vocabulary import says_none

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from geo.words.cells import Cell

    Axis = Literal["lon", "lat"]

_MARKS = str.maketrans({**dict.fromkeys("º˚◦∘", "°"), **dict.fromkeys("′’‘´`＇", "'"), **dict.fromkeys("″”“＂〃", '"')})
_WORDS = re.compile(r"(?<=\d)\s*([度分秒])")
_MARK_OF = {"度": "°", "分": "'", "秒": '"'}
_AXES: dict[str, Axis] = {"东经": "lon", "经度": "lon", "北纬": "lat", "纬度": "lat", "longitude": "lon", "lon": "lon",
                          "lng": "lon", "latitude": "lat", "lat": "lat", "e": "lon", "n": "lat"}  # fmt: skip
_NAMED = re.compile(rf"({'|'.join(_AXES)})\s*[:=]?\s*")
_TRAILING = re.compile(r"\s*(e|n)$")
_DECIMAL = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*°?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){1,2}(?:\.\d+)?")
_SEXAGESIMAL = re.compile(
    r"(\d{1,3})(?:\s*[°:-]\s*|\s+)(\d{1,2}(?:\.\d+)?)(?:(?:\s*[':-]\s*|\s+)(?:(\d{1,2}(?:\.\d+)?)\s*\"?)?)?"
)
_PART = r"[^,;/|\s]+"
_BETWEEN = re.compile(r"\s*[;,/|、\n\t]+\s*")
_BRACKETS = "()[]{}<>【】"
_SIXTY = 60
_ASKED = "应为经纬度，如 87.30 或 87°18′05″"


def columns_of(fields: Container[str]) -> tuple[str, str]:
    """Return the input columns that hold a table's two numbers: lon and lat, else x and y where it has only those."""
    return ("lon", "lat") if "lon" in fields or "lat" in fields or "x" not in fields else ("x", "y")


@dataclass(frozen=True, slots=True)
class Angle:
    """A number of degrees (or metres), the axis that its words name, and whether it was minutes and seconds."""

    value: float
    axis: Axis | None = None
    sexagesimal: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two numbers of a place: by the columns' or words' order longitude first, else as they stand.

    `named`: the words in the cell say which is which. `joined`: both stood in one cell.
    """

    first: float
    second: float
    named: bool = False
    joined: bool = False
    sexagesimal: bool = False


class Unreadable(ValueError):
    """Coordinates that can't be read. `column`: lon, lat or position."""

    def __init__(self, column: str, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.column, self.message, self.remedy = code, column, message, remedy


def read_pair(lon: Cell, lat: Cell, joint: Cell = None, *, packed: bool = False) -> Pair | None:
    """Read a row's coordinates; None where none are given (blanks, 无, 0). Raises Unreadable.

    `joint`: the cell of a column that holds both (经纬度). `packed`: numbers are degrees,
    minutes and seconds run together (87.18052 is 87°18′05.2″).
    """
    if type(lon) is float and type(lat) is float and lon and lat and not packed and math.isfinite(lon + lat):
        return Pair(lon, lat)  # the usual case, told at once
    cells: dict[str, Cell] = {"lon": lon, "lat": lat, "position": joint}
    given = [name for name, cell in cells.items() if not is_blank(cell) and not says_none(text_of(cell))]
    if "lon" in given and "lat" in given:
        return _of_two(*(_angle(cells[name], name, packed=packed) for name in ("lon", "lat")))
    for name in given:
        pair = split_pair(text_of(cells[name]))
        if pair is not None:
            return pair
        if name == "position":
            raise Unreadable(name, "cell-position", "看不出经度和纬度", "请写成“经度,纬度”，如 87.30,44.01")
    if not given:
        return None
    _angle(cells[given[0]], given[0], packed=packed)
    missing = "lat" if given[0] == "lon" else "lon"
    raise Unreadable(missing, "coordinate-half", "经度、纬度只填了一个", "请补全或都留空")


def _of_two(first: Angle, second: Angle) -> Pair:
    axes = (first.axis, second.axis)
    if None not in axes and axes[0] == axes[1]:
        what = "经度" if axes[0] == "lon" else "纬度"
        wrong = "lat" if axes[0] == "lon" else "lon"
        raise Unreadable(wrong, "coordinate-axes", f"两列写的都是{what}", "请核对")
    turned = first.axis == "lat" or second.axis == "lon"
    one, other = (second, first) if turned else (first, second)
    return Pair(one.value, other.value, axes != (None, None), False, one.sexagesimal or other.sexagesimal)


def _angle(cell: Cell, column: str, *, packed: bool) -> Angle:
    try:
        return read_angle(cell, packed=packed)
    except ValueError as problem:
        message, _, remedy = str(problem).partition("；")
        raise Unreadable(column, "cell-number", message, remedy or "请改正") from None


def read_angle(cell: Cell, *, packed: bool = False) -> Angle:
    """Read one coordinate. Raises ValueError with what was found; what to do."""
    if isinstance(cell, bool):
        raise ValueError(_ASKED)
    clock = _from_clock(cell)
    if clock is not None:
        return Angle(clock, sexagesimal=True)
    if isinstance(cell, int | float):
        value = float(cell)
        if not math.isfinite(value):
            msg = "坐标不是有效数字（无穷大）；请填经纬度或留空"
            raise ValueError(msg)
        return Angle(_unpacked(value), sexagesimal=True) if packed else Angle(value)
    if isinstance(cell, str) and cell.strip().startswith("#"):
        read_cell(cell, Column("lon", "number", "经度"), "")  # tells of formula errors
    found = _angle_of(_folded(text_of(cell)))
    if found is None:
        raise ValueError(_ASKED)
    return Angle(_unpacked(found.value), found.axis, sexagesimal=True) if packed and not found.sexagesimal else found


def _from_clock(cell: object) -> float | None:
    """Return the degrees of 87:18:05 that a spreadsheet took for hours, minutes and seconds."""
    if isinstance(cell, timedelta):
        return cell / timedelta(hours=1)
    if isinstance(cell, time):
        seconds = cell.second + cell.microsecond / 1e6
        return _degrees(cell.hour, cell.minute, seconds)
    return None


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS).replace("''", '"')
    folded = _WORDS.sub(lambda word: _MARK_OF[word[1]], folded)
    return folded.lower().strip().strip(_BRACKETS).strip()


def _angle_of(text: str) -> Angle | None:
    """Read a folded text as one coordinate; None where it isn't one. Raises ValueError for 75 minutes."""
    axis: Axis | None = None
    if named := _NAMED.match(text):
        axis, text = _AXES[named[1]], text[named.end() :]
    elif trailing := _TRAILING.search(text):
        axis, text = _AXES[trailing[1]], text[: trailing.start()]
    if _THOUSANDS.fullmatch(text):
        return Angle(float(text.replace(",", "")), axis)
    if plain := _DECIMAL.fullmatch(text):
        return Angle(float(plain[1]), axis)
    parts = _SEXAGESIMAL.fullmatch(text)
    if parts is None or (parts[3] is not None and "." in parts[2]):
        return None
    return Angle(_degrees(*(float(part or 0) for part in parts.groups())), axis, sexagesimal=True)


def _degrees(degrees: float, minutes: float, seconds: float) -> float:
    if minutes >= _SIXTY or seconds >= _SIXTY:
        msg = "度分秒里的分、秒应小于60；请核对"
        raise ValueError(msg)
    return degrees + minutes / _SIXTY + seconds / _SIXTY**2


def _unpacked(value: float) -> float:
    """Read 87.18052 as 87°18′05.2″."""
    whole, decimals = f"{abs(value):.8f}".split(".")
    seconds = float(f"{decimals[2:4]}.{decimals[4:]}")
    return math.copysign(_degrees(float(whole), float(decimals[:2]), seconds), value)


def split_pair(text: str) -> Pair | None:
    """Read both coordinates from one text (87.30,44.01; 东经87.3 北纬44.0); None where it doesn't hold two."""
    folded = _folded(text)
    for one, other in _halves(folded):
        try:
            first, second = (_angle_of(half.strip(" :=")) for half in (one, other))
        except ValueError:
            continue
        if first is None or second is None:
            continue
        try:
            pair = _of_two(first, second)
        except Unreadable:
            continue
        return Pair(pair.first, pair.second, pair.named, True, pair.sexagesimal)
    return None


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to cut a text in two: at a separator, at a word, in the middle of its parts."""
    for cut in _BETWEEN.finditer(text):
        yield text[: cut.start()], text[cut.end() :]
    for cut in list(_NAMED.finditer(text))[1:]:
        yield text[: cut.start()], text[cut.start() :]
    for cut in re.finditer(r"(?<=[en])\s*(?=\d)", text):
        yield text[: cut.start()], text[cut.end() :]
    parts = re.findall(_PART, text)
    if len(parts) % 2 == 0:
        middle = len(parts) // 2
        yield " ".join(parts[:middle]), " ".join(parts[middle:])
