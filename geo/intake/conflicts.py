"""What a file says against stored reports: an id of another unit's facility, the opposite on the same day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.faults import Fault
from geo.intake.identity import rejoin
from geo.intake.likeness import holds
from geo.schema import layer_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from geo.admin.gazetteer import Gazetteer
    from geo.intake.harvest import Harvest
    from geo.store.transactions import Reading

    Record = Mapping[str, Any]


def taken_ids(seen: Reading, gazetteer: Gazetteer, harvest: Harvest) -> Iterator[Fault]:
    """Fault ids that another unit's facility has: two senders may both count from ZD-001.

    Inside one township, or in a layer that one office keeps, it is a facility that moved. There
    a village told by one list and only its township by another are no move.
    """
    for layer, records in harvest.records.items():
        homes = seen.units_of(layer, [record["id"] for record in records])
        city_wide = layer_named(layer).city_wide
        for record in records:
            here, home = record["unit_code"], homes.get(record["id"])
            if home is None or home == here or (city_wide and (holds(home, here) or holds(here, home))):
                continue
            mine = city_wide or township_of(home) == township_of(here)
            now = f"，现改到{gazetteer.full_name(here)}" if mine else "，不能再用"
            told = f"编号“{record['id']}”原属{gazetteer.full_name(home)}{now}"
            remedy = "如不是同一设施，请换编号" if mine else "请换一个编号，或先撤销那一批"
            where = {"sheet": record["sheet"], "row": record["row"], "value": record["name"]}
            code = "id-moved" if mine else "id-taken"
            yield Fault("warning" if mine else "error", code, record["file"], told, remedy, **where)


def contradictions(seen: Reading, harvest: Harvest, day: date) -> Iterator[Fault]:
    """Warn of what another batch of the same day says the opposite of: the later import counts.

    A unit's "none" against a facility there, a board never changed against days of change.
    """
    if not seen.imported_on(day):
        return
    for layer in dict.fromkeys([*harvest.records, *(row["layer"] for row in harvest.none)]):
        records = harvest.records.get(layer, [])
        listed, denied = seen.said_on(day, layer)
        label = layer_named(layer).label
        none_in = {row["unit_code"]: row["batch"] for row in denied}
        some_in = {row["unit_code"]: row["batch"] for row in listed}
        for unit, record in {record["unit_code"]: record for record in records}.items():
            if unit in none_in:
                yield _contradicted(none_in[unit], f"那里报“无”{label}，这里报有", record)
        for row in harvest.none:
            if row["layer"] == layer and row["unit_code"] in some_in:
                yield _contradicted(some_in[row["unit_code"]], f"那里报有{label}，这里报“无”", row)
        if layer == "boards":
            yield from _changed_or_not(listed, records)


def _changed_or_not(listed: list[dict[str, Any]], records: list[dict[str, Any]]) -> Iterator[Fault]:
    ours = [{**record, "batch": _OURS} for record in records]
    by_id: dict[str, list[dict[str, Any]]] = {}
    for row in rejoin("boards", [*listed, *ours], lambda row: row["batch"]):
        if row.get("updates") is not None:
            by_id.setdefault(row["id"], []).append(row)
    for rows in by_id.values():
        for mine in (row for row in rows if row["batch"] == _OURS):
            other = next((r for r in rows if r["batch"] != _OURS and bool(r["updates"]) != bool(mine["updates"])), None)
            if other is not None:
                here, there = ("有更换日期", "从未更换") if mine["updates"] else ("从未更换", "有更换日期")
                yield _contradicted(other["batch"], f"那里报{there}，这里报{here}", mine)


_OURS = 2**31
"""Stands for the number of the batch that isn't stored yet: later than all."""


def _contradicted(batch: int, what: str, record: Record) -> Fault:
    told = f"与同一天收到的第{batch}批矛盾：{what}；按后导入的计"
    remedy = f"请核对；如第{batch}批有误，请撤销，或用 --received-on 分清先后"
    return Fault(
        "warning", "contradicts-batch", str(record["file"]), told, remedy, sheet=record["sheet"], row=record["row"]
    )
