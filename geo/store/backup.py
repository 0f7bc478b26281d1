"""Backup and restore: a store copied to a file as of one moment, checked, and named once it is whole.

A backup is an SQLite store, also that of a PostgreSQL one; it can be restored into either.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from geo.errors import StoreError, StoreExists, StoreMissing, StoreUnusable
from geo.store.engine import connect, readable, shown
from geo.store.files import in_the_making, publish, sqlite_path, sqlite_url
from geo.store.soundness import batch_count, damage, digest, opened, raw, revision, settle, told

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDE_FILES = ("-journal", "-wal", "-shm")
_LOCK_WAIT_S = 5.0


@dataclass(frozen=True)
class Copy:
    """A checked copy of a store: how many batches and bytes, and the digest that both have."""

    path: Path
    batches: int
    size: int
    digest: str


@dataclass(frozen=True)
class Restored:
    """A store that a backup has taken the place of. `kept`: where the former store is, None where there was none.

    `into`: the address of a PostgreSQL store; `copy` then is the backup.
    """

    copy: Copy
    kept: Path | None
    into: str = ""


def back_up(url: str, target: Path, *, force: bool = False) -> Copy:
    """Copy a store to a file while it may be in use.

    The copy is of one moment, has the content's digest and whole pages, and gets its name
    only then. Raises StoreExists where something stands there; `force` lets it take the
    place of an older backup, and of nothing else.
    """
    source = sqlite_path(url)
    if not target.parent.is_dir():
        msg = f"没有文件夹 {target.parent}；请先建好"
        raise StoreMissing(msg)
    _refuse_taken(source, target, force=force)
    with in_the_making(target) as temporary:
        made = _copied(source, temporary, target) if source else _taken_from(url, temporary, target)
        with told(target):
            if source:
                _as_readable_as(source, temporary)
            if force and target.exists():
                temporary.replace(target)
            else:
                _name(temporary, target)
            settle(target.parent)
    return made


def restore(url: str, source: Path, *, by: str = "") -> Restored:
    """Let a backup take the place of a store, or become one where there is none.

    What the backup holds is copied, checked and brought up to date first, and its audit says that it
    was restored, and by whom; then one renaming makes it the store, and the former store has a dated
    name beside it. Writers wait meanwhile; one that had the former store open is refused, so no batch
    goes astray. Of PostgreSQL, only an empty database or schema takes a backup.
    """
    target = sqlite_path(url)
    if target is None:
        return _put_into(url, source, by)
    if not target.parent.is_dir():
        msg = f"没有文件夹 {target.parent}；请先建好"
        raise StoreMissing(msg)
    if target.exists() and source.exists() and target.samefile(source):
        msg = f"{source.name} 就是数据库本身；请给出备份文件"
        raise StoreUnusable(msg)
    with in_the_making(target) as temporary:
        made = _copied(source, temporary, target)
        _modernise(temporary, source.name, by)
        if not target.exists():
            with told(target):
                _name(temporary, target)
                settle(target.parent)
            return Restored(made, None)
        return Restored(made, _exchange(temporary, target))


def _taken_from(url: str, temporary: Path, target: Path) -> Copy:
    """Copy a PostgreSQL store to a file."""
    from geo.store.copying import fill, opened_store

    with opened_store(url) as old:
        made = fill(old, sqlite_url(temporary))
    with told(target):
        temporary.chmod(0o600)
    with opened(temporary) as copy:
        return Copy(target, batch_count(copy), temporary.stat().st_size, made.digest)


def _put_into(url: str, source: Path, by: str) -> Restored:
    """Copy a backup into a PostgreSQL database that is empty."""
    from geo.store.copying import copy_store

    with TemporaryDirectory() as folder:
        temporary = Path(folder) / source.name
        made = _copied(source, temporary, source)
        _modernise(temporary, source.name, by)
        copy_store(sqlite_url(temporary), url)
    return Restored(made, None, into=shown(url))


def _refuse_taken(source: Path | None, target: Path, *, force: bool) -> None:
    if not target.exists():
        return
    if source is not None and source.exists() and source.samefile(target):
        msg = f"{target.name} 就是数据库本身；备份请写到别的文件"
        raise StoreExists(msg)
    if not force:
        msg = f"{target.name} 已存在；请换一个文件名，或加 --force 覆盖旧备份"
        raise StoreExists(msg)
    try:
        with opened(target):
            return
    except StoreError as error:
        msg = f"{target.name} 不是本程序的备份，不会覆盖；请换一个文件名"
        raise StoreExists(msg) from error


def _copied(source: Path, temporary: Path, target: Path) -> Copy:
    """Copy a store of one moment and check the copy. Raises StoreUnusable if either is not what it should be."""
    from geo.store.migrating import is_known

    with opened(source) as old:
        version = revision(old)
        if not is_known(version):
            msg = f"{source.name} 由更新版本的程序建立（结构 {version}）；请升级程序"
            raise StoreUnusable(msg)
        content, batches = digest(old), batch_count(old)
        with told(target), closing(sqlite3.connect(temporary)) as new:
            old.backup(new)
    with opened(temporary) as copy:
        if faults := damage(copy):
            msg = f"{source.name}：{faults[0]}" + (f"（共{len(faults)}处）" if faults[1:] else "")
            raise StoreUnusable(msg)
        if digest(copy) != content:
            msg = f"{target.name}：写下的内容与 {source.name} 不一致；请检查磁盘"
            raise StoreUnusable(msg)
    return Copy(target, batches, temporary.stat().st_size, content)


def _modernise(path: Path, name: str, by: str) -> None:
    """Bring a copy to this program's schema, note who restores it, and give it a mark of its own.

    With the former store's mark its versions would be taken for that one's.
    """
    from geo.store.audit import note_restored
    from geo.store.migrating import bring_up_to_date

    url = sqlite_url(path)
    engine = connect(url)
    try:
        bring_up_to_date(engine, name)
        with readable(url), engine.begin() as connection:
            note_restored(connection, by)
    finally:
        engine.dispose()
    with told(path), closing(raw(path)) as plain:
        plain.execute("UPDATE place SET store_id = ?", (uuid.uuid4().hex,))


def _name(temporary: Path, path: Path) -> None:
    try:
        publish(temporary, path)
    except FileExistsError:
        msg = f"{path.name} 已存在（刚刚由别的程序写下）；本次没有覆盖"
        raise StoreExists(msg) from None


def _as_readable_as(model: Path, path: Path) -> None:
    """Let whom read a copy who may read the original; not every disk can tell."""
    with suppress(OSError):
        shutil.copymode(model, path)


def _exchange(temporary: Path, path: Path) -> Path:
    """Put a finished store in the place of another, which keeps a dated name."""
    with told(path), ExitStack() as stack:
        held = stack.enter_context(_held(path))
        _as_readable_as(path, temporary)
        kept = _keep(path, held)
        if os.name == "nt":  # an open file can't be replaced there
            stack.close()
        temporary.replace(path)
        settle(path.parent)
    return kept


@contextmanager
def _held(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Keep writers out of a store, all that it holds in its one file; None for one too damaged to be opened."""
    connection = raw(path)
    try:
        connection.execute(f"PRAGMA busy_timeout={int(_LOCK_WAIT_S * 1000)}")
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
            yield None
        except sqlite3.DatabaseError:
            yield None
        else:
            yield connection
    finally:
        connection.close()


def _keep(path: Path, held: sqlite3.Connection | None) -> Path:
    """Give a store's file a second, dated name; where the file system has none, a copy.

    The file is never opened here but by SQLite: to close it again would drop the lock.
    """
    kept = _dated(path)
    if held is None:
        for ending in _SIDE_FILES:  # a journal left beside would be rolled back into the new store
            side = path.with_name(path.name + ending)
            if side.exists():
                side.replace(kept.with_name(kept.name + ending))
    try:
        os.link(path, kept)
    except OSError:
        if held is None:
            path.replace(kept)
        else:
            with in_the_making(kept) as temporary:
                with closing(raw(path)) as reader, closing(sqlite3.connect(temporary)) as copy:
                    reader.backup(copy)  # not from `held`: a connection that writes can't be copied from
                temporary.replace(kept)
    settle(path.parent)
    return kept


def _dated(path: Path) -> Path:
    now = f"{datetime.now():%Y%m%d-%H%M%S}"
    names = (path.with_name(f"{path.stem}.{now}{f'-{n}' if n > 1 else ''}{path.suffix}") for n in count(1))
    return next(name for name in names if not name.exists())
