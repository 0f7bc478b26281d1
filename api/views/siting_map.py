"""Villages before and after, as two pictures of one frame; plain SVG, it prints and needs no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.geojson import plain, rows_of
from api.views.unit_map import Frame, Point, path_of
from geo.sites import facility_sites

WIDTH, HEIGHT = 760, 560
STATES: Final = ("met", "not_met", "unknown")


@dataclass(frozen=True)
class Spot:
    """A village: where, its state before and after, and its name."""

    x: float
    y: float
    before: str
    after: str
    name: str


@dataclass(frozen=True)
class Site:
    """Something new or changed, by the number that it has in the list."""

    x: float
    y: float
    number: int
    name: str


@dataclass(frozen=True)
class SitingMap:
    """Both pictures. `outlines`: townships as paths; `standing`: facilities that there are; `lines`: who goes where."""

    outlines: tuple[str, ...]
    spots: tuple[Spot, ...]
    standing: tuple[Point, ...]
    sites: tuple[Site, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    scale_km: float
    scale_width: float
    unplaced: int
    outside: int
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True)
class Built:
    """What is to be drawn as new: its number, name and place, and the codes of the units that it serves."""

    number: int
    name: str
    at: Point
    serves: tuple[str, ...] = ()


def siting_map(
    shot: Snapshot,
    layers: Iterable[str],
    before: Mapping[str, str],
    mended: set[str],
    built: Sequence[Built],
    *,
    zoom: bool = False,
) -> SitingMap | None:
    """Draw units by their states; None where no unit has a place.

    `mended`: codes of units that become met. `zoom`: no more than what is new and whom it serves.
    """
    centres = centres_of(shot)
    shown = {code: state for code, state in before.items() if state in STATES}
    placed = {code: centres[code] for code in shown if code in centres}
    if not placed:
        return None
    new = [at for each in built for at in (each.at, *(centres[code] for code in each.serves if code in centres))]
    frame = Frame.around(new if zoom and new else [*placed.values(), *new], WIDTH, HEIGHT)
    names = shot.ground.gazetteer.name_of
    spots = [
        Spot(*frame.at(at), shown[code], "met" if code in mended else shown[code], names(code))
        for code, at in placed.items()
        if frame.holds(at)
    ]
    km, width = frame.scale()
    return SitingMap(
        outlines=tuple(path_of(area, frame) for area in _areas(shot)),
        spots=tuple(sorted(spots, key=lambda spot: STATES.index(spot.after))),
        standing=tuple(frame.at(at) for at in _standing(shot, layers) if frame.holds(at)),
        sites=tuple(Site(*frame.at(each.at), each.number, each.name) for each in built),
        lines=tuple(
            (*frame.at(each.at), *frame.at(centres[code])) for each in built for code in each.serves if code in centres
        ),
        scale_km=km,
        scale_width=width,
        unplaced=len(shown) - len(placed),
        outside=len(placed) - len(spots),
    )


def centres_of(shot: Snapshot) -> dict[str, Point]:
    """Where townships and villages lie, longitude and latitude, as far as known."""
    rows = (row for level in ("townships", "villages") for row in rows_of(shot.layers[level][["code", "lon", "lat"]]))
    return {
        row["code"]: (float(row["lon"]), float(row["lat"]))
        for row in rows
        if plain(row["lon"]) is not None and plain(row["lat"]) is not None
    }


def label_of(state: str) -> str:
    """The word of a state."""
    return TEXTS[f"state_{state}"]


def _areas(shot: Snapshot) -> list[object]:
    return [
        area
        for area in shot.layers["townships"]["geometry"]
        if area is not None and not area.is_empty and "Polygon" in area.geom_type
    ]


def _standing(shot: Snapshot, layers: Iterable[str]) -> list[Point]:
    found = []
    for layer in sorted(set(layers)):
        sites = facility_sites(shot.layers, layer)
        found += [(float(x), float(y)) for x, y in sites.lonlat[sites.located]]
    return found
