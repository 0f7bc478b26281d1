"""Let Python look for garbage less often while very many records are made.

It looks after every few hundred new objects, through more of them the more there are, though records hold no
cycles: a fifth of the time of a long import.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SELDOM = 200_000
_lock = threading.Lock()
_inside: list[tuple[int, int, int]] = []
"""For each that asked for it now, the thresholds that held before the first."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Raise the first threshold of the collector until all that asked for it, in any thread, are done."""
    with _lock:
        _inside.append(_inside[0] if _inside else gc.get_threshold())
        gc.set_threshold(max(_SELDOM, _inside[0][0]), *_inside[0][1:])
    try:
        yield
    finally:
        with _lock:
            before = _inside.pop()
            if not _inside:
                gc.set_threshold(*before)
