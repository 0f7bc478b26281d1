"""Lay a tidy table out as its sender would: titles, groups, units of measure, totals, and cells written in many ways.

Used by make_wild.py, whose shapes (words like `title merged cn`) say what is done to a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from make_tables import NOTE

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from make_tables import Cell, Rows

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
