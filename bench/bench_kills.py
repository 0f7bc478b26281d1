"""Hundreds of `kill -9` during imports, against a log outside the store. Ends with 0 if nothing was lost or halved.

python bench/bench_kills.py [KILLS] [SEED]

Half of the kills come at a random moment from outside, half before a random statement to the database. After each
one the store is compared with what was acknowledged, checked (`kepu check`), and its audit verified.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.killed_imports import Killer
from tests.stored import fresh_store

KILLS = 300
_STATEMENTS = 120
_LISTS_OF_A_STORE = 100
"""A fresh store is taken then: looks at a long one take longer."""


def main(arguments: list[str]) -> None:
    """Kill, compare, and print what was hit."""
    kills = int(arguments[0]) if arguments else KILLS
    chance = random.Random(int(arguments[1]) if len(arguments) > 1 else 1)
    done = hot = stored = unanswered = 0
    begun = time.monotonic()
    while done < kills:
        with tempfile.TemporaryDirectory() as folder:
            killer = Killer(fresh_store(Path(folder) / "k.db"), Path(folder))
            while done < kills and len(killer.store.batches()) < _LISTS_OF_A_STORE:
                if chance.random() < 0.5:
                    killer.kill_at(chance.random())
                else:
                    killer.kill_before(chance.randint(1, _STATEMENTS))
                done += 1
            stored += len(killer.store.batches())
            hot, unanswered = hot + killer.hot, unanswered + killer.unanswered
            killer.store.close()
    print(f"{done} kills in {time.monotonic() - begun:.0f} s: {stored} batches, none lost, none halved; {hot} kills "
          f"left a transaction that had written, {unanswered} came between commit and answer")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
