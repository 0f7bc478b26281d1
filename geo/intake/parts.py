"""What is said of one of several villages that were merged since: that one had none says little of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.faults import Fault
from geo.schema import layer_named

if TYPE_CHECKING:
    from geo.admin.gazetteer import Gazetteer
    from geo.intake.harvest import Harvest


def settle_parts(harvest: Harvest, gazetteer: Gazetteer) -> None:
    """Take a "none" of a part back, with a note, unless all parts of its unit are said to have none."""
    told = [row for row in harvest.none if row.get("told_code")]
    if not told:
        return
    denied = {(row["layer"], row["told_code"]) for row in told}
    partial = []
    for row in told:
        parts = gazetteer.parts_of(row["unit_code"])
        if row["told_code"] in parts and any((row["layer"], part) not in denied for part in parts):
            partial.append(row)
            change = gazetteer.change_between(row["told_code"], row["unit_code"])
            label, when = layer_named(row["layer"]).label, f"{change.when}{change.before}" if change else ""
            message = (
                f"{when}已并入{gazetteer.full_name(row['unit_code'])}，只说其中一部分没有{label}；不计为整个单位的“无”"
            )
            where = {"sheet": row["sheet"], "row": row["row"]}
            harvest.faults.append(Fault("warning", "none-of-a-part", row["file"], message, _REMEDY, **where))
    harvest.none = [row for row in harvest.none if row not in partial]


_REMEDY = "整个单位都没有的，请按现在的单位填“无”"
