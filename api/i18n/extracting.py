"""For `make texts`: takes Chinese texts out of files that hold little else, as Babel's extractors are asked to."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, Final

Message = tuple[int, str | None, str | tuple[str, str], list[str]]
CHINESE: Final = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uff60]")
"""What only Chinese text has: its characters and its punctuation."""
_COUNTED: Final = "Counted"
_SHOWN: Final = ("header", "what", "how")


def texts(fileobj: IO[bytes], keywords: Collection[str], tags: Collection[str], options: Mapping[str, str]) -> Any:
    """Yield every Chinese text that a module assigns to a name: (line, function, message, comments).

    The option `names` keeps to some names.
    """
    names = options.get("names", "").split()
    module = ast.parse(fileobj.read())
    roots = [node for node in module.body if (name := _assigned(node)) and (not names or name in names)]
    return (message for root in roots for message in _texts(root))


def columns(fileobj: IO[bytes], keywords: Collection[str], tags: Collection[str], options: Mapping[str, str]) -> Any:
    """Yield what geo's sheet_templates.toml says of the columns that forms show; `names`: of these layers."""
    said = tomllib.loads(fileobj.read().decode("utf-8"))
    rows = [row for name in options["names"].split() for row in said["columns"][name].values()]
    told = [*said["kinds"].values(), *(row[part] for row in rows for part in _SHOWN if part in row)]
    return ((1, None, text, []) for text in dict.fromkeys(told) if CHINESE.search(text))


def _assigned(node: ast.stmt) -> str:
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    return target.id if isinstance(target, ast.Name) else ""


def _texts(root: ast.stmt) -> Iterator[Message]:
    told = {node.value for node in ast.walk(root) if isinstance(node, ast.Expr)}  # docstrings
    counted = {
        node.args[0]
        for node in ast.walk(root)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _COUNTED
    }
    for node in ast.walk(root):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told:
            text = node.value
            if CHINESE.search(text):
                yield (node.lineno, "ngettext", (text, text), []) if node in counted else (node.lineno, None, text, [])
