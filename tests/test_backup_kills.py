"""`kill -9` at any moment of a backup or a restore: old or new, whole, and never anything between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geo.store import NewBatch, Store
from geo.store.backup import back_up
from geo.store.soundness import damage, digest, opened
from tests.stored import fresh_store
from tests.support import WILLOW_RIVER

ROOT = Path(__file__).resolve().parent.parent
KILLS = 18

_RESTORE = """
import sys
from pathlib import Path
from geo.store.backup import restore
folder, n = Path(sys.argv[1]), 0
while True:
    n += 1
    name = "ab"[n % 2]
    restore(f"sqlite:///{folder / 'k.db'}", folder / f"{name}.db")
    print(name, flush=True)
"""
_BACK_UP = """
import sys
from pathlib import Path
from geo.store.backup import back_up
folder, n = Path(sys.argv[1]), 0
while True:
    n += 1
    name = f"{n % 3}.db"
    back_up(f"sqlite:///{folder / 'k.db'}", folder / name, force=True)
    print(name, flush=True)
"""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kill -9")]


def bring(store: Store, name: str) -> None:
    """Store a batch that takes some hundred pages."""
    row = {"unit_code": WILLOW_RIVER, "name": "站" * 40, "file": name, "sheet": None}
    records = [row | {"id": f"{name}-{n}", "row": n + 2} for n in range(2000)]
    store.write(NewBatch(name, name, "stations", records={"stations": records}))


def digest_of(path: Path) -> str:
    """A digest of all but the audit, which says of a restored store that it was restored."""
    with opened(path) as connection:
        assert damage(connection) == []
        return digest(connection, without=frozenset({"audit"}))


def killed(script: str, folder: Path, seconds: float) -> list[str]:
    """Run a script until its first line, let it go on for a while, kill it; the lines that it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    assert first
    return [first.strip(), *rest.split()]


def test_a_restore_is_whole_or_not_at_all(tmp_path: Path) -> None:
    chance = random.Random(6)
    store = fresh_store(tmp_path / "k.db")
    wanted = {}
    for name in "ab":
        bring(store, name)
        back_up(store.url, tmp_path / f"{name}.db")
        wanted[name] = digest_of(tmp_path / f"{name}.db")
    left = 0
    for _ in range(KILLS):
        done = killed(_RESTORE, tmp_path, chance.uniform(0, 0.25))
        assert digest_of(tmp_path / "k.db") in {wanted[done[-1]], wanted["a" if done[-1] == "b" else "b"]}
        assert not (tmp_path / "k.db-journal").exists()
        Store.open(store.url).layers()
        for kept in tmp_path.glob("k.2*.db"):
            assert digest_of(kept) in wanted.values()
            kept.unlink()
        for made in tmp_path.glob(".k.db.*"):
            left += 1
            made.unlink()
        assert {name: digest_of(tmp_path / f"{name}.db") for name in "ab"} == wanted
    assert left  # some kills did hit


def test_a_backup_is_whole_or_not_at_all(tmp_path: Path) -> None:
    chance = random.Random(7)
    store = fresh_store(tmp_path / "k.db")
    left = 0
    for n in range(KILLS):
        if n % 4 == 0:
            bring(store, str(n))
        before = {path.name: digest_of(path) for path in tmp_path.glob("[0-9].db")}
        now = digest_of(tmp_path / "k.db")
        done = killed(_BACK_UP, tmp_path, chance.uniform(0, 0.2))
        assert digest_of(tmp_path / "k.db") == now
        for path in tmp_path.glob("[0-9].db"):
            found = digest_of(path)
            assert found == now if path.name in done else found in {now, before.get(path.name)}
        for made in tmp_path.glob(".*.tmp*"):
            left += 1
            made.unlink()
    assert left
