"""Which rows of one list are the same facility."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from geo.intake.identity import assign_ids, rejoin
from tests.support import WILLOW_RIVER, WILLOW_TOWN


def row(number: int, **values: Any) -> dict[str, Any]:
    return {
        "file": "a.xlsx",
        "sheet": "表",
        "row": number,
        "unit_code": WILLOW_RIVER,
        "name": "站",
        "id": None,
    } | values


def codes(layer: str, *rows: dict[str, Any]) -> tuple[int, list[str]]:
    kept, faults = assign_ids(layer, rows)
    assert len({record["id"] for record in kept}) == len(kept)
    return len(kept), [fault.code for fault in faults]


def test_exact_repeat_counts_once() -> None:
    assert codes("stations", row(2), row(3)) == (1, ["row-twice"])
    assert codes("schools", row(2, id="S-1"), row(3, id="S-1")) == (1, ["row-twice"])


def test_two_facilities_of_one_name_both_count() -> None:
    assert codes("stations", row(2, area_m2=10.0), row(3, area_m2=20.0)) == (2, [])
    assert codes("stations", row(2), row(3, unit_code=WILLOW_TOWN)) == (2, [])
    assert codes("boards", row(2, name=None), row(3, name=None, photo="2")) == (2, [])


def test_conflicting_repeats_are_refused_where_rows_are_units_or_have_ids() -> None:
    assert codes("schools", row(2, students=10), row(3, students=20)) == (1, ["row-conflict"])
    assert codes("stations", row(2, id="Z-1", area_m2=1.0), row(3, id="Z-1", area_m2=2.0)) == (1, ["row-conflict"])
    same = {"unit_code": "990101000000", "task": 7, "item": "人数"}
    assert codes("figures", row(2, value=5.0, **same), row(3, value=6.0, **same)) == (1, ["row-conflict"])


def test_a_serial_number_is_no_id() -> None:
    """Every township's list has a number 1; it must not supersede the others'."""
    first, _ = assign_ids("stations", [row(2, id="1")])
    second, _ = assign_ids("stations", [row(2, id="1", unit_code=WILLOW_TOWN)])
    assert first[0]["id"] != second[0]["id"]
    real, _ = assign_ids("stations", [row(2, id="ZD-1")])
    assert real[0]["id"] == "ZD-1"


def test_ids_do_not_depend_on_the_order_of_rows_or_on_spelling() -> None:
    rows = [row(2), row(3, name="栏"), row(4, unit_code=WILLOW_TOWN)]
    found = [sorted(record["id"] for record in assign_ids("stations", order)[0]) for order in permutations(rows)]
    assert len({tuple(ids) for ids in found}) == 1
    assert (
        assign_ids("stations", [row(2, name="站 A")])[0][0]["id"]
        == assign_ids("stations", [row(2, name="站a")])[0][0]["id"]
    )


# ── several lists ────────────────────────────────────────────────────────────


def listed(*lists: tuple[str, ...], layer: str = "boards", unit: str = WILLOW_RIVER) -> list[dict[str, Any]]:
    """Rows as several batches would store them; "" is a row without a name."""
    rows = []
    for batch, names in enumerate(lists, start=1):
        records = [
            {"unit_code": unit, "name": name or None, "file": "a.xlsx", "sheet": None, "row": n, "note": n}
            for n, name in enumerate(names, start=2)
        ]
        rows += [{**record, "batch": batch} for record in assign_ids(layer, records)[0]]
    return rows


def counted(*lists: tuple[str, ...], layer: str = "boards") -> list[tuple[int, ...]]:
    """Of each facility, the batches that tell of it."""
    found: dict[str, list[int]] = {}
    for row in rejoin(layer, listed(*lists, layer=layer), lambda row: row["batch"]):
        found.setdefault(row["id"], []).append(row["batch"])
    return sorted(tuple(sorted(batches)) for batches in found.values())


@pytest.mark.parametrize(
    ("lists", "facilities"),
    [
        ((("东墙",), ("东墙",)), [(1, 2)]),
        ((("东墙",), ("西墙",)), [(1,), (2,)]),
        # nameless ones are known as a group: the newest list says how many there are
        ((("",), ("",)), [(1, 2)]),
        ((("", ""), ("",)), [(2,)]),
        ((("",), ("", "")), [(2,), (2,)]),
        ((("", ""), ("", "")), [(2,), (2,)]),
        ((("",), ("", ""), ("",)), [(1, 3)]),
        # so are those of one name
        ((("东墙", "东墙"), ("东墙",)), [(2,)]),
        ((("东墙", "东墙"), ("西墙",)), [(1,), (1,), (2,)]),
        # a ledger's row and a list's row of the only one there is
        ((("",), ("东墙",)), [(1, 2)]),
        ((("东墙",), ("",)), [(1, 2)]),
        ((("东墙",), ("",), ("东墙",)), [(1, 2, 3)]),
        # which of two it is nobody knows
        ((("",), ("东墙", "西墙")), [(1,), (2,), (2,)]),
        ((("", ""), ("东墙",)), [(1,), (1,), (2,)]),
    ],
)
def test_what_several_lists_tell_of(lists: tuple[tuple[str, ...], ...], facilities: list[tuple[int, ...]]) -> None:
    assert counted(*lists) == facilities


def test_the_order_of_rows_does_not_matter() -> None:
    rows = listed(("", ""), ("东墙",), ("",))
    orders = [rejoin("boards", [dict(row) for row in some], lambda row: row["batch"]) for some in permutations(rows)]
    assert all({(r["id"], r["batch"]) for r in found} == {(r["id"], r["batch"]) for r in orders[0]} for found in orders)
