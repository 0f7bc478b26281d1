"""Files that are something else than a table are told by what they are."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from PIL import Image

from geo.errors import UnreadableFile
from geo.files.sheets import read_tables

if TYPE_CHECKING:
    from pathlib import Path


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_tables(path)
    (fault,) = caught.value.faults
    return fault.line()


def archive(part: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(part, "<x/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n1234", "其实是图片；请交填表用的表格本身"), (b"\xff\xd8\xff\xe0JFIF", "其实是图片"),
        (b"%PDF-1.7\n", "其实是 PDF；请把里面的表格复制到工作簿"),
        (b"Rar!\x1a\x07", "其实是压缩包；请解开后交里面的表格"),
        (archive("word/document.xml"), "其实是 Word 文档；请把里面的表格复制到工作簿"),
        (archive("ppt/presentation.xml"), "其实是演示文稿"),
        (archive("a.txt"), "但内容不是；请用 WPS 或 Excel 打开后另存为"),
        (b"<html><table>", "但内容不是；请用 WPS 或 Excel 打开后另存为"),
    ],
)  # fmt: skip
def test_what_is_no_table(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    assert told in refusal(tmp_path / "a.xlsx")


@pytest.mark.parametrize(("row", "reads"), [(("科普活动站统计表",), False), (("乡镇", "村", "名称"), True)])
def test_a_title_above_a_picture_is_no_table(tmp_path: Path, row: tuple[str, ...], *, reads: bool) -> None:
    Image.new("RGB", (300, 200)).save(tmp_path / "a.png")
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, row)
        sheet.insert_image(2, 0, str(tmp_path / "a.png"))
    if reads:
        assert read_tables(tmp_path / "a.xlsx")[0].header == row
    else:
        assert "只有图片" in refusal(tmp_path / "a.xlsx")
