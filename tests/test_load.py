"""People at work on several processes for some seconds: the load test of bench/, small."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo import demo_store

LOAD = Path(__file__).resolve().parent.parent / "bench" / "load_web.py"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="several processes")
def test_people_at_work_lose_nothing(tmp_path: Path) -> None:
    demo_store(tmp_path / "demo.db").close()
    given = ("--seconds", "5", "--people", "8", "--workers", "2", "--store", str(tmp_path / "demo.db"))
    ran = subprocess.run([sys.executable, str(LOAD), *given], capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "every promise held" in ran.stdout
