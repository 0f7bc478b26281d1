"""Editions for the tests of the dossier: an invented county whose names mean ill, and the demo."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from geopandas.array import from_shapely

from geo.assess import assess
from maps.dossier.edition import Edition, edition_of
from maps.dossier.pieces import Making
from tests.demo import demo_store
from tests.support import AS_OF, RIVER, TOWN, WILLOW_RIVER, county, county_plan, layers_of

if TYPE_CHECKING:
    from geo.assessment import Assessment
    from geo.layers import Layers
    from maps.dossier.pieces import Piece

EARLIER: Final = date(2022, 6, 30)
LONG: Final = (
    "云岭县柳树村民族团结科普教育宣传文化活动综合服务中心"
    "（含老年大学、青少年宫、农家书屋、道德讲堂、卫生室及电商服务站）第一室"
)
HOSTILE: Final = (
    "=1+1",
    "+1+1",
    "@SUM(A1)",
    "-1+2",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\U00020bb7野㙍村站䶮",
    LONG,
    "a\u202eb\tc\nd",
    "#let x = 1; *粗* $x$ @ref",
)
"""Names as nobody should give them: formulas, script, a path, rare characters, a long one, control signs, Typst."""


def county_layers(*, earlier: bool = False) -> Layers:
    """The county with one station for each hostile name and a few boards; fewer of them on the earlier day."""
    stations = [
        {"unit_code": WILLOW_RIVER, "name": name, "serves": ("990101001001",), "equipment": True, "area_m2": 60.0,
         "built_on": date(2022, 8, 1), "geometry": shapely.Point(102.0514, 30.1872)}
        for name in HOSTILE
    ]  # fmt: skip
    boards: list[dict[str, Any]] = [
        {"unit_code": WILLOW_RIVER, "name": "栏", "updates": (date(2022, 3, 1), date(2022, 10, 1)), "last_only": False},
        {"unit_code": TOWN, "name": "=栏", "updates": None},
    ]
    return layers_of(
        stations=[] if earlier else stations,
        boards=boards,
        communicators=[{"unit_code": WILLOW_RIVER, "count": 2}],
        schools=[{"id": "X1", "unit_code": WILLOW_RIVER, "name": "学校=1", "lab": True, "science_teacher": "full"}],
        activities=[{"unit_code": TOWN, "name": "活动", "date": date(2022, 5, 1), "reaches": (WILLOW_RIVER,)}],
        figures=[{"unit_code": "990101000000", "task": 7, "item": HOSTILE[0], "value": 6.0}],
        none=[("boards", "990101001001")],
        complete=[("stations", RIVER)],
        as_of=EARLIER if earlier else AS_OF,
    )


def county_edition(**changes: Any) -> Edition:
    """The county's edition with an earlier day."""
    layers, then = county_layers(), county_layers(earlier=True)
    before = judged(then, EARLIER), then
    told: dict[str, Any] = {"assessment": judged(layers, AS_OF), "layers": layers, "before": before}
    return Edition(place=county(), store_digest="store", version=version("kepu-atlas"), **(told | changes))


def judged(layers: Layers, day: date) -> Assessment:
    """The county's plan over layers, by the county's name."""
    return assess(layers, county_plan(), as_of=day, place_name=county().name)


def odd_edition() -> Edition:
    """The county with a village that is nowhere, odd names, an area of parts, and 40 stations in one place."""
    villages = county().villages.copy()
    nowhere, long, typst = villages.index[:3]
    villages.loc[nowhere, ["lon", "lat"]] = float("nan")
    villages.loc[long, "name"] = "\U00020bb7野㙍村" * 15
    villages.loc[typst, "name"] = "=1+1*#let [x]"
    shapes = np.array(villages.geometry, dtype=object)
    shapes[0], shapes[3] = None, shapely.MultiPolygon([shapes[3]])
    villages = villages.set_geometry(from_shapely(shapes, crs=villages.crs))
    place = replace(county(), villages=villages)
    station = {"unit_code": WILLOW_RIVER, "name": LONG, "serves": tuple(villages["code"])}
    layers = layers_of(as_of=AS_OF, place=place, stations=[station] * 40)
    return Edition(place, judged(layers, AS_OF), layers, "store", version("kepu-atlas"))


@cache
def demo_edition() -> Edition:
    """The demo's edition with an earlier day; made once."""
    with tempfile.TemporaryDirectory() as folder:
        store = demo_store(Path(folder) / "demo.db")
        try:
            return edition_of(store, as_of=AS_OF, before=EARLIER)
        finally:
            store.close()


def make(pieces: list[Piece], edition: Edition, folder: Path) -> dict[str, Path]:
    """Make pieces that need no others; returns their files by path."""
    found = {}
    for piece in pieces:
        target = folder / piece.path
        target.parent.mkdir(parents=True, exist_ok=True)
        piece.make(Making(edition, target, {}), *piece.told)
        found[piece.path] = target
    return found
