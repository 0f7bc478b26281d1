"""The map against plain folium markers with popups, and its speed in Chromium. Prints ratios of one run.

python bench/bench_map.py [--browser]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import folium

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maps.layers import FACILITY_LAYERS, facility_table, records
from maps.web_map import render
from tests.browser import executable
from tests.map_places import AS_OF, Case, changji, invented

SIZES = ((5, 8), (20, 25), (100, 50))  # townships × villages; each village brings its facilities


def with_folium(case: Case) -> str:
    """The same units and facilities as folium markers with a popup: name, state, reason or source."""
    found = {f["unit_code"]: f for f in case.assessment.rule("17.village.station").to_dict()["findings"]}
    blank = folium.Map(tiles=None)
    for name in ("townships", "villages"):
        for unit in records(case.place.townships if name == "townships" else case.place.villages):
            fact = found.get(unit["code"], {})
            text = f"{unit['name']} {fact.get('state')} {fact.get('reason')}"
            folium.Marker([unit["lat"], unit["lon"]], popup=text).add_to(blank)
    for name in FACILITY_LAYERS:
        for row in records(facility_table(case.layers, name, as_of=AS_OF)):
            text = f"{row['name']} {row['file']} {row['sheet']} {row['row']}"
            folium.Marker([row["geometry"].y, row["geometry"].x], popup=text).add_to(blank)
    return str(blank.get_root().render())


def features(case: Case) -> int:
    """How many units and facilities are drawn."""
    return sum(len(case.layers[name]) for name in ("townships", "villages", *FACILITY_LAYERS))


def timed(work: Any, *args: Any) -> tuple[str, float]:
    start = time.perf_counter()
    result = work(*args)
    return result, time.perf_counter() - start


def ours(case: Case) -> str:
    return render(case.layers, case.assessment, case.place)


def main() -> None:
    print("features: folium bytes a feature, ours, ratio; folium seconds, ours, ratio")
    frame = len(ours(invented(townships=2, villages=1)))
    for townships, villages in SIZES:
        case = invented(townships=townships, villages=villages, shape="points")
        n = features(case)
        mine, my_time = timed(ours, case)
        theirs, their_time = timed(with_folium, case)
        a, b = len(theirs.encode()) / n, (len(mine.encode()) - frame) / n
        size = f"{a:4.0f} {b:4.0f} {a / b:5.1f}×"
        speed = f"{their_time:6.2f} {my_time:6.2f} {their_time / my_time:5.1f}×"
        print(f"{n:>7,}: {size}; {speed}")
    print(f"Changji's file: {len(ours(changji()).encode()) / 1e3:.0f} kB")
    if "--browser" in sys.argv:
        in_browser()


def in_browser() -> None:
    from playwright.sync_api import sync_playwright

    many = invented(townships=100, villages=200, shape="points")
    cases = {"Changji": changji(), f"{features(many):,} features": many}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        for name, case in cases.items():
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            file = Path(folder) / "map.html"
            file.write_text(ours(case), encoding="utf-8")
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]")
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
            switch = page.evaluate(_SWITCH)
            frames = page.evaluate(_PAN)
            print(f"{name}: first paint {paint:.0f} ms, rule switch {switch:.0f} ms, pan {frames:.0f} frames/s")
        browser.close()


_SWITCH = """() => {
  const ids = ['17.village.board', '17.village.freshness', '17.village.station'];
  const start = performance.now();
  ids.forEach(id => { kepu.state.set({rule: id}); document.body.offsetHeight; });
  return (performance.now() - start) / ids.length;
}"""
_PAN = """() => new Promise(done => {
  const map = kepu.map.leaflet(), start = performance.now();
  let frames = 0;
  const step = () => {
    map.panBy([frames % 40 < 20 ? 12 : -12, 0], {animate: false});
    frames += 1;
    if (performance.now() - start < 2000) requestAnimationFrame(step);
    else done(frames / (performance.now() - start) * 1000);
  };
  step();
})"""

if __name__ == "__main__":
    main()
