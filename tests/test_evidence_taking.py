"""What is taken as evidence, what of it is kept, and what is refused with one clear line."""

from __future__ import annotations

import io
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.errors import UnreadableFile
from geo.evidence.kinds import Kind, kind_of
from geo.evidence.names import LONGEST_NAME, clean_name
from geo.evidence.pictures import LONGEST_SIDE
from geo.evidence.taking import FileTooLarge, take
from tests.evidence_files import COMMENT, OWNER, PDF, bomb, drawing, office, photo, vast_png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "empty": (b"", "0字节"),
    "svg": (SVG, "脚本"),
    "svg behind a declaration": (b"\xef\xbb\xbf<?xml version='1.0'?>" + SVG, "脚本"),
    "html": (b"<!DOCTYPE html><script>alert(1)</script>", "脚本"),
    "program": (b"MZ\x90\x00" + b"\0" * 100, "程序"),
    "gif": (b"GIF89a" + b"\0" * 100, "GIF"),
    "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "HEIC"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "旧格式"),
    "text": ("会议纪要".encode(), "看不出"),
    "zip": (office("readme.txt"), "压缩包"),
    "slides": (office("ppt/presentation.xml"), "演示文稿"),
    "cut jpeg": (photo((600, 400))[:400], "损坏"),
    "cut png": (drawing()[:40], "损坏"),
    "vast png": (vast_png(), "像素"),
    "large png": (vast_png(9000, 9000), "像素"),
    "cut pdf": (PDF[:40], "不完整"),
    "locked pdf": (PDF.replace(b"<</Root", b"<</Encrypt 5 0 R/Root"), "密码"),
    "pdf with a script": (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert)>>"), "脚本"),
    "cut docx": (office()[:-30], "损坏|压缩包|看不出"),
    "bomb": (bomb(), "大得不正常"),
    "macros": (office(parts={"word/vbaProject.bin": b"x"}), "宏"),
    "climbing": (office(parts={"../../etc/passwd": b"x"}), "损坏"),
    "no xml": (office(parts={"word/document.xml": b"text"}), "损坏"),
    "entities": (office(parts={"word/document.xml": b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'}), "损坏"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    content, said = REFUSED[name]
    with pytest.raises(UnreadableFile, match=said) as refusal:
        take("报告.png\n第二行", content)
    told = str(refusal.value)
    assert "\n" not in told
    assert told.startswith("“报告.png 第二行”没有保存：")
    assert len(refusal.value.faults) == 1
    assert refusal.value.faults[0].remedy


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"), (photo(), "jpeg"), (drawing(), "png"), (office(), "docx"), (office("xl/workbook.xml"), "xlsx"),
    ],
)  # fmt: skip
def test_the_content_tells_the_kind(content: bytes, kind: Kind) -> None:
    taken = take("材料.exe", content)
    assert (taken.kind, taken.given_sha256) == (kind, sha256(content).hexdigest())
    assert taken.name == f"材料.{'jpg' if kind == 'jpeg' else kind}"
    assert taken.sha256 == sha256(taken.content).hexdigest()
    assert (taken.content == content) == (kind not in ("jpeg", "png"))
    assert kind_of(taken.content) == kind


def test_only_the_pixels_of_a_photo_are_kept() -> None:
    content = photo((60, 40), turned=True)
    assert OWNER.encode() in content
    taken = take("照片.jpg", content)
    assert (taken.width, taken.height, taken.taken_on) == (40, 60, date(2022, 5, 6))
    image = Image.open(io.BytesIO(taken.content))
    assert dict(image.getexif()) == {}
    assert b"Exif" not in taken.content
    assert OWNER.encode() not in taken.content
    assert COMMENT not in taken.content
    (red, _, blue), (low_red, _, low_blue) = image.getpixel((20, 5)), image.getpixel((20, 55))  # type: ignore[misc]
    assert red > 150 > low_red  # turned as the camera said: the left half is on top
    assert blue < 100 < low_blue


def test_a_large_photo_is_made_smaller() -> None:
    taken = take("照片.jpg", photo((LONGEST_SIDE + 800, 100)))
    assert (taken.width, taken.height) == (LONGEST_SIDE, 84)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_drawings_of_every_mode(mode: str) -> None:
    taken = take("图.png", drawing(mode))
    assert b"secret author" not in taken.content
    assert Image.open(io.BytesIO(taken.content)).size == (30, 20)


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "1980:01:01 00:00:00", "2999:01:01 00:00:00", "昨天", ""])
def test_a_camera_without_a_clock_tells_no_day(taken: str) -> None:
    assert take("a.jpg", photo(taken=taken)).taken_on is None


def test_limits_and_pictures_only() -> None:
    with pytest.raises(FileTooLarge, match="1兆字节") as refusal:
        take("a.pdf", PDF + b"\0" * (1 << 20), limit=1 << 20)
    assert refusal.value.limit == 1 << 20
    with pytest.raises(UnreadableFile, match="不是照片"):
        take("a.jpg", PDF, pictures_only=True)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.pdf"), ("C:\\用户\\报告.pdf", "报告.pdf"), ("报告.pdf.exe", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.pdf"), ("a\r\nSet-Cookie: b=1.pdf", "a Set-Cookie b=1.pdf"), ("", "未命名.pdf"),
        (".", "未命名.pdf"), ("..", "未命名.pdf"), (".htaccess", "htaccess.pdf"), ("con.pdf", "_con.pdf"),
        ("\u200b\u200b.pdf", "未命名.pdf"), ('<img src=x>"|?*', "img src=x.pdf"),
        ("2022.10.31会议", "2022.10.31会议.pdf"),
    ],
)  # fmt: skip
def test_names(given: str, name: str) -> None:
    assert clean_name(given, "pdf") == name


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_every_name_is_safe(given: str) -> None:
    name = clean_name(given, "jpeg")
    assert name.endswith(".jpg")
    assert not set(name) & set('/\\:*?"<>|\0\r\n')
    assert name.isprintable()
    assert 4 < len(name) <= LONGEST_NAME + 5
    assert not name.startswith((".", " "))
    assert clean_name(name, "jpeg") == name
