"""The process that makes one dossier of the shelf: `python -m maps.dossier.maker FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Make the dossier that the folder orders, more patiently than the pages that people wait for."""
    from maps.dossier.shelf import make

    if hasattr(os, "nice"):
        os.nice(5)
    make(Path(sys.argv[1]), os.environ["KEPU_DATABASE_URL"])


if __name__ == "__main__":
    main()
