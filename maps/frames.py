"""A map of any GeoDataFrame of units with a column of states.

from maps.frames import map_of
page = map_of(units, state="state", name="name", code="code", as_of=date(2022, 10, 31))
page.save("map.html")
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from geo.assess import verdict
from geo.assessment import Assessment, Counts, Findings, RuleResult, TaskResult
from geo.crs import CGCS2000
from geo.errors import KepuError
from geo.layers import Layers, frame
from geo.place import Place
from geo.plans.rules import Header, Plan, PresenceRule, Task
from geo.schema import LAYERS
from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State, decide, state_of
from maps.texts import named
from maps.web_map import render

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.states import States

STATE_WORDS: Final = {
    word: code
    for code in (MET, NOT_MET, UNKNOWN, NOT_APPLICABLE)
    for word in (str(state_of(code)), state_of(code).label)
}
RULE_ID: Final = "17.village.station"  # the rule that the page opens on
_NOWHERE: Final = "000000"
_AREAS: Final = frozenset({"Polygon", "MultiPolygon"})
_NAMED: Final = 5


class UnfitFrame(KepuError, ValueError):
    """A column is missing, a state is unknown, codes repeat, the CRS is missing, or there is nothing to draw."""


class MapPage(str):
    """The document as text, which a notebook shows in a frame of its own."""

    __slots__ = ()

    def save(self, path: str | Path) -> Path:
        """Write the document as UTF-8; returns its path."""
        target = Path(path)
        target.write_text(self, encoding="utf-8", newline="\n")
        return target

    def _repr_html_(self) -> str:
        """The document in a closed frame: it runs beside the notebook and not in it."""
        # Without an address of its own the page couldn't write its link (#…); its policy, which comes
        # after, lets nothing set another.
        page = self.replace("<head>", '<head><base href="about:srcdoc">', 1)
        return (
            '<iframe sandbox="allow-scripts allow-downloads" style="width:100%;height:640px;border:0"'
            f' srcdoc="{html.escape(page, quote=True)}"></iframe>'
        )


class _Reported:
    """What the frame says of each unit: a reason where it has a column of them, and no evidence."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons

    def reason(self, position: int) -> str:
        return self.reasons[position]

    def evidence(self, position: int) -> list[dict[str, Any]]:
        return []

    def extras(self, position: int) -> dict[str, Any]:
        return {}


def map_of(
    gdf: gpd.GeoDataFrame,
    *,
    as_of: date,
    state: str = "state",
    name: str = "name",
    code: str = "code",
    parent: str | None = None,
    reason: str | None = None,
    title: str = "单位状态图",
    unit: str = "单位",
    group: str = "分组",
    boundary: BaseGeometry | None = None,
) -> MapPage:
    """The coverage map of units that already have a state.

    Parameters
    ----------
    gdf
        One row a unit, areas or points in any CRS; a row without geometry is listed and not drawn.
        Areas that cross 180° are drawn in one piece.
    as_of
        The day on which the states hold.
    state, name, code
        Columns: met, not_met, unknown, not_applicable or 达标, 未达标, 未上报, 不适用 (missing is unknown);
        the name; a code that no other row has.
    parent
        Column that says what a unit belongs to; None puts them all under the title.
    reason
        Column with a sentence on why the unit has its state.
    title
        Heading of the page and of its one requirement.
    unit, group
        What the page calls a unit and what it belongs to, as in "12 个学校" and "全部学区".
    boundary
        Line round the whole, in the CRS of ``gdf``.

    Returns
    -------
    The document. Raises UnfitFrame when a column is missing, a state is unknown, codes repeat, the CRS
    is missing, a geometry is a line or there are no rows.
    """
    _check(gdf, [column for column in (state, name, code, parent, reason) if column is not None])
    states, codes = _states(gdf[state]), _codes(gdf[code], code)
    names = ["" if pd.isna(value) else str(value) for value in gdf[name]]
    groups = [title] * len(gdf) if parent is None else [title if pd.isna(v) else str(v) for v in gdf[parent]]
    parents = _parent_codes(groups, codes)
    shapes, outline = _drawn(gdf, boundary)
    reasons = [""] * len(gdf) if reason is None else ["" if pd.isna(v) else str(v) for v in gdf[reason]]
    findings = Findings(
        codes=_objects(codes), names=_objects(names), township_codes=_objects([parents[up] for up in groups]),
        states=states, shared=np.zeros(len(gdf), dtype=bool), explain=_Reported(reasons),
    )  # fmt: skip
    townships = frame(LAYERS["townships"], [
        {"code": found, "name": up, "in_plan": True, "schematic": False} for up, found in parents.items()
    ])  # fmt: skip
    villages = frame(LAYERS["villages"], [
        _village(own, label, parents[up], shape)
        for own, label, up, shape in zip(codes, names, groups, shapes, strict=True)
    ])  # fmt: skip
    place = Place(
        code=_NOWHERE, name=title, working_crs=_grid_of(gdf), townships=townships, villages=villages,
        names=pd.DataFrame(), boundary=outline,
    )  # fmt: skip
    layers = Layers(tables={"townships": townships, "villages": villages})
    return MapPage(render(layers, _assessment(findings, title, as_of), place, title=title, texts=named(unit, group)))


