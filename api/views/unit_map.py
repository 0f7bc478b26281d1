"""A small map of a unit: where it lies in its township, its facilities, and whom they serve; plain SVG, it prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, log10, radians
from typing import Any, Final

import shapely

from api.i18n import gettext
from api.snapshots import Snapshot
from api.views.geojson import plain, rows_of
from api.views.unit import Unit, facilities, linked
from geo.schema import Layer
from maps import palette

WIDTH, HEIGHT = 720, 340
_MARGIN: Final = 34
_LEAST_DEGREES: Final = 0.02
_SHAPES: Final = {style.layer: style for style in palette.FACILITIES}
_DEGREE_KM: Final = 111.2

Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Something drawn at a point of the picture; `label` is written beside it, `title` told on pointing."""

    x: float
    y: float
    kind: str
    title: str
    label: str = ""
    fill: str = ""


@dataclass(frozen=True)
class UnitMap:
    """The picture: outlines as paths, lines to served units, spots, the key, and a scale of so many kilometres."""

    outline: str
    lines: tuple[tuple[float, float, float, float], ...]
    spots: tuple[Spot, ...]
    key: tuple[tuple[str, str, str], ...]
    scale_km: float
    scale_width: float
    unplaced: int
    corner: tuple[float, float]
    """Longitude and latitude of the upper left corner."""
    degrees: tuple[float, float]
    """By how many degrees a step to the right leads east, and one down south."""
    width: int = WIDTH
    height: int = HEIGHT


def unit_map(shot: Snapshot, unit: Unit) -> UnitMap | None:
    """Draw a unit; None where nothing has a place, and for the whole place, which has a map of its own."""
    if unit.level == "city":
        return None
    centres = _centres(shot)
    home = str(unit.row.get("unit_code") or unit.code)
    own = facilities(shot, unit)
    placed = [(layer, row, _point(row)) for layer, row in own]
    shown = [(layer, row, at) for layer, row, at in placed if at is not None]
    served = {code for layer, row, _ in shown for code in (row["unit_code"], *linked(layer, row)) if code in centres}
    area = _area(shot, unit)
    around = [at for _, _, at in shown] + [centres[code] for code in {home, *served} if code in centres]
    if unit.level == "township" and area is not None:
        west, south, east, north = area.bounds
        around += [(west, south), (east, north)]
    if not around:
        return None
    frame = Frame.around(around)
    names = {code: shot.ground.gazetteer.name_of(code) for code in centres}
    villages = _villages(shot, unit, centres, names, frame, {home, *served})
    spots = [_facility(frame, layer, row, at) for layer, row, at in shown]
    lines = [
        (*frame.at(at), *frame.at(centres[code]))
        for layer, row, at in shown
        for code in (row["unit_code"], *linked(layer, row))
        if code in centres and code != unit.code and unit.level != "township"
    ]
    km, width = frame.scale()
    used = dict.fromkeys(layer.name for layer, _, _ in shown)
    return UnitMap(
        outline=path_of(area, frame),
        lines=tuple(lines),
        spots=(*villages, *spots),
        key=tuple((_SHAPES[n].shape, _SHAPES[n].fill, gettext(_SHAPES[n].label)) for n in used if n in _SHAPES),
        scale_km=km,
        scale_width=width,
        unplaced=len(own) - len(shown),
        corner=(frame.west, frame.north),
        degrees=(1 / frame.pixels / frame.squeeze, 1 / frame.pixels),
    )


@dataclass(frozen=True)
class Frame:
    """Degrees to the picture: equirectangular at the middle's latitude."""

    west: float
    north: float
    squeeze: float
    pixels: float
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def around(cls, points: Sequence[Point], width: int = WIDTH, height: int = HEIGHT) -> Frame:
        """The frame that holds all points, with a margin."""
        xs, ys = zip(*points, strict=True)
        middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
        squeeze = cos(radians(middle[1]))
        wide = max((max(xs) - min(xs)) * squeeze, _LEAST_DEGREES)
        high = max(max(ys) - min(ys), _LEAST_DEGREES)
        pixels = min((width - 2 * _MARGIN) / wide, (height - 2 * _MARGIN) / high)
        west, north = middle[0] - width / 2 / pixels / squeeze, middle[1] + height / 2 / pixels
        return cls(west, north, squeeze, pixels, width, height)

    def at(self, point: Point) -> Point:
        """Where a point lies in the picture."""
        x = (point[0] - self.west) * self.squeeze * self.pixels
        return round(x, 1), round((self.north - point[1]) * self.pixels, 1)

    def holds(self, point: Point) -> bool:
        """Whether a point lies in the picture."""
        x, y = self.at(point)
        return 0 <= x <= self.width and 0 <= y <= self.height

    def scale(self) -> tuple[float, float]:
        """A round length in kilometres of at most a quarter of the width, and its width."""
        per_km = self.pixels / _DEGREE_KM
        most = self.width / 4 / per_km
        power = 10.0 ** int(log10(most) // 1)
        km = next(step * power for step in (5, 2, 1) if step * power <= most)
        return km, round(km * per_km, 1)


def _villages(
    shot: Snapshot, unit: Unit, centres: dict[str, Point], names: dict[str, str], frame: Frame, told: set[str]
) -> list[Spot]:
    """The villages in the picture; the unit itself and those that share its facilities with their names."""
    found = []
    for code in shot.layers["villages"]["code"]:
        if code in centres and frame.holds(centres[code]):
            kind = "own" if code == unit.code else "served" if code in told else "village"
            label = names[code] if kind != "village" else ""
            found.append(Spot(*frame.at(centres[code]), kind, names[code], label))
    return found


def _facility(frame: Frame, layer: Layer, row: dict[str, Any], at: Point) -> Spot:
    style = _SHAPES.get(layer.name)
    name = str(plain(row["name"]) or gettext(layer.label))
    shape, fill = (style.shape, style.fill) if style else ("circle", palette.ACCENT)
    return Spot(*frame.at(at), shape, f"{gettext(layer.label)} {name}", fill=fill)


def _centres(shot: Snapshot) -> dict[str, Point]:
    found: dict[str, Point] = {}
    for layer in ("townships", "villages"):
        for row in rows_of(shot.layers[layer][["code", "lon", "lat"]]):
            if plain(row["lon"]) is not None and plain(row["lat"]) is not None:
                found[row["code"]] = (float(row["lon"]), float(row["lat"]))
    return found


def _point(row: dict[str, Any]) -> Point | None:
    point = row["geometry"]
    return None if point is None or point.is_empty else (point.x, point.y)


def _area(shot: Snapshot, unit: Unit) -> Any:
    """The township's area, None where it has none."""
    table = shot.layers["townships"]
    found = table.loc[table["code"] == unit.township_code, "geometry"]
    shape = found.iloc[0] if len(found) else None
    return shape if shape is not None and not shape.is_empty and "Polygon" in shape.geom_type else None


def path_of(area: Any, frame: Frame) -> str:
    """An area as an SVG path; '' for none."""
    if area is None:
        return ""
    parts = []
    for ring in _rings(shapely.simplify(area, 1 / frame.pixels)):
        steps = [f"{x},{y}" for x, y in map(frame.at, ring)]
        parts.append("M" + "L".join(steps) + "Z")
    return "".join(parts)


def _rings(area: Any) -> Iterable[list[Point]]:
    for part in getattr(area, "geoms", [area]):
        for ring in (part.exterior, *part.interiors):
            yield [(x, y) for x, y, *_ in ring.coords]
