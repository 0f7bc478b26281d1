"""A store whose audit has an entry of each kind, and what a look at it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from geo.faults import Asked
from geo.intake.decisions import Answer
from geo.store import NewBatch, Store
from geo.store.audit import record_view
from geo.store.verifying import verify
from tests.stored import fresh_store
from tests.support import RIVER, WILLOW_RIVER, county_plan_text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store.chain import Entry
    from geo.store.verifying import Verified

ENTRIES = ("init", "plan", "import", "import", "undo", "plan", "import", "viewed")
"""What the store of these tests notes; the imports are the batches 1, 2 and 4, and batch 3 undoes the second."""


def batch(name: str) -> NewBatch:
    """Two stations, a report of none, a complete list and a decision."""
    source = {"file": name, "sheet": "表1"}
    rows = [
        {"id": f"{name}-{n}", "unit_code": WILLOW_RIVER, "row": n, "geometry": shapely.Point(102.05, 30.05 + n / 1000),
         "phone": "0", "area_m2": 60.1, "serves": (RIVER,), "equipment": True, **source}
        for n in (2, 3)
    ]  # fmt: skip
    people = {"id": "", "unit_code": WILLOW_RIVER, "population": 9, "row": 5, **source}
    return NewBatch(
        name, name, "stations", sender="河口街道", by="甲",
        records={"stations": rows, "villages": [people]},
        none=[{"layer": "boards", "unit_code": WILLOW_RIVER, "row": 4, **source}],
        complete=[{"layer": "stations", "scope_code": RIVER, "row": 1, **source}],
        decisions=[Answer(Asked("village", "河口街道", "柳村"), WILLOW_RIVER)],
    )  # fmt: skip


def audited(path: Path) -> Store:
    """The store."""
    made = fresh_store(path)
    made.write(batch("a.xlsx"))
    made.undo(made.write(batch("b.xlsx")), by="乙")
    made.replace_plan(county_plan_text() + "\n", by="丙")
    made.write(batch("c.xlsx"))
    record_view(made, "丁", "stations", WILLOW_RIVER)
    return made


def found_in(store: Store, against: list[Entry] | None = None) -> Verified:
    """All that is found."""
    with store.reading() as seen:
        return verify(seen.connection, against=against)


def first(store: Store, against: list[Entry] | None = None) -> tuple[int | None, str, str]:
    """Entry, kind and text of the first finding."""
    finding = found_in(store, against).findings[0]
    return finding.entry, finding.kind, finding.told
