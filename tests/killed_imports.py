"""Imports in a process that is killed, and a log outside the store of what was acknowledged: what the store must hold.

Whoever got an answer has a batch that is whole; whoever got none has a whole one or nothing at all.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import closing
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from geo.intake.imports import import_file
from geo.store import Store
from geo.store.checking import check_store
from geo.store.tables import record_tables
from geo.store.verifying import verify
from tests.support import county
from tests.writing import write_csv

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

ROWS = 60
HEADER = ("编号", "乡镇", "村", "活动站名称", "面积(㎡)")
_CONTEXT: Any = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
_DAY = date(2022, 10, 1)


def import_on_and_on(url: str, log: str, folder: str, first: int, statement: int | None) -> None:
    """Import one list after another and write each down, until killed: by others, or before one of its statements."""
    if statement is not None:
        _die_before(statement)
    with closing(Store.open(url)) as store, Path(log).open("ab", buffering=0) as told:
        told.write(b"ready\n")
        for n in range(first, first + 10_000):
            path = write_csv(Path(folder) / f"{n}.csv", [HEADER, *_rows(n)])
            report = import_file(store, path, "stations", received_on=_DAY, place=county())
            told.write(f"{report.batch} {path.name}\n".encode())
            path.unlink()


def _rows(n: int) -> list[tuple[Any, ...]]:
    """A list of stations of its own, and one that each list tells anew."""
    own = [(f"ZD-{n}-{at}", "河口街道", "柳树村", f"站{n}-{at}", 40 + at) for at in range(ROWS - 1)]
    return [("ZD-0", "河口街道", "柳树村", "大家的站", n), *own]


def _die_before(statement: int) -> None:
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if done == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


class Killer:
    """Has lists imported into a store of the county, in process after process.

    `hot`: how often a transaction was left that had written; `unanswered`: batches that nobody was told of.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.kills = self.hot = self.unanswered = 0
        self._log = folder / "acknowledged.log"
        self._log.touch()
        _CONTEXT.set_forkserver_preload(["tests.killed_imports"])

    @cached_property
    def window(self) -> float:
        """How many seconds this machine takes from a process's start to its third answer."""
        process = self._start(None)
        self._wait(1)
        begun = time.monotonic()
        self._wait(4)
        taken = time.monotonic() - begun
        self._kill(process)
        return taken

    def kill_at(self, share: float) -> None:
        """Kill a process at some moment between its start and its third answer."""
        seconds, told = share * self.window, len(self._lines())
        process = self._start(None)
        self._wait(told + 1)
        time.sleep(seconds)
        self._kill(process)

    def kill_before(self, statement: int) -> None:
        """Let a process die before one of its statements to the database; `BEGIN`s and commits are some."""
        self._ended(self._start(statement))

    def _kill(self, process: BaseProcess) -> None:
        process.kill()
        self._ended(process)

    def _ended(self, process: BaseProcess) -> None:
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        self.kills += 1
        self.hot += (self.folder / "k.db-journal").exists()
        self.look()

    def _wait(self, lines: int) -> None:
        deadline = time.monotonic() + 60
        while len(self._lines()) < lines:
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def look(self) -> None:
        """Compare the store with the log: none lost, none halved, nothing else in it, and the audit agrees."""
        answered = [line.split() for line in self._lines() if line != "ready"]
        found = check_store(self.store.url)
        assert [fault.line() for fault in found.faults] == []
        with self.store.reading() as seen:
            assert verify(seen.connection).findings == []
            batches = seen.batches()
            table = record_tables["stations"]
            counted = select(table.c.batch, func.count()).group_by(table.c.batch)
            rows: dict[int, int] = dict(seen.connection.execute(counted).all())
        stored = {str(batch.batch): batch.file for batch in batches}
        assert len(dict(answered)) == len(answered)
        assert dict(answered).items() <= stored.items()
        assert [batch.batch for batch in batches] == list(range(1, len(batches) + 1))
        assert rows == {batch.batch: ROWS for batch in batches}
        self.unanswered = len(stored) - len(answered)
        assert self.unanswered <= self.kills  # each may have been killed between its commit and its answer

    def _start(self, before: int | None) -> BaseProcess:
        with self.store.reading() as seen:
            first = len(seen.batches()) + 1
        told = (self.store.url, str(self._log), str(self.folder), first, before)
        process: BaseProcess = _CONTEXT.Process(target=import_on_and_on, args=told)
        process.start()
        return process

    def _lines(self) -> list[str]:
        return self._log.read_text().splitlines()
