"""Faults as lines of a report: names that were read otherwise than written folded by file and kind of repair."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geo.faults import SEVERITY_LABELS, Fault, in_order, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FOLDED = "name-repaired"
_HOW = re.compile(r"读取（([^（）]+)）")
_EXAMPLES = 3


def told_lines(faults: Iterable[Fault]) -> list[str]:
    """Return one line a fault, in order; repaired names are one line a file and kind, with three examples."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    ordered = in_order(faults)
    for fault in ordered:
        if fault.code == _FOLDED:
            groups.setdefault((fault.file, _how(fault)), []).append(fault)
    return [line for fault in ordered for line in _lines(fault, groups)]


def _lines(fault: Fault, groups: dict[tuple[str, str], list[Fault]]) -> Iterator[str]:
    if fault.code != _FOLDED:
        yield fault.line()
        return
    folded = groups.get((fault.file, _how(fault)), [])
    if folded[0] is not fault:
        return
    yield fault.line() if len(folded) == 1 else _folded(folded)


def _how(fault: Fault) -> str:
    found = _HOW.search(fault.message)
    return found[1] if found else fault.message


def _folded(faults: list[Fault]) -> str:
    first = faults[0]
    examples = "、".join(f"第{fault.row}行“{fault.value}”" for fault in faults[:_EXAMPLES])
    told = f"{len(faults)}处名称不是规范写法，已能读取（{_how(first)}），如{examples}"
    return printable(f"{SEVERITY_LABELS[first.severity]}：{first.file}：{told}")
