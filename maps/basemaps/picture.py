"""A picture with a position, cut into Web Mercator tiles: every pixel of a tile is looked up where it lies."""

from __future__ import annotations

import io
import math
import warnings
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from maps.basemaps.grid import SIDE, overlap, pixel_degrees, to_fraction
from maps.basemaps.positions import position_of
from maps.basemaps.texts import TEXTS
from maps.basemaps.tiles import MIMES, Tile
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from maps.basemaps.grid import Bounds

_FINEST: Final = 18
_FAR: Final = 1e9  # pixels away: as good as nowhere
_QUALITY: Final = 85
_MERCATOR: Final = (-180.0, -85.05, 180.0, 85.05)


class PictureTiles:
    """A PNG, JPEG or WebP with a world file or bounds in degrees. Raises BasemapRefused for what is none."""

    def __init__(self, path: Path, *, bounds: Bounds | None = None, crs: str | None = None) -> None:
        self.name = path.name
        self.credit = ""
        stat = path.stat()
        self.identity = f"{path.name} {stat.st_size} {stat.st_mtime_ns} {bounds} {crs}"
        self._image = _opened(path)
        self._position = position_of(path, self._image.size, bounds=bounds, crs=crs)
        self.bounds = self._position.bounds(*self._image.size)
        if self.bounds is None or overlap(self.bounds, _MERCATOR) is None:
            raise BasemapRefused(TEXTS["no_crs"].format(name=path.name))
        self.zooms = 0, self._finest()
        self._levels: dict[int, NDArray[np.uint8]] = {}
        self._lock = Lock()

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """One tile, as WebP with what lies outside the picture left clear."""
        column, row = self._position.pixels(*pixel_degrees(z, x, y))
        column, row = (np.nan_to_num(values, nan=_FAR, posinf=_FAR, neginf=-_FAR) for values in (column, row))
        width, height = self._image.size
        inside = (column >= -0.5) & (column <= width - 0.5) & (row >= -0.5) & (row <= height - 0.5)
        if not inside.any():
            return None
        level = max(0, math.floor(math.log2(max(_spacing(column, row), 1)) + 0.01))
        pixels = self._sampled(column, row, level=level)
        pixels[~inside] = 0
        return _encoded(pixels) if pixels[..., 3].any() else None

    def close(self) -> None:
        """Forget the picture."""
        self._levels.clear()
        self._image.close()

    def _sampled(self, column: Any, row: Any, *, level: int) -> NDArray[np.uint8]:
        """Bilinear values at positions, from the picture made smaller by 2**level so that nothing is skipped."""
        pixels = self._level(level)
        height, width, _ = pixels.shape
        column = np.clip((column + 0.5) / 2**level - 0.5, 0, width - 1)
        row = np.clip((row + 0.5) / 2**level - 0.5, 0, height - 1)
        left, top = np.floor(column).astype(int), np.floor(row).astype(int)
        right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        u, v = (column - left)[..., None], (row - top)[..., None]
        upper = pixels[top, left] * (1 - u) + pixels[top, right] * u
        lower = pixels[low, left] * (1 - u) + pixels[low, right] * u
        mixed: NDArray[np.uint8] = np.rint(upper * (1 - v) + lower * v).astype(np.uint8)
        return mixed

    def _level(self, level: int) -> NDArray[np.uint8]:
        with self._lock:
            if level not in self._levels:
                factor = min(2**level, max(self._image.size))
                image = self._image.reduce(factor) if factor > 1 else self._image
                self._levels[level] = np.asarray(image)
            return self._levels[level]

    def _finest(self) -> int:
        """The zoom whose pixels are about as small as the picture's in its middle."""
        width, height = self._image.size
        middle = np.array([width / 2, width / 2 + 1, width / 2]), np.array([height / 2, height / 2, height / 2 + 1])
        lon, lat = self._position.degrees(*middle)
        at = [to_fraction(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]
        pixel = min(math.dist(at[0], at[1]), math.dist(at[0], at[2]))
        return max(0, min(_FINEST, math.ceil(-math.log2(max(pixel, 1e-12) * SIDE) - 0.25)))


def _spacing(column: NDArray[np.float64], row: NDArray[np.float64]) -> float:
    """How many pixels of the picture lie between two of the tile, in its middle."""
    m = SIDE // 2
    return max(
        math.hypot(column[m, m] - column[m, m + 1], row[m, m] - row[m, m + 1]),
        math.hypot(column[m, m] - column[m + 1, m], row[m, m] - row[m + 1, m]),
    )


def _opened(path: Path) -> Picture:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(MIMES)) as image:
                return image.convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BasemapRefused(TEXTS["pixels"].format(name=path.name)) from error
    except Exception as error:  # the decoders raise a dozen kinds for broken bytes
        raise BasemapRefused(TEXTS["broken"].format(name=path.name, kind="图片")) from error


def _encoded(pixels: NDArray[np.uint8]) -> Tile:
    from PIL import Image

    image = Image.fromarray(pixels)
    if pixels[..., 3].min() == 255:
        image = image.convert("RGB")
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=4)
    return Tile(out.getvalue(), "image/webp")
