"""Tables for the terminal: readable from 80 columns up, and 120 wide where the output is no terminal."""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    Cell = str | tuple[str, str]
    """A text, or a text and its style."""

WIDE = 110
_NOT_A_TERMINAL = 120


def console() -> Console:
    """Return a console on stdout; its width is the terminal's, that of COLUMNS, or 120."""
    from rich.console import Console

    fixed = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(width=None if fixed else _NOT_A_TERMINAL, highlight=False)


def is_wide() -> bool:
    """Say whether there is room for many columns."""
    return console().width >= WIDE


def show_table(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    whole: Sequence[str] = (),
    numbers: Sequence[str] = (),
    least: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Print a table; nothing is cut off, and text from users is shown literally, never as markup.

    `whole`: columns that are never broken over lines. `numbers`: columns set to the right.
    `least`: columns and how wide they are at least.
    """
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", padding=(0, 1, 0, 0))
    for name in header:
        table.add_column(name, no_wrap=name in whole, overflow="fold", justify="right" if name in numbers else "left")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    console().print(table)


def _text(cell: Cell) -> Text:
    from rich.text import Text

    from geo.faults import printable

    words, style = cell if isinstance(cell, tuple) else (cell, "")
    return Text("\n".join(printable(line) for line in words.split("\n")), style=style)
