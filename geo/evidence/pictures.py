"""Photos and scans: decoded and written anew, so that nothing but the picture stays.

What a camera writes beside it (where and by whom it was taken, a preview, comments) and what somebody put behind
it go; the camera's turning is applied, and the day on which it was taken is told apart.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from geo.evidence.refusing import refused

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from geo.evidence.kinds import Kind

MOST_PIXELS: Final = 80_000_000
"""Phones of 64 million pixels are below; one decoded takes four bytes a pixel."""
LONGEST_SIDE: Final = 4096
"""Pixels that are kept: 35 cm on paper at 300 dots an inch."""
SMALL_SIDE: Final = 360
_QUALITY: Final = 88
_PLAIN: Final = {"png": frozenset({"1", "L", "LA", "RGB", "RGBA"}), "jpeg": frozenset({"L", "RGB"})}
_EXIF, _TAKEN, _CHANGED = 0x8769, 36867, 306
_one_at_a_time = Lock()
"""A picture may take hundreds of MB while it is decoded."""


@dataclass(frozen=True)
class Drawn:
    """A picture written anew: its bytes, its size in pixels, the day that it says it was taken on."""

    content: bytes
    width: int
    height: int
    taken_on: date | None


def redrawn(content: bytes, kind: Kind, name: str, *, longest: int = LONGEST_SIDE) -> Drawn:
    """Return a picture as pixels alone, turned upright, made smaller where a side is longer. Raises UnreadableFile."""
    from PIL import Image, ImageOps

    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=[kind.upper()]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                taken_on = _taken_on(image)
                if kind == "jpeg":
                    image.draft(None, (longest, longest))
                upright: Picture = ImageOps.exif_transpose(image)
                upright.thumbnail((longest, longest))
                return _written(upright, kind, taken_on)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            told = f"图片超过{MOST_PIXELS // 10_000}万像素"
            raise refused(name, "pixels", told, "请缩小后再交") from error
        except Exception as error:  # the decoders raise a dozen kinds for broken bytes
            raise refused(name, "picture", "图片已损坏，打不开", "请重新拍照或导出后再交") from error


def _written(image: Picture, kind: Kind, taken_on: date | None) -> Drawn:
    wanted = _PLAIN[kind]
    if image.mode not in wanted:
        clear = kind == "png" and (image.mode in ("PA", "La", "RGBa") or "transparency" in image.info)
        image = image.convert("RGBA" if clear else "RGB")
    bare = image.copy()
    bare.info.clear()
    out = io.BytesIO()
    options: dict[str, Any] = {"quality": _QUALITY, "optimize": True} if kind == "jpeg" else {"compress_level": 6}
    bare.save(out, kind.upper(), **options)
    return Drawn(out.getvalue(), bare.width, bare.height, taken_on)


def _taken_on(image: Picture) -> date | None:
    """Read the camera's day; cameras whose clock was never set tell of one long ago, or none."""
    try:
        exif = image.getexif()
        told = str(exif.get_ifd(_EXIF).get(_TAKEN) or exif.get(_CHANGED) or "")
        day = datetime.strptime(told[:10], "%Y:%m:%d").date()
    except Exception:  # broken EXIF breaks in many ways, and is left out anyway
        return None
    return day if date(2000, 1, 2) <= day <= date.today() else None
