"""The interactive map: one HTML file that needs nothing but a browser."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from geo.errors import UnknownUnit
from maps import payload
from maps.datablock import dumps
from maps.elements import Control, CoverageMap, Page
from maps.layers import FACILITY_LAYERS
from maps.projection import grid
from maps.scope import wider
from maps.series import month_ends as month_ends
from maps.series import time_series as time_series
from maps.sources import newest_days, source_text
from maps.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place
    from maps.basemaps.cutting import Basemap

FIRST_RULE: Final = "17.village.station"
MAIN_RULES: Final = 6
PLACE_CODE_DIGITS: Final = 12

_OTHER_MEASURES: Final = {"figure": "number", "declared": "number", "tally": "number", "reach": "reach"}

# Slot and order of each control; its three files carry its name.
CONTROLS: Final = (
    ("heading", "header"), ("chooser", "header"), ("scope", "header"), ("search", "header"), ("page_buttons", "header"),
    ("picture", "header"),
    ("legend", "stage"), ("aids", "stage"), ("time", "strip"),
    ("overview", "panel"), ("compare", "panel"), ("list", "panel"), ("card", "panel"), ("notes", "footer"),
    ("basemap", "stage"),
)  # fmt: skip


def render(
    layers: Layers,
    assessment: Assessment,
    place: Place,
    *,
    township: str | None = None,
    title: str | None = None,
    review_number: str | None = None,
    series: Mapping[date, Assessment] | None = None,
    basemap: Basemap | None = None,
    texts: Mapping[str, str] = TEXTS,
) -> str:
    """The map of one assessment as a self-contained HTML document.

    Parameters
    ----------
    layers
        All layers of the place (EPSG:4490), cut to the assessment's day here if they are not yet.
    assessment
        What to show; the page carries every finding of every rule.
    place
        Name, boundary, maker and sources for the title and the margin.
    township
        12-digit code of the township that the map opens on; None opens on the whole place.
    title
        Heading; by default the place's name and "科普设施覆盖图".
    review_number
        审图号 to print instead of 内部用图 不得公开. Never invented here.
    series
        Assessments of earlier days (see `time_series`) for the slider and the comparison of two days;
        days after the assessment's own are left out.
    basemap
        What the map may be laid over (see `maps.basemaps.cutting`); the page opens without it.
    texts
        The catalogue of texts, by default that of townships and villages (see `maps.texts.named`).

    Returns
    -------
    The document; the same input gives the same text. It makes no request and runs no text that a
    user wrote. Raises UnknownUnit for a township that the place hasn't got.
    """
    layers = layers.on(assessment.as_of)
    if township is not None and township not in set(layers["townships"]["code"]):
        msg = f"没有代码为“{township}”的乡镇（街道）"
        raise UnknownUnit(msg)
    measures = _measures(assessment)
    heading = title or TEXTS["title"].format(place=place.name)
    margin = _margin(layers, assessment, place, measures)
    about = margin | {"title": heading, "reviewNumber": review_number, "firstTownship": township}
    earlier = _until(series, assessment)
    block = payload.build(
        layers, assessment, place=about, measures=measures, months=_months(assessment),
        texts=texts, series=earlier, wider=wider(layers, assessment, earlier or [assessment.as_of]),
    )  # fmt: skip
    block |= {} if basemap is None else {"basemap": basemap.as_data()}
    without = frozenset({"basemap"} if basemap is None else ())
    page = _page("" if basemap is None else basemap.allows, without, tuple(texts.items()))
    return page.filled(title=heading, data=dumps(block))


@lru_cache(maxsize=4)
def _page(images: str, without: frozenset[str], texts: tuple[tuple[str, str], ...]) -> Page:
    """The page before it is filled; see `maps.elements.Page`."""
    page = Page(images=images, texts=dict(texts))
    coverage = CoverageMap(page)
    for name, slot in CONTROLS:
        if name not in without:
            coverage.add_child(Control(name, slot=slot), name=name)
    return page


def _until(series: Mapping[date, Assessment] | None, assessment: Assessment) -> dict[date, Assessment] | None:
    """The earlier days and the assessment's own last; None where there is no earlier one."""
    earlier = {day: found for day, found in sorted((series or {}).items()) if day < assessment.as_of}
    return {**earlier, assessment.as_of: assessment} if earlier else None


def _margin(layers: Layers, assessment: Assessment, place: Place, measures: Mapping[str, str]) -> dict[str, Any]:
    header = assessment.plan.plan
    schematic = any(bool(layers[name]["schematic"].any()) for name in ("townships", "villages"))
    return {
        "code": place.code.ljust(PLACE_CODE_DIGITS, "0"),
        "name": place.name,
        "boundary": place.boundary,
        "maker": place.maker,
        "sources": [source_text(source) for source in place.sources],
        "dates": _data_dates(layers) if any(len(layers[name]) for name in FACILITY_LAYERS) else [],
        "planTitle": f"{header.title} {header.document}".strip(),
        "schematic": schematic,
        "demo": place.demo_note,
        "grid": grid(place.working_crs),
        "firstRule": FIRST_RULE,
        "mainRules": _main_rules(assessment, measures),
    }


def _data_dates(layers: Layers) -> list[str]:
    """One line a layer: how many records and the newest date in them."""
    out = []
    for label, n, newest in newest_days(layers):
        pattern = TEXTS["layer_rows_undated"] if newest is None else TEXTS["layer_rows"]
        date = "" if newest is None else TEXTS["latest"].format(date=newest)
        out.append(pattern.format(label=label, n=n, date=date))
    return out


def _measures(assessment: Assessment) -> dict[str, str]:
    """How the value of each rule reads: a share, a count or a plain number."""
    return {
        rule.id: _OTHER_MEASURES.get(rule.kind) or str(getattr(rule, "measure", "share"))
        for rule in assessment.plan.rules
    }


def _months(assessment: Assessment) -> int:
    """Calendar months within which the plan wants boards changed."""
    return next((rule.months for rule in assessment.plan.rules if rule.kind == "freshness"), 2)


def _main_rules(assessment: Assessment, measures: Mapping[str, str]) -> list[str]:
    """The rules on the most villages and schools, in the plan's order: the rings of the overview."""
    rules = [
        result for result in assessment.rules
        if result.rule.unit in {"village", "school"} and measures[result.rule.id] == "share"
    ]  # fmt: skip
    ranked = sorted(rules, key=lambda result: (result.rule.unit != "village", -result.counts.in_scope))
    chosen = {result.rule.id for result in ranked[:MAIN_RULES]}
    return [result.rule.id for result in rules if result.rule.id in chosen]
