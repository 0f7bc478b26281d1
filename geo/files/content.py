"""A file as such: it is there, it is one, it can be opened, and it is not too large."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import UnreadableFile
from geo.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 100 * 1024 * 1024


def unreadable(name: str, code: str, message: str, remedy: str) -> UnreadableFile:
    """Return the refusal of a file, with its one fault `file-<code>`."""
    fault = Fault("error", f"file-{code}", name, message, remedy)
    return UnreadableFile(fault.line(), faults=[fault])


def content_of(path: Path, name: str) -> bytes:
    """Return what is in a file of at most 100 MiB; `name` is what faults call it. Raises UnreadableFile."""
    if path.is_dir():
        raise unreadable(name, "directory", "这是一个文件夹，不是文件", "请逐个给出其中的文件")
    try:
        if path.exists() and not path.is_file():
            raise unreadable(name, "kind", "这不是普通文件", "请给出表格文件")
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            raise unreadable(name, "size", "文件超过100兆字节", "请拆成几份，或去掉图片和空行后再交")
        content = path.read_bytes()
    except FileNotFoundError:
        raise unreadable(name, "missing", "没有这个文件", "请核对路径") from None
    except OSError:
        raise unreadable(name, "unreadable", "文件读不出来", "请检查权限，或是否正被其他程序占用") from None
    if not content:
        raise unreadable(name, "empty", "空文件（0字节）", "请重新取得文件")
    return content
