"""Whether a file keeps to the one township whose records its sender may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geo.admin.gazetteer import Gazetteer
    from geo.intake.harvest import Harvest
    from geo.store.transactions import Reading

_REMEDY = "请只报本乡镇（街道）的；别处的请由那里的填报人或管理员导入"


def beyond(
    seen: Reading, gazetteer: Gazetteer, harvest: Harvest, complete: Sequence[Mapping[str, Any]], township: str
) -> Iterator[Fault]:
    """Fault every row about a unit outside a township, an id of a facility outside it, and lists complete for more."""
    home = gazetteer.name_of(township)
    for layer, records in harvest.records.items():
        stored = seen.units_of(layer, [record["id"] for record in records])
        for record in records:
            there = stored.get(record["id"]) or record["unit_code"]
            if township_of(record["unit_code"]) != township:
                yield _fault(record, f"{gazetteer.full_name(record['unit_code'])}不在{home}，您不能改那里的记录")
            elif township_of(there) != township:
                told = f"编号“{record['id']}”原属{gazetteer.full_name(there)}，不在{home}，您不能改那里的记录"
                yield _fault(record, told)
    for row in harvest.none:
        if township_of(row["unit_code"]) != township:
            yield _fault(row, f"{gazetteer.full_name(row['unit_code'])}不在{home}，您不能改那里的记录")
    for said in complete:
        if said["scope_code"] != township:
            yield _fault(said, f"完整清单的范围是{gazetteer.name_of(said['scope_code'])}，您只能声明{home}的")


def _fault(row: Mapping[str, Any], told: str) -> Fault:
    value = row.get("name")
    return Fault("error", "other-township", row["file"], told, _REMEDY, sheet=row["sheet"], row=row["row"], value=value)
