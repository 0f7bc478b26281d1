"""The tables of a GeoPackage: what is drawn, what was found, and all that figures can be recomputed from."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from geo.crs import CGCS2000
from geo.layers import COMPLETE_COLUMNS, NONE_COLUMNS
from geo.schema import LAYERS
from geo.tables import rule_rows, source_text
from maps.layers import facility_table, findings, township_table, village_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapely.geometry.base import BaseGeometry

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place

    Table = tuple[str, pd.DataFrame]
    More = Mapping[str, str | None]

BEFORE: Final = "_before"
"""Ending of the tables of an earlier day."""
WHERE_SIGN: Final = "；"
NOTHING: Final[More] = MappingProxyType({})


def package_tables(
    layers: Layers,
    assessment: Assessment,
    place: Place,
    *,
    before: Assessment | None = None,
    more: More = NOTHING,
) -> list[Table]:
    """Return name → table, in order: areas and facilities (EPSG:4490), findings, rules, tasks, what it is about.

    `before`: an earlier day's assessment, whose findings and rules are added; `more`: further names and values for
    the table `about`. Private columns are never in them.
    """
    found: list[Table] = []
    if place.boundary is not None:
        found.append(("boundary", _boundary(place, place.boundary)))
    villages = village_table(layers, assessment)
    found += [
        ("townships", township_table(layers, assessment)),
        ("villages", villages),
        ("village_points", _points(villages)),
    ]
    for name, layer in LAYERS.items():
        if layer.role in ("facility", "event"):
            found.append((name, facility_table(layers, name, as_of=assessment.as_of)))
    found += [
        ("figures", pd.DataFrame(layers["figures"].drop(columns="geometry"))),
        ("reported_none", layers.none[list(NONE_COLUMNS)]),
        ("complete_lists", layers.complete[list(COMPLETE_COLUMNS)]),
        ("reports", _reports(layers)),
        *((f"closed_{name}", _plain_closed(name, table)) for name, table in sorted(layers.closed.items())),
        *_judged(assessment),
        ("tasks", _tasks(assessment)),
        ("about", pd.DataFrame(_about(assessment, place, before, more), columns=["key", "value"])),
    ]
    return found if before is None else [*found, *((f"{name}{BEFORE}", table) for name, table in _judged(before))]


def _boundary(place: Place, line: BaseGeometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"code": [place.code], "name": [place.name]}, geometry=[line], crs=CGCS2000)


def _points(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return villages.set_geometry(gpd.points_from_xy(villages["lon"], villages["lat"], crs=villages.crs))


def _reports(layers: Layers) -> pd.DataFrame:
    """The day of each batch's report, by which the newest of several figures is told."""
    told = [(batch, day.isoformat()) for batch, day in sorted(layers.days.items())]
    return pd.DataFrame(told, columns=["batch", "reported_on"])


def _plain_closed(name: str, table: gpd.GeoDataFrame) -> pd.DataFrame:
    """What of a layer existed and is closed by the day, without geometry."""
    private = {column.name for column in LAYERS[name].columns if column.private}
    return pd.DataFrame(table.drop(columns=["geometry", *(c for c in table if c in private)]))


def _judged(assessment: Assessment) -> Iterator[Table]:
    yield "findings", _findings(assessment)
    yield "rules", _rules(assessment)


def _findings(assessment: Assessment) -> pd.DataFrame:
    """All findings, each with all rows it rests on: as people read them, and as JSON to reckon with."""
    told = [finding["evidence"] for result in assessment.rules for finding in result.findings]
    return findings(assessment).assign(
        evidence=[WHERE_SIGN.join(map(source_text, sources)) for sources in told],
        sources=[json.dumps(sources, ensure_ascii=False) for sources in told],
    )


def _rules(assessment: Assessment) -> pd.DataFrame:
    days = {"截至": assessment.as_of.isoformat()}
    if assessment.known_on is not None:
        days["已知至"] = assessment.known_on.isoformat()
    exact: dict[str, Any] = {
        "kind": [result.rule.kind for result in assessment.rules],
        "unit": [result.rule.unit for result in assessment.rules],
        "layer": [getattr(result.rule, "layer", None) for result in assessment.rules],
        "measure": [getattr(result.rule, "measure", None) for result in assessment.rules],
        "comparison": [getattr(result.rule, "comparison", None) for result in assessment.rules],
        "threshold": [result.rule.threshold for result in assessment.rules],
        "value": pd.array([result.value for result in assessment.rules], dtype="Float64"),
        "state": [str(result.state) for result in assessment.rules],
    }
    return pd.DataFrame(rule_rows(assessment)).assign(**days, **exact)


def _tasks(assessment: Assessment) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "no": task.task.no,
            "section": task.task.section,
            "title": task.task.title,
            "requirement": task.task.requirement,
            "lead": "、".join(task.task.lead),
            "cooperating": "、".join(task.task.cooperating),
            "state": str(task.state),
        }
        for task in assessment.tasks
    )


def _about(assessment: Assessment, place: Place, before: Assessment | None, more: More) -> list[tuple[str, str | None]]:
    plan, known = assessment.plan, assessment.known_on
    return [
        ("place_code", place.code),
        ("place_name", place.name),
        ("working_crs", place.working_crs),
        ("maker", place.maker),
        ("demo_note", place.demo_note),
        ("sources_json", json.dumps([dict(source) for source in place.sources], ensure_ascii=False, default=str)),
        ("as_of", assessment.as_of.isoformat()),
        ("known_on", known.isoformat() if known else None),
        ("before", before.as_of.isoformat() if before else None),
        ("plan", plan.plan.id),
        ("plan_sha256", plan.sha256),
        ("plan_json", plan.model_dump_json()),
        *more.items(),
    ]


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Turn lists of codes and dates into text, and multipart areas into one type; drop empty points."""
    out = table.copy()
    for column in out.columns:
        if column != "geometry" and out[column].dtype == object:
            out[column] = out[column].map(_text)
    if "geometry" in out and kind_of(out) == "MultiPolygon":
        import shapely

        parts = [shapely.MultiPolygon([s]) if isinstance(s, shapely.Polygon) else s for s in out["geometry"]]
        out["geometry"] = gpd.GeoSeries(parts, index=out.index, crs=CGCS2000)
    return out


def kind_of(table: pd.DataFrame) -> str:
    """Return the one type of geometry that a table can be written as."""
    kinds = set(table["geometry"].geom_type.dropna())
    if kinds <= {"Polygon", "MultiPolygon"} and kinds:
        return "MultiPolygon" if "MultiPolygon" in kinds else "Polygon"
    return "Point" if kinds <= {"Point"} else "Geometry"


def _text(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return "、".join(str(item) for item in value)
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return str(value)
