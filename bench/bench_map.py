"""The coverage map against plain folium, in one run: bytes and build time a feature; with --browser its speed.

python bench/bench_map.py [--browser]

A feature is a township, a village, a facility or an activity. Both sides start from the same layers and the same
assessment and end with the HTML as text; the time is the processor's, the least of some rounds. folium's page is
what people write: one `folium.Marker` a feature with a popup and a tooltip, no tiles. What it is compared with:

(a) same facts    one rule. folium's popups hold what our page then holds of a feature: name, code, township, kind,
                  state, reason and source rows of a unit; name, unit, columns and source row of a facility.
(b) whole page    ours with every rule, its findings, reasons and evidence, and the units beyond the plan, beside the
                  folium page of (a), which has one rule: what our page holds beyond that counts against us.

Bytes are those beyond an empty map, ours being one file that needs nothing else, folium's one that loads Leaflet,
jQuery, Bootstrap and Font Awesome from the network; both empty maps are printed. Our page's scripts, styles and
markup are put together once a process, before the clock starts; what that takes is printed. Readings of names
(pinyin) are forgotten before each round.

--browser opens our page with every rule in headless Chromium: first contentful paint, and when the map stands and
answers; the median switch from rule to rule, from the call until the page is laid out again; then frames a second and
the longest frame while the mouse drags the map, and while the map is painted anew at every frame (as nobody does:
the harder test). Each with units alone and with stations and boards.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import folium
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from geo.assess import assess
from geo.schema import LAYERS
from maps import pinyin
from maps.layers import FACILITY_LAYERS, facility_table
from maps.texts import SHOWN_COLUMNS, cell_text
from maps.web_map import render
from tests.browser import executable
from tests.map_places import AS_OF, Case, changji, invented

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

RULE = "17.village.station"
SIZES = ((4, 8), (17, 25), (88, 50))  # townships × villages, each with its facilities: about 150, 2,000, 20,000
LARGE = 10_000


@dataclass(frozen=True)
class Marker:
    """What folium draws of one feature."""

    lat: float
    lon: float
    name: str
    facts: str


def features(case: Case) -> int:
    """How many units and facilities there are."""
    return sum(len(case.layers[name]) for name in ("townships", "villages", *FACILITY_LAYERS))


def with_one_rule(case: Case) -> Case:
    """The same place, judged by one rule only."""
    plan = case.assessment.plan
    tasks = [t.model_copy(update={"rules": (plan.rule(RULE),)}) for t in plan.tasks if plan.rule(RULE) in t.rules]
    alone = plan.model_copy(update={"tasks": tuple(tasks)})
    return Case(case.layers, assess(case.layers, alone, as_of=AS_OF, place_name=case.place.name), case.place)


def ours(case: Case) -> str:
    """Our page."""
    return render(case.layers, case.assessment, case.place)


def with_folium(case: Case) -> str:
    """A folium map of the same features: popups hold their facts under one rule, tooltips their names."""
    page = folium.Map(tiles=None)
    for marker in (*_units(case), *_facilities(case)):
        folium.Marker([marker.lat, marker.lon], popup=marker.facts, tooltip=marker.name).add_to(page)
    return str(page.get_root().render())


def _units(case: Case) -> Iterator[Marker]:
    found = {finding["unit_code"]: finding for finding in case.assessment.rule(RULE).to_dict()["findings"]}
    names = dict(zip(case.layers["townships"]["code"], case.layers["townships"]["name"], strict=True))
    for layer in ("townships", "villages"):
        table = case.layers[layer]
        for code, name, kind, lat, lon in table[["code", "name", "kind", "lat", "lon"]].itertuples(index=False):
            fact = found.get(code, {"state": "not_applicable", "reason": "", "evidence": []})
            rows = "；".join(f"{e['file']} {e['sheet']} 第{e['row']}行 第{e['batch']}批" for e in fact["evidence"])
            town = names.get(f"{code[:9]}000", "")
            words = LAYERS[layer].column("kind").choices.get(kind, kind)
            text = f"<b>{name}</b><br>{town} {code} {words}<br>{fact['state']}：{fact['reason']}<br>{rows}"
            yield Marker(lat, lon, name, text)


def _facilities(case: Case) -> Iterator[Marker]:
    units = {c: n for t in ("townships", "villages") for c, n in case.layers[t][["code", "name"]].to_numpy()}
    for layer in FACILITY_LAYERS:
        table = facility_table(case.layers, layer, as_of=AS_OF)
        columns = [column for column in LAYERS[layer].public_columns if (layer, column.name) in SHOWN_COLUMNS]
        places = zip(table.geometry.y, table.geometry.x, strict=True)
        for row, (lat, lon) in zip(pd.DataFrame(table).to_dict("records"), places, strict=True):
            told = [(c.label, cell_text(c, row[c.name])) for c in columns]
            facts = "<br>".join(f"{label}：{value}" for label, value in told if value is not None)
            source = f"{row['file']} {row['sheet']} 第{row['row']}行 第{row['batch']}批"
            name = row["name"] or LAYERS[layer].label
            yield Marker(lat, lon, name, f"<b>{name}</b><br>{units[row['unit_code']]}<br>{facts}<br>{source}")


def timed(work: Callable[[Case], str], case: Case, rounds: int) -> tuple[int, float]:
    """Bytes of the page, and the least processor time of some rounds in seconds."""
    times, page = [], ""
    for _ in range(rounds):
        pinyin.forget()
        start = time.process_time()
        page = work(case)
        times.append(time.process_time() - start)
    return len(page.encode()), min(times)


@dataclass(frozen=True)
class Ratio:
    """folium's bytes and seconds beside ours."""

    theirs: float
    ours: float

    def __str__(self) -> str:
        """folium's, ours and how many times ours goes into folium's."""
        digits = 0 if self.theirs > 100 else 4
        return f"{self.theirs:9.{digits}f} {self.ours:8.{digits}f} {self.theirs / self.ours:6.1f}×"


