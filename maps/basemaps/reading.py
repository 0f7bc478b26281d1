"""Opens a basemap's file by its kind, once its datum is known to be that of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from maps.basemaps import datums
from maps.basemaps.texts import TEXTS
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from pathlib import Path

    from maps.basemaps.grid import Bounds
    from maps.basemaps.tiles import Source

ARCHIVES: Final = (".mbtiles", ".pmtiles")
PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp")
_DATUM_KEYS: Final = ("datum", "坐标系", "坐标基准")


def open_basemap(
    path: Path, *, datum: str | None = None, bounds: Bounds | None = None, crs: str | None = None
) -> Source:
    """Open a basemap's file.

    Parameters
    ----------
    path
        .mbtiles, .pmtiles (pictures as tiles) or a .png, .jpg or .webp with a world file.
    datum
        What its user says of it; by default what its metadata say, else CGCS2000 or WGS 84.
    bounds
        Degrees west, south, east, north of a picture that has no world file.
    crs
        Coordinate system of the world file, such as EPSG:4538; by default that of a .prj file beside, else degrees.

    Raises
    ------
    BasemapRefused
        The file is missing, broken, of another kind, holds vector tiles, or is on another datum or grid.
    """
    if not path.is_file():
        raise BasemapRefused(TEXTS["missing"].format(name=path.name))
    ending = path.suffix.lower()
    if ending not in ARCHIVES + PICTURES:
        raise BasemapRefused(TEXTS["kind"].format(name=path.name))
    if datum:
        datums.check(path.name, declared=datum)
    if ending in PICTURES:
        from maps.basemaps.picture import PictureTiles

        datums.check(path.name, declared=datum, said=[path.stem])
        return PictureTiles(path, bounds=bounds, crs=crs)
    if bounds or crs:
        raise BasemapRefused(TEXTS["bounds_only"].format(name=path.name))
    return _archive(path, datum)


def _archive(path: Path, datum: str | None) -> Source:
    from maps.basemaps.archive import PMTiles
    from maps.basemaps.mbtiles import MBTiles

    source = MBTiles(path) if path.suffix.lower() == ".mbtiles" else PMTiles(path)
    said = source.metadata
    told = next((said[key] for key in _DATUM_KEYS if said.get(key)), None)
    try:
        texts = [path.stem, *(said.get(key, "") for key in ("name", "attribution", "description"))]
        datums.check(path.name, declared=datum or told, said=texts)
    except BaseException:
        source.close()
        raise
    return source


def parse_bounds(name: str, text: str) -> Bounds:
    """Bounds as people write them: "west,south,east,north" in degrees. Raises BasemapRefused."""
    from maps.basemaps.mbtiles import bounds_of

    found = bounds_of(text.replace("，", ","))
    if found is None:
        raise BasemapRefused(TEXTS["bounds"].format(name=name))
    return found
