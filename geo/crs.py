"""Coordinate reference systems and Chinese datums.

Everything stored is CGCS2000 longitude/latitude (EPSG:4490). WGS 84 agrees with it to
well under a metre, so the two are not told apart. GCJ-02 and BD-09 are the offset
datums of Chinese web maps; they are turned back by iterating prcoords' forward
transform until the round trip closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]
CGCS2000 = "EPSG:4490"
DATUM_LABELS: Mapping[Datum, str] = {
    "cgcs2000": "CGCS2000",
    "wgs84": "WGS 84",
    "gcj02": "GCJ-02（高德、腾讯）",
    "bd09": "BD-09（百度）",
}
APPROXIMATE: frozenset[str] = frozenset({"gcj02", "bd09"})
"""Datums whose offset is undone by a published approximation, to about a metre."""
_CLOSE_ENOUGH = 1e-9
_MOST_ROUNDS = 30


def to_cgcs2000(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """Convert a point to CGCS2000. Degrees in, degrees out; the round trip closes within 1 mm."""
    if datum in ("cgcs2000", "wgs84"):
        return lon, lat
    return _inverse(_forward(datum), lon, lat)


def from_cgcs2000(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """Convert a CGCS2000 point to another datum. Degrees in, degrees out."""
    if datum in ("cgcs2000", "wgs84"):
        return lon, lat
    return _forward(datum)(lon, lat)


def _forward(datum: Datum) -> Callable[[float, float], tuple[float, float]]:
    import prcoords

    convert = prcoords.wgs_gcj if datum == "gcj02" else prcoords.wgs_bd

    def forward(lon: float, lat: float) -> tuple[float, float]:
        moved = convert(prcoords.Coords(lat, lon), check_china=False)
        return float(moved.lon), float(moved.lat)

    return forward


def _inverse(forward: Callable[[float, float], tuple[float, float]], lon: float, lat: float) -> tuple[float, float]:
    guess = (lon, lat)
    for _ in range(_MOST_ROUNDS):
        reached = forward(*guess)
        miss = (lon - reached[0], lat - reached[1])
        guess = (guess[0] + miss[0], guess[1] + miss[1])
        if max(abs(miss[0]), abs(miss[1])) < _CLOSE_ENOUGH:
            break
    return guess
