"""Files that are something else than their name says: what they are, and what to send in their place."""

from __future__ import annotations

import io
import zipfile

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_TABLE = "请交填表用的表格本身，不要交照片或截图"
_COPY = "请把里面的表格复制到工作簿，存为 .xlsx 后再交"
_ELSE = ("扩展名是表格，但内容不是", "请用 WPS 或 Excel 打开后另存为 .xlsx")


def disguised(content: bytes) -> tuple[str, str]:
    """Return what a file that should be a table is instead, and what to do."""
    if content.startswith(_IMAGES):
        return "扩展名是表格，其实是图片", _TABLE
    if content.startswith(b"%PDF"):
        return "扩展名是表格，其实是 PDF", _COPY
    if content.startswith(_ARCHIVES):
        return "扩展名是表格，其实是压缩包", "请解开后交里面的表格"
    if _WORD_STREAM in content or _holds(content, "word/document.xml"):
        return "扩展名是表格，其实是 Word 文档", _COPY
    if _holds(content, "ppt/presentation.xml"):
        return "扩展名是表格，其实是演示文稿", _COPY
    return _ELSE


def _holds(content: bytes, part: str) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return part in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return False
