"""Read a workbook in a process of its own: `python -m geo.files.workbook_child FOLDER`.

`FOLDER/book` goes in; its parts (`geo.files.pages.parts_of`) come out as pickles, one after the other, None at
the end. Imports little, so that it starts quickly. The exit code is one of `geo.files.pages.EXIT_*`.
"""

from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path

from geo.files import pages
from geo.files.bounded import limit

_NO_ROOM = re.compile(r"memory|allocat", re.IGNORECASE)


def main(folder: Path) -> int:
    """Keep to the limits, read, and say how that went."""
    limit(memory=pages.MEMORY_BYTES, seconds=pages.SECONDS, output=0)
    try:
        for part in pages.parts_of(folder / "book"):
            pickle.dump(part, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        pickle.dump(None, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.flush()
    except pages.Locked:
        return pages.EXIT_PASSWORD
    except BaseException as problem:  # the file's fault, whatever it is; the reader's panics are no Exception
        full = isinstance(problem, MemoryError) or _NO_ROOM.search(str(problem)) is not None
        return pages.EXIT_MEMORY if full else pages.EXIT_DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
