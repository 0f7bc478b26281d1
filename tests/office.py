"""LibreOffice without a window, to open what offices will open; and the texts of documents, to hold them together."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OFFICE: Final = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not here: tests/setup.sh installs it")
_PAGE_NUMBER: Final = re.compile(r"^\s*—\s*\d+\s*—\s*$", re.MULTILINE)


def as_pdf(file: Path, folder: Path) -> Path:
    """Return a document as LibreOffice prints it; with a profile of its own, for several tests may run at once."""
    command = [str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(folder), str(file)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder / f"{file.stem}.pdf"


def pdf_text(file: Path) -> str:
    """Return what a PDF says, in the order in which it was set, without spaces and page numbers."""
    done = subprocess.run(["pdftotext", "-raw", str(file), "-"], check=True, capture_output=True)
    return squeezed(_PAGE_NUMBER.sub("", done.stdout.decode()))


def pdf_fonts(file: Path) -> list[list[str]]:
    """Return the rows of pdffonts: name, kind, encoding, emb, sub, uni."""
    done = subprocess.run(["pdffonts", str(file)], check=True, capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines()[2:]]


def docx_texts(document: Any) -> Iterator[str]:
    """Yield the texts of a DOCX, paragraph by paragraph and cell by cell."""
    from docx.table import Table

    for part in document.iter_inner_content():
        if isinstance(part, Table):
            yield from (cell.text for row in part.rows for cell in row.cells if cell.text)
        elif part.text:
            yield part.text


def squeezed(text: str) -> str:
    """Return a text without any space."""
    return re.sub(r"\s+", "", text)


def unsaid(texts: Iterable[str], whole: str, *, signs: bool = True) -> list[str]:
    """Return the texts that a document doesn't say in their order, beside what is repeated on further pages.

    Without `signs`, letters, digits and characters alone are held together.
    """
    at, missing = 0, []
    plain = squeezed if signs else _lettered
    whole = plain(whole)
    for text in map(plain, texts):
        found = whole.find(text, at)
        if found < 0:
            missing.append(text)
        else:
            at = found + len(text)
    return missing


def _lettered(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
