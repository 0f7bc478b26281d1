"""The whole dossier of the demo: made by two processes, made again with nothing changed, verified; and its growth.

python bench/bench_dossier.py

Prints clock and processor time (children included) of the whole, the renewal and the proof, and what a township adds:
dossiers of one township beside that of all, by the number of their villages. `bench_atlas.py` holds the sheets against
a plain loop of geopandas.plot.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maps.dossier.building import build
from maps.dossier.verifying import verify
from tests.dossiers import demo_edition

if TYPE_CHECKING:
    from collections.abc import Callable

    from maps.dossier.edition import Edition


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock and of the processor, children included."""
    began, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    spent = sum(getattr(after, name) - getattr(before, name) for name in _PARTS)
    return time.perf_counter() - began, spent


_PARTS = ("user", "system", "children_user", "children_system")


def one_township(edition: Edition, code: str, folder: Path) -> tuple[int, float]:
    """Return how many villages a township has, and the processor's seconds of its dossier."""
    villages = int((edition.layers["villages"]["township_code"] == code).sum())
    return villages, timed(lambda: build(replace(edition, township=code), folder / code, processes=1))[1]


def main() -> None:
    """Measure and print."""
    edition = demo_edition()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = timed(lambda: build(edition, folder / "all", processes=2))
        again = timed(lambda: build(edition, folder / "all", processes=2))
        proof = timed(lambda: verify(folder / "all"))
        files = sum(path.is_file() for path in (folder / "all").rglob("*"))
        print(f"whole dossier, {files} files: {whole[0]:.1f} s by the clock, {whole[1]:.1f} s of processor")
        print(f"again, nothing changed: {again[0]:.2f} s; verified: {proof[0]:.1f} s")
        codes = edition.place.townships["code"].tolist()
        parts = [one_township(edition, code, folder) for code in (codes[0], codes[2], codes[8])]
        for villages, seconds in parts:
            print(f"a township of {villages} villages: {seconds:.1f} s")
        per_village = whole[1] / len(edition.layers["villages"])
        print(f"all {len(codes)} townships: {whole[1] / len(codes):.2f} s each, {per_village:.2f} s a village")


if __name__ == "__main__":
    main()
