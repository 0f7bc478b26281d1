"""Make the demo submissions as they come: the same truth as the tidy ones, in every shape that offices send.

    python data/changji/make_wild.py

Titles, notes, units of measure in a row of their own, headers of two rows, merged townships,
totals, printed pages, headings, hidden sheets and rows, days written in eight ways, full-width
digits, stray blanks, codes mangled, villages behind their townships, coordinates joined or in degrees,
minutes and seconds, .xls, .et, CSV in GB18030 and UTF-16, two tables in one workbook or on one sheet,
GeoJSON and a zipped shapefile, points off Amap of which nobody says so. One seed, so the same bytes
each time. What is said is what make_submissions.py says.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from make_submissions import build
from make_tables import FIRST_ARRIVAL, Folder
from make_wild_files import written
from make_wild_pages import wild_page
from make_wild_vectors import as_geojson, as_zipped_shapefile

from geo.crs import from_cgcs2000

if TYPE_CHECKING:
    from collections.abc import Sequence

    from make_tables import Cell, Rows
    from make_wild_pages import Page

FOLDER = Path(__file__).resolve().parent / "submissions" / "wild"
SEED = 20221101
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
VECTORS = {"二六工镇_科普宣传栏": ("geojson", as_geojson), "佃坝镇_科普活动站": ("zip", as_zipped_shapefile)}
"""Lists that come as vector files."""
OFF_AMAP = "文明实践所站_科普活动站"
"""The list whose points are in GCJ-02 though nobody says so. It can be told: the township's own list has them too."""


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
        if name == OFF_AMAP:
            rows = _in_gcj02(header, rows)
        page = wild_page(self._rng, name, header, rows, shape)
        if name in VECTORS:
            suffix, write = VECTORS[name]
            self._store(f"{len(self.entries) + 1:02d}_{name}.{suffix}", write(name, header, rows), layer, sender,
                        received, told)  # fmt: skip
            return
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
        self._store(f"{name}.{suffix}", content, layer, sender, received, told)

    def _store(
        self, file: str, content: bytes, layer: str, sender: str, received: date, told: dict[str, str | bool]
    ) -> None:
        self.files[file] = content
        self.entries.append({"file": file, "layer": layer, "sender": sender, "received_on": received, **told})


def _in_gcj02(header: Sequence[str], rows: Rows) -> list[list[Cell]]:
    """Move the points of a list to where Amap shows them."""
    at = header.index("经度"), header.index("纬度")
    moved = [list(row) for row in rows]
    for row in moved:
        if isinstance(row[at[0]], float):
            pair = from_cgcs2000(*(float(str(row[n])) for n in at), "gcj02")
            row[at[0]], row[at[1]] = (round(value, 6) for value in pair)
    return moved


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
