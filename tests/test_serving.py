"""Several processes serve one store, and the units of systemd in docs/service name commands that there are."""

from __future__ import annotations

import configparser
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.serving import HANDED_DOWN, hand_down, served_app
from api.settings import Settings, variable
from tests.stored import fresh_store

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = Path(__file__).resolve().parent.parent / "docs" / "service"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of `kepu serve --workers 2`, ended with all its processes."""
    store = fresh_store(tmp_path / "k.db")
    store.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from api.cli import main; main()"
    given = ("serve", "--workers", "2", "--port", str(port), "--store", store.url)
    server = subprocess.Popen([sys.executable, "-c", code, *given], start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            assert server.wait(30) in (0, -signal.SIGINT, 130)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise


def test_two_processes_answer(address: str) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                assert answer.status == 200
            break
        except OSError:
            assert time.monotonic() < ends
            time.sleep(0.2)
    with urllib.request.urlopen(f"{address}/?as_of=2022-10-31", timeout=30) as answer:
        assert answer.status == 200
        assert "<h1" in answer.read().decode()


def test_each_process_takes_the_settings_of_the_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in HANDED_DOWN:
        monkeypatch.setenv(variable(name), "")
    settings = Settings(database_url=f"sqlite:///{tmp_path.as_posix()}/other.db", port=8123)
    hand_down(settings)
    assert Settings.from_environment() == settings
    assert served_app().state.parts.settings == settings


@pytest.mark.parametrize("name", ["kepu.service", "kepu-backup.service", "kepu-backup.timer"])
def test_units_are_whole(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / name, encoding="utf-8")
    assert unit.sections()[0] == "Unit"
    if name.endswith(".timer"):
        assert unit["Timer"]["OnCalendar"]
        return
    command = unit["Service"]["ExecStart"]
    words = shlex.split(command)
    words = shlex.split(words[-1])[1:] if words[0].endswith("/sh") else words
    told = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", words[1], "--help"],
        capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
    ).stdout  # fmt: skip
    assert all(word in told for word in words[2:] if word.startswith("--"))
