"""Coarser zooms for an archive that begins too fine to show the whole place: each tile from its four finer ones."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from maps.basemaps.grid import SIDE
from maps.basemaps.tiles import Tile

if TYPE_CHECKING:
    from maps.basemaps.grid import Bounds
    from maps.basemaps.tiles import Source

_QUALITY = 85


class WithOverviews:
    """A source that also answers for the zooms from ``first`` on; what it makes is kept."""

    def __init__(self, source: Source, *, first: int) -> None:
        self._source = source
        self.name, self.credit, self.identity = source.name, source.credit, f"{source.identity} {first}"
        self.bounds: Bounds | None = source.bounds
        self.zooms = first, source.zooms[1]
        self._made: dict[tuple[int, int, int], Tile | None] = {}

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """The source's tile, or one made of finer ones. Raises BasemapRefused."""
        if z >= self._source.zooms[0]:
            return self._source.tile(z, x, y)
        key = z, x, y
        if key not in self._made:
            self._made[key] = _joined([[self.tile(z + 1, 2 * x + i, 2 * y + j) for i in (0, 1)] for j in (0, 1)])
        return self._made[key]

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def _joined(rows: list[list[Tile | None]]) -> Tile | None:
    """Two rows of two tiles at half their size; None where there are none."""
    from PIL import Image

    if not any(tile for row in rows for tile in row):
        return None
    half = SIDE // 2
    whole = Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0))
    for j, row in enumerate(rows):
        for i, tile in enumerate(row):
            if tile is not None:
                with Image.open(io.BytesIO(tile.data)) as image:
                    part = image.convert("RGBA").resize((half, half), Image.Resampling.BOX)
                whole.paste(part, (i * half, j * half))
    opaque = whole.getchannel("A").getextrema() == (255, 255)
    out = io.BytesIO()
    (whole.convert("RGB") if opaque else whole).save(out, "WEBP", quality=_QUALITY)
    return Tile(out.getvalue(), "image/webp")
