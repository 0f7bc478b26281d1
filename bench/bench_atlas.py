"""The printed atlas against a plain loop of geopandas.plot + savefig over the same sheets, in one run.

python bench/bench_atlas.py

Both sides start from the demo's edition: layers and assessment are read before the clock starts; the time is the
processor's. The plain side draws, for each rule and each township, the same windows at the same size on A3: areas by
state, lines of villages and townships, facilities of the township, a legend and the names of the units, and saves
each as a PDF with an embedded Chinese font. It places no name (they overlap), sets no table, legend count, scale,
graticule, bookmark or link: what our atlas holds beyond that counts against us. Ours ends with the one PDF.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maps import palette
from maps.atlas.atlas import atlas_pdf
from maps.atlas.ground import ground_of
from maps.atlas.panels import panels
from maps.atlas.papers import PAPERS
from maps.atlas.small import unit_map
from maps.atlas.titles import mapped
from maps.layers import FACILITY_LAYERS, facility_table, township_table, village_table
from maps.print.fonts import fonts
from tests.dossiers import demo_edition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from maps.dossier.edition import Edition

FILLS = {style.key: style.area for style in palette.STATES}
PAPER = PAPERS["A3"]


def main() -> None:
    """Measure both sides and print the ratio."""
    edition = demo_edition()
    atlas_pdf(edition)  # fonts and imports, once a process on both sides
    begun = time.process_time()
    pdf = atlas_pdf(edition)
    ours = time.process_time() - begun
    plainly(edition, 1)
    begun = time.process_time()
    sheets = plainly(edition)
    plain = time.process_time() - begun
    print(f"atlas, {sheets} sheets with their tables: {ours:.1f} s, {len(pdf) / 1e6:.1f} MB, one PDF")
    print(f"geopandas.plot + savefig, {sheets} sheets without tables: {plain:.1f} s")
    print(f"ratio: {plain / ours:.1f} times as fast")
    codes = list(edition.place.villages["code"])
    begun = time.process_time()
    for code in codes:
        unit_map(edition, code)
    print(f"map of one village: {(time.process_time() - begun) / len(codes) * 1000:.1f} ms")


def plainly(edition: Edition, most: int | None = None) -> int:
    """Draw the sheets as people do; returns how many."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["font.family"] = fonts().sans
    crs = edition.place.working_crs
    villages = village_table(edition.layers, edition.assessment).to_crs(crs)
    townships = township_table(edition.layers, edition.assessment).to_crs(crs)
    windows = [panel.view for panel in panels(ground_of(edition), (0, 0, PAPER.map_width, PAPER.map_height))]
    facilities = {
        name: facility_table(edition.layers, name, as_of=edition.as_of).to_crs(crs) for name in FACILITY_LAYERS
    }
    rules = [("all", result.rule.id, result.rule.unit) for _, result in mapped(edition.assessment)]
    sheets = [("all", rules[0][1], "township"), *rules, *((code, rules[0][1], "village") for code in townships["code"])]
    for where, rule, unit in sheets[:most]:
        table = townships if rule in townships and unit == "township" else villages
        states = table[rule] if rule in table else ["not_applicable"] * len(table)
        if where == "all":
            draw(table.assign(state=states), townships, {}, [view.bounds for view in windows])
        else:
            own = {name: rows[rows["township_code"] == where] for name, rows in facilities.items()}
            bounds = townships[townships["code"] == where].total_bounds
            draw(table.assign(state=states), townships, own, [bounds])
    return len(sheets)


def draw(table: Any, townships: Any, facilities: dict[str, Any], windows: Iterable[Any]) -> None:
    """Draw one sheet and save it as a PDF."""
    from matplotlib import pyplot as plt
    from matplotlib.patches import Patch

    boxes = list(windows)
    figure, axes = plt.subplots(1, len(boxes), figsize=(PAPER.width / 25.4, PAPER.height / 25.4), squeeze=False)
    for axis, (west, south, east, north) in zip(axes[0], boxes, strict=True):
        table.plot(ax=axis, color=[FILLS[state] for state in table["state"]], edgecolor="#8a94a0", linewidth=0.3)
        townships.boundary.plot(ax=axis, color="#1f2a37", linewidth=0.9)
        for rows in facilities.values():
            if len(rows):
                rows.plot(ax=axis, markersize=9)
        axis.set_xlim(west, east)
        axis.set_ylim(south, north)
        at = table.geometry.representative_point()
        for x, y, name in zip(at.x, at.y, table["name"], strict=True):
            if west <= x <= east and south <= y <= north:
                axis.annotate(name, (x, y), fontsize=5)
    figure.legend(handles=[Patch(color=FILLS[style.key], label=style.label) for style in palette.STATES])
    figure.savefig(io.BytesIO(), format="pdf")
    plt.close(figure)


if __name__ == "__main__":
    main()
