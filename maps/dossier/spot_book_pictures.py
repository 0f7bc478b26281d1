"""The pictures of the spot-check book: QR codes, small maps, photos without what they say of places."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maps.dossier.edition import Edition
    from maps.dossier.edition import Proof as File

_PHOTO_PIXELS: Final = 900


def pictures(edition: Edition, values: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the QR codes and small maps by the names that the pages call them."""
    import segno

    from maps.atlas.small import unit_map

    found = {}
    for page in (page for group in values["groups"] for page in group["pages"]):
        content = io.BytesIO()
        segno.make(page["payload"], error="m", micro=False).save(content, kind="svg", border=1, xmldecl=False)
        found[page["qr"]] = content.getvalue()
        found[page["map"]] = unit_map(edition, page["code"])
    return found


def photos(edition: Edition, values: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the photos, no larger than a page needs, by the names that the pages call them."""
    named = {photo["file"] for group in values["groups"] for page in group["pages"] for photo in page["photos"]}
    return {name: _small(file) for file in edition.proofs if (name := f"photos/{file.sha256}.jpg") in named}


def readable(file: File) -> bool:
    """Say whether a photo can be opened."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(file.content)) as image:
            image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True


def _small(file: File) -> bytes:
    """Return a photo upright, without its metadata."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(file.content)) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((_PHOTO_PIXELS, _PHOTO_PIXELS))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=82)
    return content.getvalue()
