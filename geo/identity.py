"""Ids of records, and which rows of one list are the same facility.

A facility is known by the id that its sender gives, else by its layer, unit and name, so
that it counts once in however many lists it stands. A bare number (1, 2, 03) is no id but
the row's place in its list: every list has a number 1.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.schema import layer_named
from geo.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Record = dict[str, Any]

_PREFIX = {
    "stations": "ZD",
    "boards": "XC",
    "communicators": "KP",
    "schools": "XX",
    "bases": "JD",
    "organisations": "ZZ",
    "associations": "XH",
    "activities": "HD",
    "figures": "ZB",
    "townships": "DW",
    "villages": "DW",
}
_SOURCE = {"id", "file", "sheet", "row"}
_SERIAL_NUMBER = re.compile(r"\d{1,4}")


def assign_ids(layer: str, records: Sequence[Record]) -> tuple[list[Record], list[Fault]]:
    """Give each record its id and drop exact repeats.

    Rows of one list with one id: the same content is dropped with a warning; different
    content is an error for schools, bases and rows with an id of their sender, else two
    facilities that happen to share a name.
    """
    kept: list[Record] = []
    faults: list[Fault] = []
    seen: dict[str, list[Record]] = {}
    strict = layer_named(layer).own_units or layer in ("figures", "townships", "villages")
    for record in records:
        given = given_id(record)
        base = given or _made(layer, record)
        twins = seen.setdefault(base, [])
        same = next((t for t in twins if _content(t) == _content(record)), None)
        if same is not None:
            faults.append(
                _fault("warning", "row-twice", record, f"与第{same['row']}行完全重复，只计一次", "请删去一行")
            )
            continue
        if twins and (given or strict):
            faults.append(
                _fault(
                    "error", "row-conflict", record, f"与第{twins[0]['row']}行是同一条，内容却不同", "请核对后留一行"
                )
            )
            continue
        twins.append(record)
        kept.append({**record, "id": base if len(twins) == 1 else f"{base}-{len(twins)}"})
    return kept, faults


def given_id(record: Mapping[str, Any]) -> str | None:
    """Return the id that the sender gave; None where there is none, or a mere serial number."""
    written = str(record.get("id") or "")
    return None if not written or _SERIAL_NUMBER.fullmatch(plain(written)) else written


def _made(layer: str, record: Mapping[str, Any]) -> str:
    parts = [plain(str(record.get("name") or ""))]
    if layer == "activities":
        parts.append(str(record.get("date")))
    if layer == "figures":
        parts += [str(record.get("task")), plain(str(record.get("item"))), str(record.get("as_of"))]
    if layer == "bases":  # a title is given once in a place, whichever office lists it and wherever it puts it
        digest = hashlib.sha256("\x1f".join((layer, *parts)).encode()).hexdigest()
        return f"{_PREFIX[layer]}-{digest[:10]}"
    digest = hashlib.sha256("\x1f".join((layer, record["unit_code"], *parts)).encode()).hexdigest()
    return f"{_PREFIX[layer]}-{record['unit_code']}-{digest[:6]}"


def _content(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, str(v)) for k, v in record.items() if k not in _SOURCE and v not in (None, "")))


def _fault(severity: str, code: str, record: Mapping[str, Any], message: str, remedy: str) -> Fault:
    return Fault(
        "error" if severity == "error" else "warning",
        code,
        str(record["file"]),
        message,
        remedy,
        sheet=record["sheet"],
        row=record["row"],
        value=record.get("name"),
    )
