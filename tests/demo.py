"""The demo for the tests: made once, copied for who wants a store; and what a row of a submitted file names."""

from __future__ import annotations

import csv
import io
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

from geo.assess import assess
from geo.bundled import bundled_place
from geo.intake.submissions import import_submissions
from geo.place import read_place
from geo.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.assessment import Assessment
    from geo.intake.imports import ImportReport

    Rule = Mapping[str, Any]
    Row = dict[str, str]

FOLDER = bundled_place("changji")
WRITTEN = {"阿什里乡": "阿什里哈萨克民族乡", "宁边路": "宁边路街道", "二六工镇人民政府": "二六工镇"}
"""How some senders write a township that the base layer calls otherwise."""
PARTNERS = ("服务单位", "共用单位", "覆盖单位", "活动站共用单位")
HEADER_ROW = 1


def make_store(database: Path, folder: Path = FOLDER) -> tuple[Store, list[ImportReport]]:
    """Make the store that `kepu demo` makes: the place, its plan, and every submission."""
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    store = Store.create(f"sqlite:///{database.as_posix()}", read_place(folder), plan)
    return store, import_submissions(store, folder / "submissions")


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.db"
        store, reports = make_store(path)
        store.close()
        assert {report.outcome for report in reports} == {"stored"}
        return path.read_bytes()


def demo_store(path: Path) -> Store:
    """A store of the demo for one test, copied from one that is made once."""
    path.write_bytes(_made())
    return Store.open(f"sqlite:///{path.as_posix()}")


@cache
def demo_assessment(day: date) -> Assessment:
    """The demo's assessment as of a day."""
    with tempfile.TemporaryDirectory() as folder:
        store = demo_store(Path(folder) / "demo.db")
        try:
            return assess(store.layers(as_of=day), store.plan(), as_of=day)
        finally:
            store.close()


@cache
def entries(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """File name → what the manifest says of it, with `batch`: files are imported in its order."""
    manifest = tomllib.loads((folder / "submissions" / "manifest.toml").read_text(encoding="utf-8"))
    return {entry["file"]: entry | {"batch": n} for n, entry in enumerate(manifest["files"], start=1)}


@cache
def sheet_rows(path: Path, sheet: str | None) -> list[Row]:
    """Header → text of each row of a sheet, from row 2 on; a CSV has no sheet. Fails if there is none such."""
    table: list[list[str]]
    if path.suffix == ".csv":
        assert sheet is None, path.name
        content = path.read_bytes()
        text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030")
        table = list(csv.reader(io.StringIO(text, newline="")))
    else:
        cells = openpyxl.load_workbook(path)[str(sheet)].iter_rows(values_only=True)
        table = [["" if cell is None else str(cell) for cell in row] for row in cells]
    header, *body = table
    return [dict(zip(header, row, strict=True)) for row in body]


@cache
def unit_names(folder: Path = FOLDER) -> dict[str, tuple[str, str]]:
    """Unit code → (township, village as people call it); of a township itself the village is blank."""
    place = read_place(folder)
    towns = dict(zip(place.townships["code"], place.townships["name"], strict=True))
    found = {str(code): (str(name), "") for code, name in towns.items()}
    for code, name, town in place.villages[["code", "name", "township_code"]].itertuples(index=False):
        brief = name.removesuffix("居民委员会").removesuffix("居委会")
        found[code] = (towns[town], brief.removesuffix("村委会") if brief.endswith("村村委会") else brief)
    return found


def speaks_of(row: Row, rule: Rule, unit: str) -> bool:
    """Whether a row of a submitted file names the unit for which a rule rests on it."""
    if rule["unit"] in {"school", "base"}:
        return unit in {row.get("学校编号"), row.get("基地编号")}
    if rule["kind"] in {"figure", "declared"}:
        wanted = {rule["item"], rule.get("per")}
        return row["任务号"] == rule["id"].split(".")[0] and row["指标"] in wanted
    if rule["kind"] == "tally":
        return bool(row["活动名称"])
    town, village = unit_names()[unit]
    if WRITTEN.get(row["乡镇(街道)"], row["乡镇(街道)"]) != town:
        return False
    named = {name for column in PARTNERS for name in row.get(column, "").split("、")}
    own = row.get("村(社区)", "") or "本级"
    code = row.get("代码") or row.get("统计用区划代码")
    if own == (village or "本级"):
        return code in {None, "", unit}
    everyone = rule["kind"] == "reach" or bool(rule.get("includes_villages"))
    return village in named if village and village in named else everyone and (not village or town in named)


def is_complete_for(entry: Mapping[str, Any], rows: list[Row], rule: Rule, unit: str) -> bool:
    """Whether a list that its sender calls complete speaks for a unit that is missing from it."""
    if not entry.get("complete"):
        return False
    if "scope" in entry or entry["layer"] in {"schools", "bases", "activities"}:
        return True
    return rule["unit"] in {"township", "village"} and any(
        WRITTEN.get(row["乡镇(街道)"], row["乡镇(街道)"]) == unit_names()[unit][0] for row in rows
    )


def spoil(path: Path) -> None:
    """Let the last row of a list name a village that there is not."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        column = [cell.value for cell in sheet[1]].index("村(社区)") + 1
        sheet.cell(row=sheet.max_row, column=column, value="查无此村")
        book.save(path)
        return
    content = path.read_bytes()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "gb18030"
    table = list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
    table[-1][table[0].index("村(社区)")] = "查无此村"
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    path.write_bytes(text.getvalue().encode(encoding))
