"""How a file is refused: one line in Chinese that names it, says what is wrong, and what to do."""

from __future__ import annotations

from geo.errors import UnreadableFile
from geo.faults import Fault


def refused(name: str, code: str, message: str, remedy: str) -> UnreadableFile:
    """Return the refusal of a file, with its one fault `evidence-<code>`."""
    fault = Fault("error", f"evidence-{code}", name, message, remedy)
    return UnreadableFile(f"“{name}”没有保存：{message}；{remedy}", faults=[fault])
