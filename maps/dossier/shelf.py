"""Dossiers that are kept: one folder each with its order, how far it is, the files and a ZIP of them.

Each is made by a process of its own (`maps.dossier.maker`), so that pages answer meanwhile. It writes how
far it is every few seconds; whose last word is older than `STALE_S` is taken for dead. A new dossier begins
with the files of the newest one, so only what changed is made again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, Literal

from geo.store.files import sqlite_path
from maps.dossier.locks import locked
from maps.errors import DossierBusy, UnknownDossier

if TYPE_CHECKING:
    from maps.dossier.edition import Edition

STALE_S: Final = 60.0
BEAT_S: Final = 5.0
TELL_S: Final = 0.3
ORDER, STATE, STOP, LOG = "order.json", "state.json", "stop", "maker.log"
FILES, ARCHIVE = "files", "dossier.zip"
ORDERING: Final = ".ordering"

DossierState = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class DossierOrder:
    """What to make; days ISO 8601, `township` a 12-digit code. The rest is as in `edition.Edition`."""

    as_of: str
    known_on: str | None = None
    before: str | None = None
    township: str | None = None
    paper: str = "A3"
    public: bool = False
    review_number: str | None = None
    entered_by: str | None = None
    address: str | None = None
    by: str = ""


@dataclass(frozen=True)
class Progress:
    """How a dossier stands. `path`: the file made last; `fault`: why it failed, in a line for users."""

    state: DossierState = "running"
    done: int = 0
    total: int = 0
    path: str = ""
    fault: str = ""
    made: int = 0
    kept: int = 0
    size: int = 0
    """Of the ZIP, in bytes."""


@dataclass(frozen=True)
class Dossier:
    """One on the shelf."""

    id: str
    order: DossierOrder
    made_at: datetime
    progress: Progress
    folder: Path = field(repr=False)

    @property
    def archive(self) -> Path:
        """The ZIP of all files."""
        return self.folder / ARCHIVE

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.progress.state != "running"


def shelf_beside(url: str) -> Path:
    """Return where dossiers are kept by default: beside an SQLite file, else in the current folder."""
    path = sqlite_path(url) or Path("kepu.db")
    return path.with_name(f"{path.name}-dossiers")


class Shelf:
    """A folder of dossiers of one store."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url

    def order(self, order: DossierOrder) -> Dossier:
        """Begin to make a dossier. Raises DossierBusy while another is being made, DossierRefused for a bad order."""
        check_mode(order)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with locked(self._folder / ORDERING):
                return self._order(order)
        except BlockingIOError as error:
            msg = "别人正在下达制作档案，请稍后再试"
            raise DossierBusy(msg, "") from error

    def _order(self, order: DossierOrder) -> Dossier:
        if (other := next((each for each in self.listed() if not each.is_over), None)) is not None:
            msg = "已有一套档案正在制作，请等它做完，或先停止它"
            raise DossierBusy(msg, other.id)
        now = datetime.now(UTC)
        number = f"{now:%Y%m%d%H%M%S%f}{uuid.uuid4().hex[:8]}"
        folder = self._folder / number
        folder.mkdir(parents=True, mode=0o700)
        self._begin_with_newest(order, folder)
        _write(folder / ORDER, {**asdict(order), "made_at": now.isoformat()})
        tell(folder, Progress())
        environment = {**os.environ, "KEPU_DATABASE_URL": self._url}
        with (folder / LOG).open("wb") as log:
            maker = subprocess.Popen(
                [sys.executable, "-m", "maps.dossier.maker", str(folder)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=os.name != "nt",
            )
        Thread(target=maker.wait, name="kepu-dossier", daemon=True).start()
        return self.get(number)

    def listed(self) -> list[Dossier]:
        """Return all, newest first."""
        if not self._folder.is_dir():
            return []
        names = sorted((path.name for path in self._folder.iterdir() if (path / ORDER).is_file()), reverse=True)
        return [self.get(name) for name in names]

    def get(self, number: str) -> Dossier:
        """Return one. Raises UnknownDossier."""
        folder = self._folder / number
        if not number.isalnum() or not (folder / ORDER).is_file():
            msg = f"没有编号为“{number}”的档案；可能已经删除"
            raise UnknownDossier(msg)
        told = _read(folder / ORDER)
        made_at = datetime.fromisoformat(told.pop("made_at"))
        return Dossier(number, DossierOrder(**told), made_at, _progress(folder), folder)

    def stop(self, number: str) -> None:
        """Let one stop after the file that it works on; one that has ended stays as it is."""
        found = self.get(number)
        if not found.is_over:
            (found.folder / STOP).touch()

    def remove(self, number: str) -> None:
        """Delete one that has ended. Raises DossierBusy while it is being made."""
        found = self.get(number)
        if not found.is_over:
            msg = "这套档案正在制作，请先停止它"
            raise DossierBusy(msg, number)
        shutil.rmtree(found.folder)

    def _begin_with_newest(self, order: DossierOrder, folder: Path) -> None:
        """Link the files of the newest dossier of the same kind; building replaces files, it never writes into one."""
        kind = (order.township, order.public, order.paper)
        for other in self.listed():
            same = (other.order.township, other.order.public, other.order.paper) == kind
            if other.id != folder.name and same and other.progress.state == "done":
                shutil.copytree(other.folder / FILES, folder / FILES, copy_function=_link)
                return


def make(folder: Path, url: str) -> None:
    """Make the dossier that a folder of the shelf orders, and tell there how it goes."""
    from geo.errors import KepuError
    from geo.store import Store
    from maps.dossier.archive import write_archive
    from maps.dossier.building import build

    told = _Teller(folder)
    try:
        store = Store.open(url)
        edition = _edition(store, DossierOrder(**{k: v for k, v in _read(folder / ORDER).items() if k != "made_at"}))
        built = build(edition, folder / FILES, progress=told)
        write_archive(folder / FILES, folder / ARCHIVE, edition.as_of)
        size = (folder / ARCHIVE).stat().st_size
        told.end(replace(told.progress, state="done", made=len(built.made), kept=len(built.kept), size=size))
    except Stopped:
        told.end(replace(told.progress, state="cancelled"))
    except KepuError as error:
        told.end(replace(told.progress, state="failed", fault=str(error)))
    except OSError as error:
        fault = f"写不了文件：{error.strerror or '未知原因'}；请检查磁盘空间和权限"
        told.end(replace(told.progress, state="failed", fault=fault))
    except BaseException:
        told.end(replace(told.progress, state="failed", fault="程序内部出错，详情见这套档案的 maker.log"))
        raise


class Stopped(Exception):
    """Somebody asked to stop."""


class _Teller:
    """Writes how far a dossier is, at most a few times a second, and hears whether to stop."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._told_at = folder, 0.0
        self._over = Event()
        self.progress = Progress()
        Thread(target=self._beat, name="kepu-dossier-beat", daemon=True).start()

    def _beat(self) -> None:
        """Say that it goes on, however long one file takes."""
        while not self._over.wait(BEAT_S):
            (self._folder / STATE).touch()

    def __call__(self, done: int, total: int, path: str) -> None:
        self.progress = replace(self.progress, done=done, total=total, path=path)
        if (self._folder / STOP).exists():
            raise Stopped
        if time.monotonic() - self._told_at > TELL_S:
            self._told_at = time.monotonic()
            tell(self._folder, self.progress)

    def end(self, progress: Progress) -> None:
        """Tell how it ended."""
        self._over.set()
        self.progress = progress
        tell(self._folder, progress)


def check_mode(order: DossierOrder) -> None:
    """Refuse what no edition can be. Raises DossierRefused."""
    from maps.dossier.edition import check

    check(
        as_of=date.fromisoformat(order.as_of),
        before=date.fromisoformat(order.before) if order.before else None,
        paper=order.paper,
        public=order.public,
        review_number=order.review_number,
        entered_by=order.entered_by,
    )


def _edition(store: Any, order: DossierOrder) -> Edition:
    from maps.dossier.edition import edition_of

    return edition_of(
        store,
        as_of=date.fromisoformat(order.as_of),
        known_on=date.fromisoformat(order.known_on) if order.known_on else None,
        before=date.fromisoformat(order.before) if order.before else None,
        township=order.township,
        paper=order.paper,
        public=order.public,
        review_number=order.review_number,
        entered_by=order.entered_by,
        address=order.address,
    )


def tell(folder: Path, progress: Progress) -> None:
    """Write how a dossier stands, whole or not at all."""
    _write(folder / STATE, asdict(progress))


def _progress(folder: Path) -> Progress:
    path = folder / STATE
    try:
        found, told_at = Progress(**_read(path)), path.stat().st_mtime
    except (OSError, ValueError, TypeError):
        return Progress("failed", fault="进度记录读不出来")
    if found.state == "running" and time.time() - told_at > STALE_S:
        return replace(found, state="failed", fault="制作中断：服务停止过，或机器重启过。请重新制作")
    return found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a disk without links
        shutil.copyfile(source, target)


def _read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def _write(path: Path, told: dict[str, Any]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