def compare(case: Case, rounds: int) -> dict[str, tuple[Ratio, Ratio]]:
    """Bytes a feature and seconds of (a) and (b) for one place; folium's page is built once for both."""
    one, few, n = with_one_rule(case), invented(townships=2, villages=1), features(case)
    size, seconds = timed(with_folium, one, rounds)
    theirs = (size - empty_folium()) / n
    out = {}
    for label, mine, empty in (("(a) same facts", one, with_one_rule(few)), ("(b) whole page", case, few)):
        own_size, own_seconds = timed(ours, mine, 2 * rounds)
        own = (own_size - len(ours(empty).encode())) / n
        out[label] = Ratio(theirs, own), Ratio(seconds, own_seconds)
    return out


def empty_folium() -> int:
    """Bytes of a folium map with nothing on it."""
    return len(str(folium.Map(tiles=None).get_root().render()).encode())


def main(sizes: tuple[tuple[int, int], ...] = SIZES) -> None:
    """Print the comparison for each size, and what our page costs whatever it shows."""
    size, first = timed(ours, invented(townships=2, villages=1), 1)
    print(
        f"an empty page: ours {size / 1e3:.0f} kB, {first:.2f} s the first time; folium's {empty_folium() / 1e3:.0f} kB"
    )
    print(f"{'features':>8}{'':15} bytes a feature: folium, ours, ratio | seconds: folium, ours, ratio")
    for townships, villages in sizes:
        case = invented(townships=townships, villages=villages, shape="points")
        for label, (weight, speed) in compare(case, 1 if features(case) > LARGE else 5).items():
            print(f"{features(case):>8,} {label}: {weight} | {speed}")
    size, seconds = timed(ours, changji(), 3)
    print(f"Changji's file: {size / 1e3:.0f} kB in {seconds:.3f} s")


def in_browser() -> None:
    """Print how quick our page is in Chromium, for Changji and for the largest size."""
    from playwright.sync_api import sync_playwright

    many = invented(townships=SIZES[-1][0], villages=SIZES[-1][1], shape="points")
    cases = {"Changji": changji(), f"{features(many):,} features": many}
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=executable(), args=["--no-sandbox", "--disable-gpu"])
        for name, case in cases.items():
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.add_init_script(_READY)
            file = Path(folder) / "map.html"
            file.write_text(ours(case), encoding="utf-8")
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]")
            paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
            ready, switch = page.evaluate("window.__ready"), page.evaluate(_SWITCH)
            print(f"{name}: first paint {paint:.0f} ms, map ready {ready:.0f} ms, rule switch {switch:.0f} ms")
            for what, layers in (("units alone", []), ("with stations and boards", ["stations", "boards"])):
                page.evaluate("layers => kepu.state.set({layers})", layers)
                print(
                    f"  {what}: dragged {dragged(page)}; painted at every frame {page.evaluate(_REPAINT):.0f} frames/s"
                )
        browser.close()


def dragged(page: Page) -> str:
    """Drag the map to and fro with the mouse and say how evenly it follows."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(_WATCH)
    step, end = 0, time.monotonic() + 3
    while time.monotonic() < end:
        step += 1
        page.mouse.move(x + 9 * (20 - abs(step % 40 - 20)), y)
    found = page.evaluate("window.__frames()")
    page.mouse.up()
    return f"{found['rate']:.0f} frames/s, longest {found['longest']:.0f} ms"


_READY = """new MutationObserver((_, watch) => {
  if (!document.documentElement?.hasAttribute('data-ready')) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.__ready = performance.now(); }));
}).observe(document, {subtree: true, childList: true, attributes: true});"""
_REPAINT = """() => new Promise(done => {
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
_SWITCH = """() => {
  const ids = ['17.village.board', '17.village.freshness', '17.village.station'], times = [];
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    kepu.state.set({rule: ids[i % ids.length]});
    document.body.offsetHeight;
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[7];
}"""
_WATCH = """() => {
  const times = [];
  let on = true;
  const step = now => { times.push(now); if (on) requestAnimationFrame(step); };
  requestAnimationFrame(step);
  window.__frames = () => {
    on = false;
    const gaps = times.slice(1).map((t, i) => t - times[i]);
    return {rate: gaps.length / (times[times.length - 1] - times[0]) * 1000, longest: Math.max(...gaps)};
  };
}"""

if __name__ == "__main__":
    main()
    if "--browser" in sys.argv:
        in_browser()
