"""Our whole import of a long workbook against pandas.read_excel alone on the same file. Prints ratios of one run.

python bench/bench_import.py [ROWS]

Ours reads, understands, checks and stores every row; theirs (`pandas.read_excel` with openpyxl) only
reads. Each runs in a process of its own, whose peak memory is printed, beside that of the process that reads
a large workbook for ours. Promised of 200,000 rows: at most half of their time. The ratio of processor times
says the same on a machine that has other work.
"""

from __future__ import annotations

import multiprocessing
import re
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import xlsxwriter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 200_000
HEADER = (
    *("序号", "代码", "乡镇（街道）", "村（社区）", "活动站名称", "专用/共用", "依托设施", "设备", "面积(平方米)"),
    *("建成日期", "开放时间", "经度", "纬度", "坐标系", "备注"),
)


def write(path: Path, rows: int) -> None:
    """A list of stations of all villages of the bundled place, again and again, with a title and merged cells above."""
    from geo.bundled import bundled_place
    from geo.place import read_place

    place = read_place(bundled_place())
    towns = dict(zip(place.townships["code"], place.townships["name"], strict=True))
    villages = place.villages[["code", "name", "township_code", "lon", "lat"]].to_dict("records")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("活动站")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write(0, 0, "科普活动站清单（2022年）（演示，虚构）")
        sheet.write_row(1, 0, HEADER)
        for n in range(rows):
            v = villages[n % len(villages)]
            sheet.write_row(n + 2, 0, (n + 1, v["code"], towns[v["township_code"]], v["name"], f"演示活动站{n}"))
            sheet.write_row(n + 2, 5, ("专用", "村委会", "投影仪2台", 60 + n % 90))
            sheet.write_datetime(n + 2, 9, date(2020, 1 + n % 12, 1 + n % 28), day)
            sheet.write_row(n + 2, 10, ("8:00-18:00", round(v["lon"], 6), round(v["lat"], 6), "CGCS2000", "演示"))


def ours(path: Path) -> int:
    """Import the file into a fresh store."""
    from geo.bundled import bundled_place
    from geo.intake.imports import import_file
    from geo.place import read_place
    from geo.store import Store

    folder = bundled_place()
    with tempfile.TemporaryDirectory() as where:
        url = f"sqlite:///{Path(where).as_posix()}/k.db"
        store = Store.create(url, read_place(folder), (folder / "plan.toml").read_text(encoding="utf-8"))
        report = import_file(store, path, "stations")
        assert report.outcome == "stored", [fault.line() for fault in report.faults[:5]]
        return report.records["stations"]


def theirs(path: Path) -> int:
    """Read the file and do nothing with it."""
    import pandas as pd

    return len(pd.read_excel(path, engine="openpyxl", header=1))


class Measured(NamedTuple):
    """What work took: rows read, seconds by the clock and of the processor, peak MiB of its process, of its child."""

    rows: int
    seconds: float
    processor: float
    memory: float
    apart: float


def measured(work: Callable[[Path], int], path: Path) -> Measured:
    """Measure work done in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, path))


def _measured(work: Callable[[Path], int], path: Path) -> Measured:
    start = time.perf_counter()
    rows = work(path)
    seconds = time.perf_counter() - start
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(used.ru_utime + used.ru_stime for used in spent)
    return Measured(rows, seconds, processor, _peak(), spent[1].ru_maxrss / 1024)


def _peak() -> float:
    """Peak memory of this process in MiB; what the system counts of the parent before the start is left out."""
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s*(\d+)", status.read_text()) if status.exists() else None
    return (int(told[1]) if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def main(arguments: list[str]) -> None:
    """Print both."""
    rows = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.xlsx"
        write(path, rows)
        print(f"{rows:,} rows × {len(HEADER)} columns, {path.stat().st_size / 1e6:.0f} MB")
        mine, other = measured(ours, path), measured(theirs, path)
    for name, took in (("ours, all of the import", mine), ("pandas.read_excel alone", other)):
        apart = f", reading apart {took.apart:4.0f} MiB" if took.apart else ""
        spent = f"{took.seconds:6.1f} s ({took.processor:.1f} s of the processor)"
        print(f"{name:>24}: {took.rows:,} rows, {spent}, peak {took.memory:4.0f} MiB{apart}")
    print(f"time: {mine.seconds / other.seconds:.2f} of theirs, processor {mine.processor / other.processor:.2f}; "
          "promised of 200,000 rows: 0.50")  # fmt: skip
    print(f"memory: {mine.memory / other.memory:.1f} of theirs")


if __name__ == "__main__":
    main(sys.argv[1:])
