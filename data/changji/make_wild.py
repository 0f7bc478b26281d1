"""Make the demo submissions as they come: the same truth as the tidy ones, in every shape that offices send.

    python data/changji/make_wild.py

Titles, notes, units of measure in a row of their own, headers of two rows, merged townships,
totals, printed pages, headings, hidden sheets and rows, days written in eight ways, full-width
digits, stray blanks, codes mangled, villages behind their townships, coordinates joined or in degrees,
minutes and seconds, .xls, .et, CSV in GB18030 and UTF-16, two tables in one workbook or on one
sheet. One seed, so the same bytes each time. What is said is what make_submissions.py says.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter
import xlwt
from make_submissions import build
from make_tables import FIRST_ARRIVAL, NOTE, Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from make_tables import Cell, Rows

FOLDER = Path(__file__).resolve().parent / "submissions" / "wild"
SEED = 20221101
TITLE_YEAR = 2022
PAGE = 9
CODES = ("代码", "统计用区划代码")
TOWN, VILLAGE = "乡镇(街道)", "村(社区)"
GROUPS = {
    "坐标": {"经度": "经度", "纬度": "纬度", "坐标系": "坐标系"},
    "科普活动站": {"活动站": "有无", "活动站共用单位": "共用单位", "活动站设备": "设备"},
    "科普宣传栏": {"宣传栏": "有无", "宣传栏更换日期": "更换日期", "宣传栏最近更换日期": "最近更换日期"},
    "科普组织": {"科普组织": "有无", "分管领导": "分管领导", "专兼职人员": "专兼职人员"},
}
SHAPES: tuple[frozenset[str], ...] = tuple(
    frozenset(shape.split())
    for shape in (
        "xlsx title units notes total merged cn serial-no dms",
        "xlsx title groups merged hidden-sheet dots wide mangled",
        "xlsx title pages total short serial-no",
        "xls title merged notes total serial-no loose",
        "gbk title blank-town notes dots",
        "et title units notes cn",
        "xlsx epoch-1904 hidden-rows serial-days blanks joined",
        "utf-16 title ditto slashes wide mangled",
        "xlsx title sections notes total cn loose",
        "xls title groups pages short blanks",
        "gbk title units sections total cn wide joined",
        "xlsx shifted groups units notes hidden-sheet short",
    )
)
TOGETHER = {"大西渠镇": "sheets", "滨湖镇": "sheets", "榆树沟镇": "one-sheet", "庙尔沟乡": "one-sheet"}
"""Townships that send stations and boards in one workbook: on two sheets, or below each other on one."""


@dataclass
class Page:
    """A sheet while it is made: rows of cells, merged cells (first row, first column, last row, last column)."""

    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)

    def below(self, other: Page) -> None:
        """Put another page below, after a blank row."""
        by = len(self.rows) + 1
        self.rows += [[], *other.rows]
        self.merged += [(a + by, b, c + by, d) for a, b, c, d in other.merged]


class WildFolder(Folder):
    """Takes the tidy tables and keeps what offices make of them."""

    def __init__(self) -> None:
        super().__init__()
        self._rng = random.Random(SEED)
        self._tables = 0
        self._waiting: dict[str, Page] = {}

    def add(
        self, name: str, layer: str, sender: str, header: Sequence[str], rows: Rows, *,
        encoding: str | None = None, **told: str | bool,
    ) -> None:  # fmt: skip
        """Add a table in the shape that is its turn. `encoding` is the tidy file's, and not used."""
        received = FIRST_ARRIVAL + timedelta(days=self._tables % 9)
        shape = SHAPES[self._tables % len(SHAPES)]
        self._tables += 1
        how = TOGETHER.get(sender)
        if how and layer in ("stations", "boards"):
            page = wild_page(self._rng, name, header, rows, SHAPES[0] if how == "sheets" else SHAPES[8])
            if layer == "stations":
                self._waiting[sender] = page
                return
            self._together(sender, how, self._waiting.pop(sender), page, received, told)
            return
        page = wild_page(self._rng, name, header, rows, shape)
        self._keep(f"{len(self.entries) + 1:02d}_{name}", layer, sender, {"Sheet1": page}, shape, received, told)

    def _together(
        self, sender: str, how: str, stations: Page, boards: Page, received: date, told: dict[str, str | bool]
    ) -> None:
        pages = {"活动站": stations, "宣传栏": boards}
        if how == "one-sheet":
            stations.below(boards)
            pages = {"站栏表": stations}
        name = f"{len(self.entries) + 1:02d}_{sender}_站栏表"
        self._keep(name, "auto", sender, pages, frozenset(("xlsx",)), received, told)

    def _keep(
        self, name: str, layer: str, sender: str, pages: dict[str, Page], shape: frozenset[str], received: date,
        told: dict[str, str | bool],
    ) -> None:  # fmt: skip
        suffix, content = written(pages, shape)
        self.files[f"{name}.{suffix}"] = content
        self.entries.append(
            {"file": f"{name}.{suffix}", "layer": layer, "sender": sender, "received_on": received, **told}
        )


