"""A round on paper: one HTML page with a map (SVG, no network) and the places in order, with distances."""

from __future__ import annotations

from math import cos, log10, radians
from typing import TYPE_CHECKING, Any, Final

import shapely

from maps.elements import template

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.layers import Layers
    from geo.place import Place
    from geo.rounds import Day, Rounds

COLUMNS: Final = ("天", "序号", "单位代码", "单位", "从上一处（公里）", "累计（公里）")
MODES: Final = {"walk": "步行", "cycle": "骑车", "drive": "开车"}
WIDTH, HEIGHT = 760, 540
_MARGIN: Final = 40
_LEAST_DEGREES: Final = 0.01
_DEGREE_KM: Final = 111.2


def round_rows(found: Rounds) -> list[dict[str, Any]]:
    """The places in order, for tables; each day ends where it began."""
    rows: list[dict[str, Any]] = []
    for day, each in enumerate(found.days, 1):
        for number, stop in enumerate(each.stops, 1):
            told = (day, number, stop.unit_code, stop.name, _km(stop.metres), _km(stop.from_start))
            rows.append(dict(zip(COLUMNS, told, strict=True)))
        back = each.metres - each.stops[-1].from_start
        home = (
            day,
            len(each.stops) + 1,
            found.start.unit_code,
            f"{found.start.name}（返回）",
            _km(back),
            _km(each.metres),
        )
        rows.append(dict(zip(COLUMNS, home, strict=True)))
    return rows


def round_sheet(found: Rounds, layers: Layers, place: Place, *, title: str) -> str:
    """The page: it asks nothing of the network, and prints on A4."""
    frame = _Frame([found.start.lonlat, *(stop.lonlat for each in found.days for stop in each.stops)])
    km, width = frame.scale()
    return template("round").render(
        title=title,
        place=place,
        found=found,
        mode=MODES[found.mode],
        maps=[_day_map(found, each, number, frame) for number, each in enumerate(found.days, 1)],
        outlines=[frame.path(area) for area in _areas(layers)],
        rows=round_rows(found),
        columns=COLUMNS,
        width=WIDTH,
        height=HEIGHT,
        scale_km=f"{km:g}",
        scale_width=width,
        km=_km,
    )


def _day_map(found: Rounds, day: Day, number: int, frame: _Frame) -> dict[str, Any]:
    points = [found.start.lonlat, *(stop.lonlat for stop in day.stops), found.start.lonlat]
    spots = _named([(*frame.at(stop.lonlat), n, stop.name) for n, stop in enumerate(day.stops, 1)])
    line = " ".join("{},{}".format(*frame.at(point)) for point in points)
    return {"number": number, "line": line, "spots": spots, "start": frame.at(found.start.lonlat), "metres": day.metres}


def _named(spots: Sequence[tuple[float, float, int, str]]) -> list[tuple[float, float, int, str]]:
    """Leave the names out that would lie on a number or on another name: the table has them all."""
    taken = [(x - 9, y - 9, x + 9, y + 9) for x, y, _, _ in spots]
    found = []
    for x, y, n, name in spots:
        box = (x + 10, y - 7, x + 12 + 11.5 * len(name), y + 7)
        free = box[2] < WIDTH and not any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
        )
        found.append((x, y, n, name if free else ""))
        taken += [box] if free else []
    return found


def _km(metres: float) -> float:
    return round(metres / 1000, 1)


def _areas(layers: Layers) -> Iterable[Any]:
    for area in layers["townships"]["geometry"]:
        if area is not None and not area.is_empty and "Polygon" in area.geom_type:
            yield area


class _Frame:
    """Degrees to the picture: equirectangular at the middle's latitude."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        xs, ys = zip(*points, strict=True)
        middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
        self._squeeze = cos(radians(middle[1]))
        wide = max((max(xs) - min(xs)) * self._squeeze, _LEAST_DEGREES)
        high = max(max(ys) - min(ys), _LEAST_DEGREES)
        self._pixels = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN) / high)
        self._west = middle[0] - WIDTH / 2 / self._pixels / self._squeeze
        self._north = middle[1] + HEIGHT / 2 / self._pixels

    def at(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a point lies in the picture."""
        x = (point[0] - self._west) * self._squeeze * self._pixels
        return round(x, 1), round((self._north - point[1]) * self._pixels, 1)

    def path(self, area: Any) -> str:
        """An area as an SVG path, no finer than the picture."""
        plain = shapely.simplify(area, 1 / self._pixels)
        rings = (ring for part in getattr(plain, "geoms", [plain]) for ring in (part.exterior, *part.interiors))
        return "".join(
            "M" + "L".join("{},{}".format(*self.at((x, y))) for x, y, *_ in ring.coords) + "Z" for ring in rings
        )

    def scale(self) -> tuple[float, float]:
        """A round length in kilometres of at most a quarter of the width, and its width."""
        per_km = self._pixels / _DEGREE_KM
        most = WIDTH / 4 / per_km
        power = 10.0 ** int(log10(most) // 1)
        km = next(step * power for step in (5, 2, 1) if step * power <= most)
        return km, round(km * per_km, 1)
