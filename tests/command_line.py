"""Run `kepu` in this process, as from a shell: arguments in, exit code and both streams out."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from api.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str
    raw: bytes

    @property
    def lines(self) -> list[str]:
        """The lines on stderr."""
        return [line for line in self.err.splitlines() if line]


def kepu(*arguments: str | Path, columns: int | None = None) -> Done:
    """Run a command; `columns` is the width of the terminal, None where there is none."""
    raw, told = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(stream, encoding="utf-8", newline="") for stream in (raw, told))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "KEPU_DATABASE_URL")}
    environment |= {"COLUMNS": str(columns)} if columns else {}
    code = 0
    with (
        patch.object(sys, "argv", ["kepu", *map(str, arguments)]),
        patch.dict(os.environ, environment, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    out.flush()
    err.flush()
    return Done(code, raw.getvalue().decode(), told.getvalue().decode(), raw.getvalue())
