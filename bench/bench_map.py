"""The map against plain folium markers with popups, and its speed in Chromium. Prints ratios of one run.

    python bench/bench_map.py [--browser]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import folium

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maps.web_map import render
from tests.browser import executable
from tests.map_places import Case, changji, invented

SIZES = ((5, 30), (20, 100), (100, 200))  # townships × villages: 150, 2,000 and 20,000 features


def with_folium(case: Case) -> str:
    """The same villages as folium markers with a popup of the same facts for one rule."""
    found = {f["unit_code"]: f for f in case.assessment.rule("17.village.station").to_dict()["findings"]}
    blank = folium.Map(tiles=None)
    for village in case.place.villages.itertuples():
        fact = found.get(str(village.code), {})
        text = f"{village.name} {fact.get('state')} {fact.get('reason')}"
        folium.Marker([village.lat, village.lon], popup=text).add_to(blank)
    return str(blank.get_root().render())


def timed(work: Any, *args: Any) -> tuple[str, float]:
    start = time.perf_counter()
    result = work(*args)
    return result, time.perf_counter() - start


def ours(case: Case) -> str:
    return render(case.layers, case.assessment, case.place)


def main() -> None:
    one_rule = "one rule a popup; ours: all rules, facilities and evidence"
    print(f"{'features':>9} {'folium bytes':>13} {'ours':>7} {'ratio':>6} {'folium s':>9} {'ours s':>7} {'ratio':>6}  ({one_rule})")
    frame = len(ours(invented(townships=2, villages=1)))
    for townships, villages in SIZES:
        case, n = invented(townships=townships, villages=villages, shape="points"), townships * villages
        ours(case)
        mine, my_time = timed(ours, case)
        theirs, their_time = timed(with_folium, case)
        a, b = len(theirs.encode()) / n, (len(mine.encode()) - frame) / n
        print(f"{n:>9,} {a:>13.0f} {b:>7.0f} {a / b:>6.1f} {their_time:>9.2f} {my_time:>7.2f} {their_time / my_time:>6.1f}")
    print(f"Changji's file: {len(ours(changji()).encode()) / 1e3:.0f} kB")
    if "--browser" in sys.argv:
        in_browser()


def in_browser() -> None:
    from playwright.sync_api import sync_playwright

    cases = {"Changji": changji(), "20,000 points": invented(townships=100, villages=200, shape="points")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        for name, case in cases.items():
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.set_content(ours(case))
            page.wait_for_selector("html[data-ready]")
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
            switch = page.evaluate(_SWITCH)
            frames = page.evaluate(_PAN)
            print(f"{name}: first paint {paint:.0f} ms, rule switch {switch:.0f} ms, panning {frames:.0f} frames a second")
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