def _check(gdf: gpd.GeoDataFrame, columns: list[str]) -> None:
    absent = [column for column in columns if column not in gdf]
    if absent:
        msg = f"数据中没有这些列：{'、'.join(absent)}；现有：{'、'.join(map(str, gdf.columns))}"
        raise UnfitFrame(msg)
    if not len(gdf):
        msg = "数据是空的：没有可画的单位"
        raise UnfitFrame(msg)
    if gdf.crs is None:
        msg = "数据没有坐标系：请先用 set_crs 说明，例如 set_crs(4490)"
        raise UnfitFrame(msg)
    wrong = sorted({kind for kind in gdf.geom_type.dropna().unique() if kind not in _AREAS | {"Point"}})
    if wrong:
        msg = f"单位只能是面或点，数据中还有：{'、'.join(wrong)}"
        raise UnfitFrame(msg)


def _states(column: pd.Series) -> States:
    words = [State.UNKNOWN.value if pd.isna(value) else str(value).strip() for value in column]
    wrong = sorted({word for word in words if word not in STATE_WORDS})
    if wrong:
        shown = "、".join(f"“{word}”" for word in wrong[:_NAMED])
        msg = f"列“{column.name}”中有不认识的状态：{shown}；可用：{'、'.join(STATE_WORDS)}"
        raise UnfitFrame(msg)
    return np.array([STATE_WORDS[word] for word in words], dtype=np.int8)


def _codes(column: pd.Series, label: str) -> list[str]:
    if column.isna().any():
        msg = f"列“{label}”中有 {int(column.isna().sum())} 行没有代码"
        raise UnfitFrame(msg)
    codes = [str(value).removesuffix(".0") for value in column]
    seen = pd.Series(codes)
    twice = seen[seen.duplicated()].unique().tolist()
    if twice:
        msg = f"列“{label}”中的代码有重复：{'、'.join(twice[:_NAMED])}"
        raise UnfitFrame(msg)
    return codes


def _parent_codes(groups: list[str], codes: list[str]) -> dict[str, str]:
    """A code for each parent, in order of first use, that no unit has."""
    prefix = "P"
    while any(code.startswith(prefix) for code in codes):
        prefix += "P"
    return {group: f"{prefix}{number}" for number, group in enumerate(dict.fromkeys(groups), 1)}


def _drawn(gdf: gpd.GeoDataFrame, boundary: BaseGeometry | None) -> tuple[list[Any], BaseGeometry | None]:
    """Geometries in CGCS2000, degrees; those west of 180° moved beside those east of it where that is nearer."""
    import geopandas as gpd

    given = np.array([*gdf.geometry, boundary], dtype=object)
    given[shapely.is_empty(given)] = None
    shapes: list[Any] = list(gpd.GeoSeries(shapely.force_2d(given), crs=gdf.crs).to_crs(CGCS2000))
    degrees = shapely.get_coordinates([shape for shape in shapes if shape is not None])[:, 0]
    moved = np.where(degrees < 0, degrees + 360, degrees)
    half = 180
    if len(degrees) and np.ptp(degrees) > half and np.ptp(moved) < half:
        shapes = [None if shape is None else shapely.transform(shape, _eastward) for shape in shapes]
    return shapes[:-1], shapes[-1]


def _eastward(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.where(points[:, 0] < 0, points[:, 0] + 360, points[:, 0]), points[:, 1]])


def _village(code: str, name: str, parent: str, shape: Any) -> dict[str, Any]:
    at = None if shape is None else shape if shape.geom_type == "Point" else shape.representative_point()
    area = None if shape is None or shape.geom_type == "Point" else shape
    where = {} if at is None else {"lon": at.x, "lat": at.y}
    return {"code": code, "name": name, "township_code": parent, "schematic": False, "geometry": area, **where}


def _grid_of(gdf: gpd.GeoDataFrame) -> str:
    """The frame's own projected CRS, in which the page then writes northings too; empty if there is none."""
    epsg = gdf.crs.to_epsg() if gdf.crs is not None and gdf.crs.is_projected else None
    return "" if epsg is None else f"EPSG:{epsg}"


def _objects(values: list[str]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def _assessment(findings: Findings, title: str, as_of: date) -> Assessment:
    text = title.strip() or "单位状态"
    rule = PresenceRule(id=RULE_ID, requirement=text, kind="presence", unit="village", layer="stations")
    state, value = verdict(findings, rule.threshold, rule.measure)
    counts = Counts.of(findings.states, findings.shared)
    task = Task(no=17, section="—", title=text, requirement=text, lead=("—",), kind="map", rules=(rule,))
    plan = Plan(plan=Header(id="frame", place=_NOWHERE, title=text), tasks=(task,))
    result = RuleResult(rule=rule, state=state, value=value, counts=counts, findings=findings)
    return Assessment(as_of=as_of, plan=plan, tasks=(TaskResult(task=task, state=decide([state]), rules=(result,)),))
