"""The wheel works alone: a clean environment, another folder, nothing of the checkout."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
SUFFIX = ".exe" if os.name == "nt" else ""


def run(*command: str | Path, cwd: Path) -> str:
    """Run to the end and return standard output; settings of the caller's shell don't reach it."""
    hidden = ("PYTHON", "KEPU_", "VIRTUAL_ENV", "MAKE", "MFLAGS", "COVERAGE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | {"PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built by the command of `make wheel`."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (built,) = folder.glob("kepu_atlas-*.whl")
    return built


def test_wheel_carries_packages_data_and_front_end(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    places = {path.parent.name for path in (ROOT / "data").glob("*/place.toml")}
    assert places
    wanted = {f"geo/_data/{place}/{name}" for place in places for name in ("place.toml", "plan.toml")}
    wanted |= {f"maps/assets/vendor/leaflet/{name}" for name in ("leaflet.js", "leaflet.css", "LICENSE")}
    assert not wanted - names
    for package in ("geo", "maps", "api"):
        sources = (path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        missing = {path.relative_to(ROOT).as_posix() for path in sources if path.suffix != ".db"} - names
        assert missing <= {"maps/assets/collect.py"}


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"geo", "maps", "api", "kepu_atlas"}
    assert not [name for name in names if name.endswith((".pyc", ".db")) or "/make_" in name or "/sources/" in name]


@pytest.mark.slow
def test_demo_runs_from_the_bare_wheel(wheel: Path, tmp_path: Path) -> None:
    home, elsewhere, out = tmp_path / "venv", tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    venv.create(home, with_pip=False)
    python = home / SCRIPTS / f"python{SUFFIX}"
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*install, "--require-hashes", "-r", ROOT / "locks" / "runtime.txt", cwd=elsewhere)
    run(*install, "--no-deps", wheel, cwd=elsewhere)
    run(sys.executable, "-m", "pip", "--python", python, "check", cwd=elsewhere)

    run(home / SCRIPTS / f"kepu{SUFFIX}", "demo", "--out", out, cwd=elsewhere)

    found = run(python, "-c", "import geo, maps, api; print(geo.__file__, maps.__file__, api.__file__)", cwd=elsewhere)
    assert str(ROOT) not in found
    assert "<html" in (out / "map.html").read_text(encoding="utf-8")
    assessment = json.loads((out / "assessment.json").read_bytes())
    assert [task["no"] for task in assessment["tasks"]] == list(range(1, 32))
    with (out / "gaps.csv").open(encoding="utf-8-sig", newline="") as gaps:
        assert len(list(csv.reader(gaps))) > 1
