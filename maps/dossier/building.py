"""Puts a dossier into its folder: only what changed is made, people's own files stay, the manifest comes last.

Files are made in a draft folder inside and moved in when all of them are there. Whoever interrupts it
leaves the old dossier with its manifest, or, in the moment of moving, a folder without one.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from maps.dossier.locks import locked
from maps.dossier.manifest import NAME, Entry, Manifest, about, digest_of, read_manifest
from maps.dossier.pieces import Making, Piece
from maps.errors import DossierRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from maps.dossier.edition import Edition

    Progress = Callable[[int, int, str], None]
    Work = tuple[Piece, Path, Mapping[str, Path]]
    """A piece, the dossier's folder, and where its sources are."""

PARTS: Final = ("atlas", "comparison", "report", "ledgers", "gis", "spot_book", "boxes")
"""The modules of `maps.dossier` that give pieces, each by a function `pieces(edition)`; `contents` lists them all."""
DRAFT: Final = ".draft"
MARK: Final = ".kepu-dossier"


@dataclass(frozen=True)
class Built:
    """What became of a dossier: paths made anew, kept, removed, and files of people that stand beside ours."""

    made: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    set_aside: tuple[str, ...]
    manifest: Manifest = field(repr=False)


def build(edition: Edition, folder: Path, *, progress: Progress | None = None, processes: int = 2) -> Built:
    """Make or renew a dossier in a folder.

    `progress(done, total, path)` is called after each file and may raise to stop it. Raises DossierRefused
    if the folder holds something else; a full disk is an OSError and leaves the old dossier as it was.
    A file of ours that somebody has changed since is kept beside the new one.
    """
    _opened(folder)
    try:
        with locked(folder / MARK):
            return _build(edition, folder, progress, processes)
    except BlockingIOError as error:
        msg = f"文件夹 {folder.name} 正在由另一个程序制作：请等它做完，或换一个文件夹"
        raise DossierRefused(msg) from error


def _build(edition: Edition, folder: Path, progress: Progress | None, processes: int) -> Built:
    before = _opened(folder)
    if before is not None and before.edition == edition.digest and not _changed(before, folder):
        return Built((), tuple(before.files), (), (), before)
    draft = folder / DRAFT
    if draft.is_symlink() or draft.is_file():
        draft.unlink()
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        files, made = _make(edition, _all_pieces(edition), folder, before, progress, processes)
        aside = _move_in(folder, draft, before, files, made)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    removed = tuple(sorted(set(before.files) - set(files))) if before else ()
    manifest = Manifest(about(edition), edition.digest, files)
    manifest.write(folder)
    kept = tuple(sorted(set(files) - set(made)))
    return Built(tuple(made), kept, removed, tuple(aside), manifest)


def _opened(folder: Path) -> Manifest | None:
    folder.mkdir(parents=True, exist_ok=True)
    before = read_manifest(folder)
    if before is None and not (folder / MARK).exists() and any(folder.iterdir()):
        msg = f"文件夹 {folder.name} 里有别的文件：请换一个空文件夹"
        raise DossierRefused(msg)
    return before


def _changed(manifest: Manifest, folder: Path) -> list[str]:
    return [
        path
        for path, entry in manifest.files.items()
        if not (folder / path).is_file() or digest_of(folder / path) != entry.sha256
    ]


def _all_pieces(edition: Edition) -> list[Piece]:
    found: list[Piece] = []
    for name in PARTS:
        found += import_module(f"maps.dossier.{name}").pieces(edition)
    found += import_module("maps.dossier.contents").pieces(edition, found)
    twice = {piece.path for piece in found if sum(other.path == piece.path for other in found) > 1}
    if twice:
        msg = f"two pieces of one path: {sorted(twice)}"
        raise ValueError(msg)
    return found


def _make(
    edition: Edition,
    pieces: Sequence[Piece],
    folder: Path,
    before: Manifest | None,
    progress: Progress | None,
    processes: int,
) -> tuple[dict[str, Entry], list[str]]:
    """Return the entries of all pieces, and the paths of those that had to be made."""
    files: dict[str, Entry] = {}
    made: list[str] = []
    with _pool(edition, processes) as run:
        for step in _in_steps(pieces):
            due: list[tuple[Piece, str]] = []
            for piece in step:
                key = piece.key(edition.version, [files[path].sha256 for path in piece.sources])
                old = before.files.get(piece.path) if before else None
                if old is not None and old.key == key and _stands(folder / piece.path, old):
                    files[piece.path] = old
                else:
                    due.append((piece, key))
            work = [(piece, folder, {path: _where(folder, path, made) for path in piece.sources}) for piece, _ in due]
            for (piece, key), _ in zip(due, run(work), strict=True):
                target = folder / DRAFT / piece.path
                files[piece.path] = Entry(digest_of(target), target.stat().st_size, key)
                made.append(piece.path)
                if progress is not None:
                    progress(len(files), len(pieces), piece.path)
    return files, made


