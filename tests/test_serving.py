"""Several processes serve one store, and the units of systemd in docs/service name commands that there are."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.serving import HANDED_DOWN, hand_down, served_app
from api.settings import Settings, variable
from geo.store import Store
from geo.store.condition import condition
from geo.store.verifying import verify
from tests.older_stores import REVISIONS, older_store
from tests.stored import fresh_store

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "from api.cli import main; main()"
UNITS = Path(__file__).resolve().parent.parent / "docs" / "service"


@contextmanager
def running(url: str, *more: str) -> Iterator[str]:
    """The address of `kepu serve`, ended with all its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = ("serve", "--port", str(port), "--store", url, *more)
    server = subprocess.Popen([sys.executable, "-c", RUN, *given], start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            assert server.wait(30) in (0, -signal.SIGINT, 130)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise


def health(address: str) -> dict[str, str]:
    """What /healthz says, once the server answers."""
    ends = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                told: dict[str, str] = json.load(answer)
                return told
        except OSError:
            assert time.monotonic() < ends
            time.sleep(0.2)


def test_two_processes_answer_and_count_together(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    store.close()
    with running(store.url, "--workers", "2") as address:
        assert health(address)["migrations"] == "ok"
        with urllib.request.urlopen(f"{address}/?as_of=2022-10-31", timeout=30) as answer:
            assert answer.status == 200
            assert "<h1" in answer.read().decode()
        for _ in range(30):
            urllib.request.urlopen(f"{address}/palette.css", timeout=30).close()
        counted = set()
        for _ in range(10):
            with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
                (line,) = re.findall(
                    r'^kepu_requests_total{[^}]*route="/palette.css"[^}]*} (.+)$', answer.read().decode(), re.MULTILINE
                )
                counted.add(float(line))
        assert counted == {30.0}


def test_a_store_of_the_schema_before_is_upgraded_by_serving(tmp_path: Path) -> None:
    url = older_store(tmp_path / "old.db", REVISIONS[-2])
    with running(url, "--workers", "2") as address:
        assert health(address)["migrations"] == "ok"
        with urllib.request.urlopen(f"{address}/?as_of=2022-10-31", timeout=30) as answer:
            assert answer.status == 200
    with closing(Store.open(url)) as store, store.reading() as seen:
        found = verify(seen.connection)
        assert not found.findings
        assert "upgrade" in [entry.action for entry in found.entries]
        assert condition(store).is_current


def test_a_store_of_a_newer_program_is_refused_in_one_line(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    store.close()
    with closing(sqlite3.connect(tmp_path / "k.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    told = subprocess.run(
        [sys.executable, "-c", RUN, "serve", "--store", store.url], capture_output=True, text=True, check=False
    )
    assert told.returncode == 2
    (line,) = told.stderr.splitlines()
    assert "请升级程序" in line


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
