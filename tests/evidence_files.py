"""Files to hand in as evidence: whole ones, broken ones, and some that mean harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
GPS = {1: "N", 2: (44.0, 1.0, 2.0), 3: "E", 4: (87.0, 3.0, 4.0)}
OWNER, COMMENT = "Owner of the camera", b"secret comment"


def photo(size: tuple[int, int] = (60, 40), *, turned: bool = False, taken: str = "2022:05:06 10:00:00") -> bytes:
    """A JPEG as a phone writes it, with its place and owner in it; the left half is red, the right one blue."""
    image = Image.new("RGB", size, (200, 0, 0))
    image.paste((0, 0, 200), (size[0] // 2, 0, *size))
    exif = image.getexif()
    exif[0x013B], exif[0x0112] = OWNER, 6 if turned else 1
    exif.get_ifd(0x8769)[36867] = taken
    exif.get_ifd(0x8825).update(GPS)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=COMMENT, quality=95)
    return out.getvalue()


def drawing(mode: str = "RGBA") -> bytes:
    """A PNG with a text beside its pixels."""
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "secret author")
    out = io.BytesIO()
    Image.new(mode, (30, 20)).save(out, "PNG", pnginfo=told)
    return out.getvalue()


def vast_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that says that it has billions of pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def office(main: str = "word/document.xml", parts: dict[str, bytes] | None = None) -> bytes:
    """A document of an office program; `parts` are added to it, or take the place of its own."""
    all_parts = {"[Content_Types].xml": b"<Types/>", main: b"<document>text</document>", **(parts or {})}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in all_parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    """A DOCX of a few hundred KB that unpacks to more than anybody writes."""
    return office(parts={"word/styles.xml": b"\0" * (51 << 20)})
