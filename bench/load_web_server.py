"""The server of the load test: a store of its own with people in it, several workers, and what is left afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo.store import Store

DAY = "2022-10-31"
RULE = "17.village.station"
PASSWORD = "雪山脚下有一片向日葵"
RUN = "from api.cli import main; main()"
COUNTED = "大家一起数的活动站"


def kepu(*words: str) -> None:
    """Run a command of ours."""
    subprocess.run([sys.executable, "-c", RUN, *words], check=True, capture_output=True)


def prepared(folder: Path, given: Path | None, people: int) -> tuple[str, list[str], str]:
    """A store with people and a record to count up: its address, codes of villages, the record's id."""
    from argon2 import PasswordHasher
    from sqlalchemy import insert

    from geo.accounts.users import key_of
    from geo.intake.imports import import_file
    from geo.store import Store, clock
    from geo.store.account_tables import users

    path = folder / "kepu.db"
    if given is None:
        kepu("demo", "--out", str(folder))
    else:
        shutil.copy(given, path)
    url = f"sqlite:///{path.as_posix()}"
    stored, now = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4).hash(PASSWORD), clock.now().at
    with closing(Store.open(url)) as store:
        units = in_scope(store)
        with store.writing() as writing:
            for number in range(people):
                writing.connection.execute(insert(users).values(
                    number=1000 + number, name=name_of(number), name_key=key_of(name_of(number)), role="planner",
                    password=stored, disabled=False, made_at=now, password_set_at=now,
                ))  # fmt: skip
        listed = folder / "counted.csv"
        listed.write_text(f"单位代码,名称,专用/共用,面积\n{units[0]},{COUNTED},专用,1\n", encoding="utf-8-sig")
        assert import_file(store, listed, "stations").outcome == "stored"
        return url, units, str(counted(store)["id"])


def in_scope(store: Store) -> list[str]:
    """Codes of the villages that RULE is about."""
    from geo.assess import assess_store

    tasks = json.loads(assess_store(store, as_of=date.fromisoformat(DAY)).to_json())["tasks"]
    return [str(found["unit_code"]) for task in tasks for rule in task["rules"] if rule["id"] == RULE
            for found in rule["findings"]]  # fmt: skip


def name_of(number: int) -> str:
    """The name of one of the people."""
    return f"填报员{number:03d}"


def counted(store: Store) -> dict[str, object]:
    """The record that all count up."""
    table = store.layers()["stations"]
    (row,) = table[table["name"] == COUNTED].to_dict("records")
    return {str(name): value for name, value in row.items()}


@contextmanager
def serving(url: str, workers: int, log: Path) -> Iterator[str]:
    """`kepu serve` over a store; yields its address, ends it with all its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("serve", "--workers", str(workers), "--port", str(port), "--store", url)
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-c", RUN, *words], start_new_session=True, stderr=out, stdout=subprocess.DEVNULL
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, server)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        except OSError:
            if time.monotonic() > ends or server.poll() is not None:
                raise
            time.sleep(0.2)
        else:
            return
