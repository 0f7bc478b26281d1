"""Which report of a figure is the newest: by the day that it is of, else by the day on which it came."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.store import NewBatch
from tests.stored import fresh_store
from tests.support import AS_OF, PLACE, judged

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("backend")

FIGURE: dict[str, Any] = {
    "id": "19.figure.volunteers", "kind": "figure", "unit": "city", "item": "注册科技志愿者数",
    "measure": "人", "threshold": 1000,
}  # fmt: skip
JANUARY, OCTOBER, MAY = date(2022, 1, 5), date(2022, 10, 5), date(2023, 5, 1)
END = date(2021, 12, 31)


@pytest.mark.parametrize(
    ("reports", "as_of", "value"),
    [
        # (value, date that it is of, day of report)
        ([(900, END, JANUARY), (1200, None, OCTOBER)], AS_OF, 1200),
        ([(1200, None, OCTOBER), (900, END, JANUARY)], AS_OF, 1200),  # whichever was imported first
        ([(900, END, OCTOBER), (1200, None, JANUARY)], AS_OF, 1200),
        ([(900, date(2022, 9, 30), OCTOBER), (1200, None, JANUARY)], AS_OF, 900),
        ([(900, None, JANUARY), (1200, None, OCTOBER)], AS_OF, 1200),
        ([(900, None, JANUARY), (1200, None, OCTOBER)], JANUARY, 900),
        # what came later than the day counts only where nothing else is known
        ([(900, END, JANUARY), (1200, None, MAY)], AS_OF, 900),
        ([(1200, None, MAY)], AS_OF, 1200),
        ([(900, END, MAY), (1200, None, OCTOBER)], AS_OF, 1200),
        ([(1200, date(2022, 12, 31), JANUARY)], AS_OF, None),
        # of one date, the newer report; of an earlier day, the older one
        ([(900, END, JANUARY), (1200, END, OCTOBER)], AS_OF, 1200),
        ([(900, END, JANUARY), (1200, END, MAY)], AS_OF, 900),
    ],
)
def test_the_newest_figure(
    tmp_path: Path, reports: list[tuple[float, date | None, date]], as_of: date, value: float | None
) -> None:
    store = fresh_store(tmp_path / "k.db")
    for number, (told, of, came) in enumerate(reports):
        row = {"id": f"ZB-{of}", "unit_code": PLACE, "name": None, "task": 19, "item": FIGURE["item"], "value": told,
               "unit_of_measure": "人", "as_of": of, "file": "a.xlsx", "sheet": None, "row": 2}  # fmt: skip
        store.write(NewBatch("a.xlsx", str(number), "figures", received_on=came, records={"figures": [row]}))
    assert judged(FIGURE, store.layers(), as_of=as_of).value == value
    assert judged(FIGURE, store.layers(as_of=as_of), as_of=as_of).value == value
