"""Have staged vector files read by GDAL in a process of its own, bounded and without network."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from geo.files import bounded, vector_child
from geo.files.content import unreadable
from geo.files.vector_sources import DRIVERS, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from geo.errors import UnreadableFile
    from geo.words.cells import Cell

MEMORY_BYTES, SECONDS = 400 * 1024 * 1024, 25
"""What one file may take: the child's address space (where the system can bound it), and its time."""
_MOST_CELLS = 4_000_000
_NO_NETWORK = {
    "GDAL_HTTP_PROXY": "off://none",  # a scheme that curl refuses before it opens a connection
    "GDAL_HTTPS_PROXY": "off://none",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "PROJ_NETWORK": "OFF",
    "GDAL_CONFIG_FILE": os.devnull,
    "GDAL_DRIVER_PATH": "disable",
}


@dataclass
class ReadLayer:
    """A layer as GDAL read it, called by its file's name where it has none of its own.

    `rows`: its features, each its fields' cells, longitude and latitude on the layer's own
    datum. `crs`: its name, its `datum` (wgs84, cgcs2000 or None for any other) and whether
    it is `projected`; None where the layer names none. `inner` counts features of which a
    point inside stands for the whole, `unread` those of a kind that isn't read.
    """

    source: Source
    name: str
    fields: list[str] = field(default_factory=list)
    crs: dict[str, Any] | None = None
    encoding: str | None = None
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    inner: int = 0
    unread: int = 0


def read_staged(
    folder: Path, staged: Sequence[tuple[Source, Path, Sequence[str]]], *, lines: bool = False
) -> list[ReadLayer]:
    """Read files staged in a folder of ours, each with the encodings to try on it if it is a shapefile.

    With `lines`, a feature's longitude is its line as hexadecimal WKB in degrees, None for what is no line.

    Raises UnreadableFile if GDAL can't read one, or would need more memory or time than a file may take.
    """
    drivers = sorted({driver for source, *_ in staged for driver in DRIVERS[source.format]})
    job = {
        "memory": MEMORY_BYTES,
        "seconds": SECONDS,
        "drivers": drivers,
        "sources": [
            {"path": path.name, "format": source.format, "encodings": list(tried), "lines": lines}
            for source, path, tried in staged
        ],
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    name = staged[0][0].file
    _run(folder, drivers, name)
    with (folder / "answer.jsonl").open(encoding="utf-8") as told:
        return _layers(told, staged, name)


def environment(drivers: Iterable[str]) -> dict[str, str]:
    """Return the child's variables: all other drivers skipped, no network, nobody's secrets."""
    import pyogrio

    skipped = ",".join(sorted(set(pyogrio.list_drivers()) - set(drivers)))
    own = {"GDAL_NUM_THREADS": "1", "OGR_SKIP": skipped, "SHAPE_RESTORE_SHX": "YES"}
    return {**bounded.environment(), **_NO_NETWORK, **own}


def _run(folder: Path, drivers: Sequence[str], name: str) -> None:
    try:
        code = bounded.run(vector_child.__name__, folder, environment(drivers), SECONDS)
    except subprocess.TimeoutExpired:
        raise unreadable(name, "slow", f"解析超过{SECONDS}秒，已中止", "请拆成几份，或简化图形后再交") from None
    if code:
        raise _refused(code, name)


def _refused(code: int, name: str) -> UnreadableFile:
    if code == vector_child.EXIT_ENCODING:
        return unreadable(name, "encoding", "属性表的文字编码认不出", "请从 GIS 软件里按 UTF-8 编码重新导出")
    if code == vector_child.EXIT_DAMAGED:
        return unreadable(name, "damaged", "不是完好的矢量文件", "请从 GIS 软件里重新导出")
    if code == vector_child.EXIT_DRIVERS:
        return unreadable(name, "drivers", "GDAL 装载了不允许的格式驱动，没有解析", "请重新安装本软件")
    told = f"解析所需的内存超过{MEMORY_BYTES >> 20}兆字节，或文件已损坏，已中止"
    return unreadable(name, "memory", told, "请拆成几份，或简化图形后再交")


def _layers(lines: Iterable[str], staged: Sequence[tuple[Source, Path, Any]], name: str) -> list[ReadLayer]:
    found: list[ReadLayer] = []
    left = _MOST_CELLS
    kept: dict[str, str] = {}  # texts often repeat
    for line in lines:
        told = json.loads(line, object_hook=_day)
        if isinstance(told, dict):
            source, path, _ = staged[told.pop("source")]
            called = told.pop("layer").replace(path.stem, source.stem)
            found.append(ReadLayer(source, source.stem if source.format == "gpx" else called, **told))
            continue
        left -= len(told)
        if left < 0:
            raise unreadable(name, "large", f"要素和字段太多（超过{_MOST_CELLS}格）", "请拆成几份后再交")
        *cells, inner = told
        found[-1].rows.append(tuple(kept.setdefault(cell, cell) if isinstance(cell, str) else cell for cell in cells))
        found[-1].inner += inner
    return found


def _day(told: dict[str, Any]) -> Any:
    """Turn {"day": …} into a date, or a date and time."""
    if "day" not in told:
        return told
    moment = datetime.fromisoformat(told["day"])
    return moment.date() if moment == datetime(moment.year, moment.month, moment.day) else moment
