"""Files that people gave as evidence, on their way into a box: which belong there, and what is left of a photo."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from geo.admin.gazetteer import township_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.assessment import TaskResult
    from maps.dossier.edition import Edition, Proof

PICTURES: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}
_ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_OTHER: Final = ".bin"
_QUALITY: Final = 90
_JPEG_END: Final = b"\xff\xd9"


def proofs_of(edition: Edition, task: TaskResult) -> Iterator[tuple[int, Proof]]:
    """Yield the files given for a task, each with its place among all: its own, and those of what it judges."""
    layers = {layer for result in task.rules if (layer := getattr(result.rule, "layer", None))}
    facilities = {str(key) for layer in layers for key in edition.layers[layer]["id"]}
    units = {
        str(code) for result in task.rules if result.rule.unit != "city"
        for code in result.findings.codes[result.findings.positions()]
    }  # fmt: skip
    for number, proof in enumerate(edition.proofs):
        if edition.township and proof.unit_code and township_of(proof.unit_code) != edition.township:
            continue
        own = proof.task == task.task.no
        if own or (proof.facility in facilities if proof.facility else proof.unit_code in units):
            yield number, proof


def ending_of(proof: Proof) -> str:
    """Return the ending of a file's name by what is in it, whatever it was called."""
    return _ENDINGS.get(proof.media_type, _OTHER)


def stem_of(proof: Proof) -> str:
    """Return a file's name without its ending."""
    return PurePosixPath(proof.name.replace("\\", "/")).name.removesuffix(ending_of(proof))


def is_broken(proof: Proof) -> bool:
    """Say whether a photo can't be opened, by its beginning, its end and its check sums; documents are not opened."""
    from PIL import Image

    kind = PICTURES.get(proof.media_type)
    if kind is None:
        return False
    try:
        with Image.open(io.BytesIO(proof.content), formats=[kind]) as image:
            image.verify()
    except Exception:  # the decoders raise a dozen kinds for broken bytes
        return True
    return kind == "JPEG" and _JPEG_END not in proof.content[-4096:]


def bare(proof: Proof) -> bytes:
    """Return a file's content; of a photo the pixels alone, without place, camera, comments and preview.

    A photo that holds nothing else is left as it is, byte by byte. Raises OSError where it can't be decoded.
    """
    from PIL import Image, ImageOps

    kind = PICTURES.get(proof.media_type)
    if kind is None:
        return proof.content
    with Image.open(io.BytesIO(proof.content), formats=[kind]) as image:
        if not _tells(image.info) and not image.getexif():
            return proof.content
        upright = ImageOps.exif_transpose(image)
        upright.info.clear()
        content = io.BytesIO()
        upright.save(content, kind, **({"quality": _QUALITY} if kind == "JPEG" else {}))
    return content.getvalue()


def _tells(info: dict[str | tuple[int, int], object]) -> bool:
    plain = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression", "transparency",
             "gamma", "srgb", "chromaticity", "interlace"}  # fmt: skip
    return bool(set(info) - plain)
