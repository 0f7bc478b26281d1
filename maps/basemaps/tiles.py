"""Tiles as they come out of any basemap, and the check that each is a whole picture of a sane size."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from maps.basemaps.texts import TEXTS
from maps.errors import BasemapRefused

if TYPE_CHECKING:
    from maps.basemaps.grid import Bounds

TILE_MB: Final = 2
MIMES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
MOST_ZOOM: Final = 22
_SIDES: Final = (256, 512, 1024)
_GZIP: Final = b"\x1f\x8b"
_PROTOBUF: Final = b"\x1a"  # a vector tile begins with its first layer


@dataclass(frozen=True)
class Tile:
    """A picture as it is stored."""

    data: bytes
    mime: str


class Source(Protocol):
    """A basemap on the Web Mercator grid."""

    @property
    def name(self) -> str:
        """What to call it in messages."""

    @property
    def credit(self) -> str:
        """Who made it, as plain text; maybe empty."""

    @property
    def bounds(self) -> Bounds | None:
        """Degrees; None where it doesn't say."""

    @property
    def zooms(self) -> tuple[int, int]:
        """Coarsest and finest zoom."""

    @property
    def identity(self) -> str:
        """Changes with its content."""

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """One tile; None where there is none. Raises BasemapRefused. Threads may ask at once."""

    def close(self) -> None:
        """Give its file back."""


def checked(data: bytes, *, name: str, at: str) -> Tile:
    """The tile that bytes are. Raises BasemapRefused for vector tiles and what is no whole picture of tile size."""
    from PIL import Image

    if len(data) > TILE_MB * 2**20:
        raise BasemapRefused(TEXTS["tile_bytes"].format(name=name, at=at, limit=TILE_MB))
    if data.startswith((_GZIP, _PROTOBUF)):
        raise BasemapRefused(TEXTS["vector"].format(name=name))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=tuple(MIMES)) as image:
                if image.width != image.height or image.width not in _SIDES:
                    raise _wrong_size(name, at, image.size)
                image.load()
                return Tile(data, MIMES[str(image.format)])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise BasemapRefused(TEXTS["tile_broken"].format(name=name, at=at)) from error
    except BasemapRefused:
        raise
    except Exception as error:  # the decoders raise a dozen kinds for broken bytes
        raise BasemapRefused(TEXTS["tile_broken"].format(name=name, at=at)) from error


def _wrong_size(name: str, at: str, size: tuple[int, int]) -> BasemapRefused:
    return BasemapRefused(TEXTS["tile_size"].format(name=name, at=at, width=size[0], height=size[1]))