def _stands(path: Path, entry: Entry) -> bool:
    return path.is_file() and path.stat().st_size == entry.size and digest_of(path) == entry.sha256


def _where(folder: Path, path: str, made: Sequence[str]) -> Path:
    return folder / DRAFT / path if path in made else folder / path


def _in_steps(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Group pieces so that each comes after its sources."""
    known = {piece.path for piece in pieces}
    done: set[str] = set()
    left = list(pieces)
    while left:
        step = [piece for piece in left if all(path in done or path not in known for path in piece.sources)]
        if not step:
            msg = f"pieces wait for each other: {[piece.path for piece in left]}"
            raise ValueError(msg)
        yield step
        done |= {piece.path for piece in step}
        left = [piece for piece in left if piece.path not in done]


@contextmanager
def _pool(edition: Edition, processes: int) -> Iterator[Callable[[Iterable[Work]], Iterator[None]]]:
    """Hand out what runs pieces in several processes, or in this one; each process holds the edition once."""
    if processes == 1:
        yield partial(map, partial(_make_one, edition))
        return
    executor = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_hold, initargs=(edition,))
    try:
        yield partial(executor.map, _make_held)
    finally:
        executor.shutdown(cancel_futures=True)


_HELD: list[Edition] = []


def _hold(edition: Edition) -> None:
    _HELD[:] = [edition]
    Thread(target=_end_with, args=(parent_process(),), name="kepu-parent", daemon=True).start()


def _end_with(parent: Any) -> None:
    """End this process with the one that it works for: one that is killed cannot tell it to."""
    parent.join()
    os._exit(1)


def _make_held(work: Work) -> None:
    _make_one(_HELD[0], work)


def _make_one(edition: Edition, work: Work) -> None:
    piece, folder, sources = work
    target = folder / DRAFT / piece.path
    target.parent.mkdir(parents=True, exist_ok=True)
    piece.make(Making(edition, target, sources), *piece.told)


def _move_in(
    folder: Path, draft: Path, before: Manifest | None, files: Mapping[str, Entry], made: Sequence[str]
) -> list[str]:
    """Move new files in and old ones out; returns where changed files of ours were set aside."""
    old = before.files if before else {}
    _refuse_links(folder, {*files, *old})
    (folder / NAME).unlink(missing_ok=True)
    aside: list[str] = []
    for path in sorted({*made, *old}):
        there = folder / path
        gone = path not in files
        if there.exists() and (gone or path in made) and not _is_ours(there, old.get(path), files.get(path)):
            beside = _free_name(there)
            there.rename(beside)
            aside.append(beside.relative_to(folder).as_posix())
        if path in made:
            there.parent.mkdir(parents=True, exist_ok=True)
            (draft / path).replace(there)
        elif gone:
            there.unlink(missing_ok=True)
    held = {parent for path in old for parent in (folder / path).parents if folder in parent.parents}
    for empty in sorted(held, reverse=True):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
    return aside


def _is_ours(there: Path, *entries: Entry | None) -> bool:
    """Say whether a file is as it was made last, or as an interrupted run left it."""
    return there.is_file() and digest_of(there) in {entry.sha256 for entry in entries if entry is not None}


def _refuse_links(folder: Path, paths: Iterable[str]) -> None:
    """Raise DossierRefused where a folder of the dossier is a link: what is written there would land elsewhere."""
    for parent in sorted({parent for path in paths for parent in (folder / path).parents if folder in parent.parents}):
        if parent.is_symlink():
            msg = f"{parent.relative_to(folder).as_posix()} 是指向别处的链接：请换一个空文件夹，或删去这个链接"
            raise DossierRefused(msg)


def _free_name(path: Path) -> Path:
    for number in range(1, 1000):
        free = path.with_name(f"{path.stem}（修改稿{number}）{path.suffix}")
        if not free.exists():
            return free
    msg = f"{path.name} 的修改稿太多：请先移走一些"
    raise DossierRefused(msg)