# -- what a sheet looks like ---------------------------------------------------------


def wild_page(rng: random.Random, title: str, header: Sequence[str], rows: Rows, shape: frozenset[str]) -> Page:
    """Lay a tidy table out as its sender would."""
    columns, body = list(header), [[*row, *[None] * (len(header) - len(row))] for row in rows]
    _respell(columns, body, shape)
    body = [[_cell(rng, columns[n], cell, shape) for n, cell in enumerate(row)] for row in body]
    heads: list[tuple[int, str]] = []
    if "sections" in shape and TOWN in columns:
        body, heads = _town_headings(columns, body)
    if "serial-no" in shape:
        columns.insert(0, "序号")
        body = [[n % PAGE + 1 if "pages" in shape else n + 1, *row] for n, row in enumerate(body)]
    page = Page()
    if "shifted" in shape:
        page.rows += [[], []]
    _lay_title(page, title, len(columns), shape)
    _lay_rows(page, columns, body, dict(heads), shape)
    if "total" in shape:
        page.rows.append(["合 计", *[None] * (len(columns) - 2), len(body)])
    if "notes" in shape:
        page.rows += [[f"注：{NOTE}"], ["填表人：", None, "审核人：", None, "联系电话："]]
    return page


def _respell(columns: list[str], body: list[list[Cell]], shape: frozenset[str]) -> None:
    """Write codes as a spreadsheet mangles them, villages behind their township, coordinates in other forms."""
    at = {name: columns.index(name) for name in (*CODES, TOWN, VILLAGE, "经度", "纬度") if name in columns}
    for row in body:
        for name in CODES:
            if "mangled" in shape and name in at and row[at[name]]:
                row[at[name]] = f"{int(str(row[at[name]])):.5E}"
        if "loose" in shape and TOWN in at and VILLAGE in at and row[at[VILLAGE]] not in (None, "", "本级"):
            row[at[VILLAGE]] = f"{row[at[TOWN]]}{row[at[VILLAGE]]}"
        if "经度" in at and isinstance(row[at["经度"]], float):
            lon, lat = (float(str(row[at[name]])) for name in ("经度", "纬度"))
            if "dms" in shape:
                row[at["经度"]], row[at["纬度"]] = _dms(lon), _dms(lat)
            elif "joined" in shape:
                row[at["经度"]] = f"{lon},{lat}"
    if "joined" in shape and "经度" in at:
        columns[at["经度"]] = "经纬度"
        columns.pop(at["纬度"])
        for row in body:
            row.pop(at["纬度"])


