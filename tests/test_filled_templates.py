"""A filled template comes back without a question, and an empty one says nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from geo.forms.sheet_templates import make_template
from geo.forms.template_books import template_book
from geo.intake.columns import AUTO, IMPORTABLE, LEDGER
from geo.intake.imports import import_file
from geo.schema import layer_named
from tests.demo import demo_store
from tests.forms import blank, book_of, fill
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER, county

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def check(store: Store, path: Path, layer: str, *, read_as: str) -> None:
    """Fill a template, import it, and look the records up."""
    place, plan = store.place(), store.plan()
    made = make_template(place, plan, layer)
    rows = fill(path, made, place)
    report = import_file(store, path, read_as, received_on=date(2026, 11, 24))
    assert report.faults == ()
    assert report.outcome == "stored"
    of = ("stations", "boards", "communicators", "organisations", "associations") if layer == LEDGER else (layer,)
    assert dict(report.records) == dict.fromkeys(of, rows)
    for name in of:
        base = layer_named(name).role == "base"
        stored = store.layers()[name]
        own = stored if base else stored[stored["batch"] == report.batch]
        for entry in made.entries:
            prefix, _, column = entry.name.rpartition(".")
            if prefix in ("", name) and entry.example is not None and column in own and column != "name":
                told = own[column].notna() & own[column].map(lambda value: value != ())
                assert told.sum() >= rows, (name, column)
        if not base:
            assert len(own) == rows


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_a_filled_template_of_the_county_raises_no_question(store: Store, tmp_path: Path, layer: str) -> None:
    check(store, tmp_path / "填好.xlsx", layer, read_as=layer)


@pytest.mark.parametrize("layer", [layer for layer in IMPORTABLE if layer != "townships"])
def test_auto_tells_what_a_template_is(store: Store, tmp_path: Path, layer: str) -> None:
    check(store, tmp_path / "填好.xlsx", layer, read_as=AUTO)


@pytest.mark.parametrize("layer", IMPORTABLE)
def test_a_filled_template_of_the_demo_raises_no_question(tmp_path: Path, layer: str) -> None:
    check(demo_store(tmp_path / "k.db"), tmp_path / "填好.xlsx", layer, read_as=layer)


def test_every_unit_that_is_filled_in_is_understood(tmp_path: Path) -> None:
    store = demo_store(tmp_path / "k.db")
    made = make_template(store.place(), store.plan(), "communicators")
    book = book_of(made)
    column = [entry.name for entry in made.entries].index("count") + 1
    for row in range(2, len(made.rows) + 2):
        book.worksheets[0].cell(row, column, 1)
        book.worksheets[0].cell(row, 1, None)  # by their names alone
    book.save(tmp_path / "填好.xlsx")
    report = import_file(store, tmp_path / "填好.xlsx", "communicators", received_on=date(2026, 11, 24))
    assert report.faults == ()
    stored = store.layers()["communicators"]
    assert list(stored[stored["batch"] == report.batch]["unit_code"]) == sorted(r["unit_code"] for r in made.rows)


def test_records_say_what_was_filled_in(store: Store, tmp_path: Path) -> None:
    book = book_of(blank("stations"))
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    row = next(n for n in range(2, sheet.max_row + 1) if sheet.cell(n, 1).value == WILLOW_RIVER)
    filled = {"活动站名称": "柳树站", "设备": "投影仪2台", "面积（平方米）": 60.5, "建成日期": datetime(2021, 5, 3)}
    for header, value in filled.items():
        sheet.cell(row, at[header], value)
    denied = row + 1
    sheet.cell(denied, at["活动站名称"], "无")
    month = row + 2
    sheet.cell(month, at["活动站名称"], "月站")
    sheet.cell(month, at["建成日期"], "2022年5月")
    book.save(tmp_path / "填好.xlsx")
    report = import_file(store, tmp_path / "填好.xlsx", "stations")
    assert report.faults == ()
    assert dict(report.none) == {"stations": 1}
    stations = store.layers()["stations"].set_index("name")
    (willow, by_month) = (stations.loc[name] for name in ("柳树站", "月站"))
    assert (willow["unit_code"], willow["area_m2"], willow["row"]) == (WILLOW_RIVER, 60.5, row)
    assert bool(willow["equipment"])
    assert willow["built_on"].date() == date(2021, 5, 3)
    assert bool(by_month["month_only"])


@pytest.mark.parametrize("layer", [layer for layer in IMPORTABLE if blank(layer).rows])
def test_an_unfilled_template_says_nothing(store: Store, tmp_path: Path, layer: str) -> None:
    (tmp_path / "空.xlsx").write_bytes(template_book(blank(layer)))
    report = import_file(store, tmp_path / "空.xlsx", layer)
    assert report.faults == ()
    assert not any(report.records.values())
    assert not any(report.none.values())


def test_an_unfilled_figure_leaves_an_older_one_standing(store: Store, tmp_path: Path) -> None:
    fill(tmp_path / "填好.xlsx", blank("figures"), county())
    import_file(store, tmp_path / "填好.xlsx", "figures", received_on=date(2022, 5, 1))
    before = store.layers()["figures"]["value"].tolist()
    (tmp_path / "空.xlsx").write_bytes(template_book(blank("figures")))
    import_file(store, tmp_path / "空.xlsx", "figures", received_on=date(2022, 6, 1))
    assert store.layers()["figures"]["value"].tolist() == before
