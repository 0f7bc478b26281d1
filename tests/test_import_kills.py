"""`kill -9` at any moment of an import: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.killed_imports import Killer
from tests.stored import fresh_store

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kill -9")]


def test_imports_killed_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(11)
    killer = Killer(fresh_store(tmp_path / "k.db"), tmp_path)
    for _ in range(20):
        killer.kill_at(chance.random())
    assert killer.store.batches()


def test_imports_killed_before_each_of_their_statements(tmp_path: Path) -> None:
    killer = Killer(fresh_store(tmp_path / "k.db"), tmp_path)
    for statement in range(1, 60, 3):
        killer.kill_before(statement)
    assert killer.hot  # some kills did hit a transaction that had written
