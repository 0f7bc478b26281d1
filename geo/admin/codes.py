"""Codes of units as they are written, and what Excel leaves of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from geo.words.vocabulary import plain

CODE_DIGITS = 12
TOWNSHIP_DIGITS = 9
_GROUP_DIGITS = 15
"""A village's code and three digits of a natural village or group."""
_LENGTHS = (6, TOWNSHIP_DIGITS, CODE_DIGITS, _GROUP_DIGITS)
_DIGITS = re.compile(r"[0-9]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:[-‐‑‒–—_]|,(?=[0-9]{3}))(?=[0-9])")
_NO_FRACTION = re.compile(r"\.0*$")
_SCIENTIFIC = re.compile(r"([1-9])(?:\.([0-9]{0,15}))?e\+?([0-9]{1,2})")
_QUOTES = "'’‘`´\"“”"


@dataclass(frozen=True, slots=True)
class Mangled:
    """A code that Excel wrote as 6.52301E+11: its value as far as it is left, and how many last digits are gone."""

    value: int
    lost: int

    def may_be(self, code: str) -> bool:
        """Say whether a 12-digit code may have become this; Excel rounds, other programs cut off."""
        written = (code[:TOWNSHIP_DIGITS], code, f"{code}000")
        step = 10**self.lost
        return any(-step // 2 <= int(digits) - self.value < step for digits in written)


def township_of(code: str) -> str:
    """Return the 12-digit code of the township that a unit belongs to (itself, if it is one)."""
    return f"{code[:TOWNSHIP_DIGITS]}000"


def full_code(text: str) -> str | None:
    """Return a code of 6, 9, 12 or (a group of a village) 15 digits as 12 digits, None if it is no such code."""
    digits = digits_of(text)
    if digits is None or len(digits) not in _LENGTHS:
        return None
    return digits[:CODE_DIGITS].ljust(CODE_DIGITS, "0")


def digits_of(text: str) -> str | None:
    """Return the digits of a code without what stands between and around them, None if it is not all digits."""
    found = _BETWEEN_DIGITS.sub("", plain(text).strip(_QUOTES))
    digits = _NO_FRACTION.sub("", found)
    if _DIGITS.fullmatch(digits):
        return digits
    left = _scientific(found)
    return str(left.value) if left and not left.lost else None


def mangled(text: str) -> Mangled | None:
    """Return what is left of a code in scientific notation some of whose digits are gone."""
    left = _scientific(plain(text).strip(_QUOTES))
    return left if left and left.lost else None


def _scientific(text: str) -> Mangled | None:
    match = _SCIENTIFIC.fullmatch(text)
    if match is None:
        return None
    first, decimals, exponent = match[1], match[2] or "", int(match[3])
    lost = max(0, exponent - len(decimals))
    value = Decimal(f"{first}.{decimals or '0'}e{exponent}")
    if exponent >= _GROUP_DIGITS or value != int(value):
        return None
    return Mangled(int(value), lost)
