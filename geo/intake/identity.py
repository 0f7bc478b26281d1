"""Ids of records, and which rows of one list are the same facility.

A facility is known by the id that its sender gives, else by its layer, unit and name, so
that it counts once in however many lists it stands. A bare number (1, 2, 03) is no id but
the row's place in its list: every list has a number 1.

Facilities that neither a name nor an id tells apart are known as a group (`rejoin`): how many
there are is what the newest list says, and one without a name, in a unit where only one has
a name, is that one. Schools and activities are known by their name (and day) wherever a list
puts them: `geo.intake.likeness`.
"""

from __future__ import annotations

import hashlib
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.figure_items import item_key
from geo.intake.likeness import NAMED, joined_by_name
from geo.schema import layer_named
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
_SOURCE = {"id", "file", "sheet", "row", "told_code"}
_ORDINAL = re.compile(r"(?<=-[0-9a-f]{6})-\d+$")
"""What `assign_ids` puts after a made id to tell rows alike apart."""
_SERIAL_NUMBER = re.compile(r"\d{1,4}")


def assign_ids(layer: str, records: Sequence[Record]) -> tuple[list[Record], list[Fault]]:
    """Give each record its id, in place, and drop exact repeats.

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
        same = next((t for t in twins if _content(t) == _content(record)), None) if twins else None
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
        record["id"] = base if len(twins) == 1 else f"{base}-{len(twins)}"
        kept.append(record)
    return kept, faults


def rejoin(layer: str, rows: Iterable[Record], order: Callable[[Record], Any]) -> list[Record]:
    """Tell which rows of several lists are one facility, where ids alone can't, and return them in order of id.

    Rows of one name (or none) in one unit: where each list has one such row, they are one
    facility; else the newest list's rows replace the older ones, for nobody knows which is
    which. Then the one nameless facility of a unit (a ledger's) is its one named one (a
    list's), if each is alone. Schools and activities: `geo.intake.likeness`. `order` tells newer rows
    from older ones; the rows given stay as they are.
    """
    if layer in NAMED:
        kept = joined_by_name(layer, rows, order)
    else:
        kept = _joined_in_units(layer, rows, order) if layer not in ("bases", "figures") else list(rows)
    return sorted(kept, key=itemgetter("id", "unit_code"))


def _joined_in_units(layer: str, rows: Iterable[Record], order: Callable[[Record], Any]) -> list[Record]:
    kept: list[Record] = []
    alike: dict[str, list[Record]] = {}
    for row in rows:
        alike.setdefault(family_id(row["id"]), []).append(row)
    for base, group in alike.items():
        kept += _newest_list(base, group, order) if any(row["id"] != base for row in group) else group
    homes: dict[str, tuple[set[str], set[str]]] = {}
    for row in kept:
        named, nameless = homes.setdefault(row["unit_code"], (set(), set()))
        bare = row["name"] is None and row["id"].startswith(_made(layer, {"unit_code": row["unit_code"]}))
        (nameless if bare else named).add(row["id"])
    one = {
        next(iter(nameless)): next(iter(named))
        for named, nameless in homes.values()
        if len(named) == len(nameless) == 1
    }
    return [{**row, "id": one[row["id"]]} if row["id"] in one else row for row in kept] if one else kept


def family_id(number: str) -> str:
    """Return the id that a facility has in common with those of its name (or none) in its unit."""
    return _ORDINAL.sub("", number)


def _newest_list(base: str, group: Sequence[Record], order: Callable[[Record], Any]) -> list[Record]:
    """The rows that count of those alike, of which some list has several."""
    lists: dict[Any, list[Record]] = {}
    for row in group:
        lists.setdefault(order(row), []).append(row)
    newest = lists[max(lists)]
    if len(newest) > 1:
        return newest
    single = [rows[0] for rows in lists.values() if len(rows) == 1]
    return [{**row, "id": base} for row in single]


def given_id(record: Mapping[str, Any]) -> str | None:
    """Return the id that the sender gave; None where there is none, or a mere serial number."""
    written = str(record.get("id") or "")
    return None if not written or _SERIAL_NUMBER.fullmatch(plain(written)) else written


def _made(layer: str, record: Mapping[str, Any]) -> str:
    parts = [plain(str(record.get("name") or ""))]
    if layer == "activities":
        parts.append(str(record.get("date")))
    if layer == "figures":
        task = int(record.get("task") or 0)
        parts += [str(task), item_key(str(record.get("item")), task), str(record.get("as_of"))]
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
