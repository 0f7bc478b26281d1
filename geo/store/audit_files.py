"""Copies of the audit for safe keeping outside: JSON lines that can be compared later, CSV to read.

They hold digests and no salts: nothing of the data can be worked out from them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final, NoReturn

from geo.errors import InputRefused
from geo.faults import Fault
from geo.store.chain import ACTIONS, FIELD_LABELS, Entry, canonical, first_break
from geo.tables import csv_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LINES: Final = ".jsonl"
_COLUMNS: Final[Mapping[str, str]] = {"entry": "序号", **FIELD_LABELS, "at": "时间（UTC）"}
_NAMES: Final = frozenset(field.name for field in fields(Entry))
_MAY_BE_NONE: Final = {"batch": int, "salt_sha256": str}
_TYPES: Final = {
    "entry": int, "at": str, "by": str, "action": str, "detail": dict, "previous": str, "hash": str
}  # fmt: skip


def export_lines(entries: Sequence[Entry]) -> bytes:
    """Return entries as JSON lines, each in the canonical form."""
    return b"".join(canonical(asdict(entry)) + b"\n" for entry in entries)


def export_csv(entries: Sequence[Entry]) -> bytes:
    """Return entries as a table for people."""
    return csv_bytes([_row(entry) for entry in entries], header=list(_COLUMNS.values()))


def _row(entry: Entry) -> dict[str, Any]:
    told = asdict(entry) | {
        "action": ACTIONS.get(entry.action, entry.action),
        "detail": canonical(entry.detail).decode("utf-8", "replace"),
    }
    return {label: "" if told[name] is None else told[name] for name, label in _COLUMNS.items()}


def read_export(path: Path) -> list[Entry]:
    """Read JSON lines back. Raises InputRefused for what is no such file, or one that is itself not whole."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = "读不到" if isinstance(error, OSError) else "不是 UTF-8 文本"
        _refuse(path, None, why)
    entries = [_entry(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not entries:
        _refuse(path, None, "里面没有审计记录")
    broken = first_break(entries)
    if broken is not None:
        _refuse(path, broken.entry, f"文件本身不完整，不能用来对照：{broken.told}")
    return entries


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        told = json.loads(line)
    except ValueError:
        _refuse(path, number, "不是一行 JSON")
    if not isinstance(told, dict) or told.keys() != _NAMES:
        _refuse(path, number, "不是一条审计记录")
    odd = [name for name, kind in _TYPES.items() if not isinstance(told[name], kind)]
    odd += [name for name, kind in _MAY_BE_NONE.items() if not isinstance(told[name], kind | None)]
    if odd:
        _refuse(path, number, f"{'、'.join(odd)} 的写法不对")
    return Entry(**told)


def _refuse(path: Path, line: int | None, told: str) -> NoReturn:
    remedy = "请给出 kepu audit export -o 文件.jsonl 写出的文件"
    fault = Fault("error", "audit-file", path.name, told, remedy, row=line)
    raise InputRefused(fault.line(), faults=[fault])