def _dms(degrees: float) -> str:
    whole, rest = divmod(round(degrees * 3600, 2), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{int(whole)}°{int(minutes)}′{seconds:.2f}″"


def _lay_title(page: Page, title: str, width: int, shape: frozenset[str]) -> None:
    if "title" in shape:
        page.merged.append((len(page.rows), 0, len(page.rows), width - 1))
        page.rows.append([f"{title.replace('_', '')}（{TITLE_YEAR}年）（演示，虚构）"])
        page.rows.append(["填报单位（盖章）：演示单位", *[None] * (width - 2), f"填报日期：{TITLE_YEAR}年10月"])


def _lay_rows(page: Page, columns: Sequence[str], body: Rows, heads: dict[int, str], shape: frozenset[str]) -> None:
    """Write the header and the rows, with what stands between them."""
    top, width = len(page.rows), len(columns)
    head = _header(page, columns, shape)
    town_at = columns.index(TOWN) if TOWN in columns else None
    runs: list[tuple[int, int]] = []
    for n, row in enumerate(body):
        if n in heads:
            page.merged.append((len(page.rows), 0, len(page.rows), width - 1))
            page.rows.append([heads[n]])
        if "pages" in shape and n and n % PAGE == 0:
            page.rows.append(["小计", *[None] * (width - 2), PAGE])
            again = len(page.rows) - top
            page.merged += [(a + again, b, c + again, d) for a, b, c, d in page.merged if top <= a < top + len(head)]
            page.rows += [list(line) for line in head]
        page.rows.append(list(row))
        _same_town(page, town_at, runs, shape)
    page.merged += [(a, town_at, b, town_at) for a, b in runs if b > a and town_at is not None]
    if "hidden-rows" in shape:
        page.hidden = list(range(top + len(head) + 1, len(page.rows), 7))


def _header(page: Page, columns: Sequence[str], shape: frozenset[str]) -> list[list[Cell]]:
    """Write the header: two rows where columns are grouped, and a row of units of measure."""
    top = len(page.rows)
    texts, units = list(columns), [""] * len(columns)
    if "units" in shape:
        for n, text in enumerate(columns):
            if text.endswith(")") and text not in (TOWN, VILLAGE) and "名称" not in text and "辅导员" not in text:
                texts[n], units[n] = text[:-1].split("(")
    lines: list[list[Cell]] = [list(texts)]
    if "groups" in shape:
        above: list[Cell] = [_group(text) or text for text in texts]
        under: list[Cell] = [GROUPS[str(a)][t] if a in GROUPS and t in GROUPS[str(a)] else None
                             for a, t in zip(above, texts, strict=True)]  # fmt: skip
        for n, text in enumerate(above):
            if under[n] is None:
                page.merged.append((top, n, top + 1, n))
            elif n and above[n - 1] == text:
                continue
            else:
                last = max(m for m in range(n, len(above)) if above[m] == text)
                if last > n:
                    page.merged.append((top, n, top, last))
        shown: list[Cell] = [None if n and under[n] and above[n - 1] == t else t for n, t in enumerate(above)]
        lines = [shown, under]
    if any(units):
        lines.append([unit or None for unit in units])
    page.rows += [list(line) for line in lines]
    return lines


def _group(text: str) -> str | None:
    return next((group for group, members in GROUPS.items() if text in members), None)


def _town_headings(columns: list[str], body: list[list[Cell]]) -> tuple[list[list[Cell]], list[tuple[int, str]]]:
    """Take the township column out and say it in a heading over its rows; only where rows have villages."""
    town, village = columns.index(TOWN), columns.index(VILLAGE) if VILLAGE in columns else None
    if village is None or any(not row[village] for row in body):
        return body, []
    body.sort(key=lambda row: str(row[town]))
    heads: list[tuple[int, str]] = []
    for n, row in enumerate(body):
        if not n or body[n - 1][town] != row[town]:
            heads.append((n, f"（{'一二三四五六七八九十'[len(heads) % 10]}）{row[town]}"))
    columns.pop(town)
    return [[cell for n, cell in enumerate(row) if n != town] for row in body], heads


def _same_town(page: Page, town_at: int | None, runs: list[tuple[int, int]], shape: frozenset[str]) -> None:
    """Say a township once for the rows that follow each other: merged, blank or 同上."""
    if town_at is None or not shape & {"merged", "blank-town", "ditto"}:
        return
    at, row = len(page.rows) - 1, page.rows[-1]
    last = runs[-1] if runs and runs[-1][1] == at - 1 else None
    if last and page.rows[last[0]][town_at] == row[town_at]:
        runs[-1] = (last[0], at)
        page.rows[-1] = [("同上" if "ditto" in shape else None) if n == town_at else cell for n, cell in enumerate(row)]
    else:
        runs.append((at, at))


# -- what a cell looks like ------------------------------------------------------------


def _cell(rng: random.Random, column: str, cell: Cell, shape: frozenset[str]) -> Cell:
    if isinstance(cell, date):
        return _day(cell, shape)
    if column in ("更换日期", "最近更换日期", "宣传栏更换日期", "宣传栏最近更换日期") and isinstance(cell, str):
        return _days(cell, shape)
    if column == VILLAGE and isinstance(cell, str) and "blanks" in shape:
        return rng.choice([f" {cell}", f"{cell}\u3000", cell.replace("村", " 村"), cell])
    if column == VILLAGE and isinstance(cell, str) and cell.endswith("社区") and "wide" in shape:
        return f"{cell}{rng.choice(('居委会', '居民委员会', ''))}"
    if "wide" in shape and isinstance(cell, int) and column != "任务号":
        return "".join(chr(ord(digit) + 0xFEE0) for digit in str(cell))
    return cell


def _days(text: str, shape: frozenset[str]) -> str:
    """Rewrite a list of days in one cell; words for none stay."""
    try:
        days = [date.fromisoformat(item) for item in text.split("、")]
    except ValueError:
        return text
    joint = "\n" if "dots" in shape else "，" if "slashes" in shape else "、"
    return joint.join(str(_day(day, shape - {"serial-days"})) if shape & _DAYS else day.isoformat() for day in days)


_DAYS = {"cn", "dots", "slashes", "short"}


def _day(day: date, shape: frozenset[str]) -> Cell:
    if "cn" in shape:
        return f"{day.year}年{day.month}月{day.day}日"
    if "dots" in shape:
        return f"{day.year}.{day.month}.{day.day}"
    if "slashes" in shape:
        return f"{day.year}/{day.month}/{day.day}"
    if "short" in shape and day.year == TITLE_YEAR:
        return f"{day.month}月{day.day}日"
    if "serial-days" in shape and "epoch-1904" in shape:
        return (day - date(1904, 1, 1)).days
    return day.isoformat() if "short" in shape else day


# -- files -----------------------------------------------------------------------------


def written(pages: dict[str, Page], shape: frozenset[str]) -> tuple[str, bytes]:
    """Return (suffix, content) of a file with these sheets."""
    if shape & {"gbk", "utf-16"}:
        (page,) = pages.values()
        return "csv", _as_csv(page, "gb18030" if "gbk" in shape else "utf-16")
    if shape & {"xls", "et"}:
        return ("et" if "et" in shape else "xls"), _as_xls(pages)
    return "xlsx", _as_xlsx(pages, shape)


def _as_csv(page: Page, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in page.rows:
        writer.writerow(["" if c is None else c.isoformat() if isinstance(c, date) else c for c in row])
    return text.getvalue().encode(encoding)


def _as_xls(pages: dict[str, Page]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for name, page in pages.items():
        sheet = book.add_sheet(name)
        spans = {(a, b): (c, d) for a, b, c, d in page.merged}
        for at, row in enumerate(page.rows):
            for column, cell in enumerate(row):
                style = [day] if isinstance(cell, date) else []
                if (at, column) in spans:
                    last_row, last_column = spans[at, column]
                    sheet.write_merge(at, last_row, column, last_column, cell, *style)
                elif cell not in (None, ""):
                    sheet.write(at, column, cell, *style)
    book.add_sheet("说明").write(0, 0, NOTE)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_xlsx(pages: dict[str, Page], shape: frozenset[str]) -> bytes:
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "date_1904": "epoch-1904" in shape}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": next(iter(pages)), "comments": NOTE, "created": datetime(2022, 10, 20)})
        formats = {"day": book.add_format({"num_format": "yyyy-mm-dd"}), "": book.add_format({"text_wrap": True})}
        for name, page in pages.items():
            sheet = book.add_worksheet(name)
            spans = {(a, b): (c, d) for a, b, c, d in page.merged}
            for at, row in enumerate(page.rows):
                for column, cell in enumerate(row):
                    if (at, column) in spans:
                        sheet.merge_range(at, column, *spans[at, column], "", formats["day" if _is_day(cell) else ""])
                    _write(sheet, at, column, cell, formats)
            for at in page.hidden:
                sheet.set_row(at, None, None, {"hidden": True})
            sheet.set_column(0, 20, 14)
        if "hidden-sheet" in shape:
            old = book.add_worksheet("上年旧表")
            old.write_row(0, 0, (TOWN, VILLAGE, "活动站名称"))
            old.write_row(1, 0, ("某镇", "某村", "作废"))
            old.hide()
        book.add_worksheet("说明").write(0, 0, NOTE)
    return out.getvalue()


def _is_day(cell: Cell) -> bool:
    return isinstance(cell, date)


def _write(sheet: Any, at: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, date):
        sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), formats["day"])
    elif cell not in (None, ""):
        sheet.write(at, column, cell, formats[""])


def main() -> None:
    """Write every file into submissions/wild/; those of an earlier run that are no longer made go."""
    made = build(WildFolder())
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("[0-9][0-9]_*"):
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        (FOLDER / name).write_bytes(content)
        print(name, len(content))


if __name__ == "__main__":
    main()
