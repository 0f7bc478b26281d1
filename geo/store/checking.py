"""Check a store: its file, its schema, and whether what it holds can be true. Nothing is changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from geo.admin.gazetteer import CODE_DIGITS
from geo.errors import PlanError, StoreUnusable
from geo.faults import Fault
from geo.intake.positions import CHINA_LAT, CHINA_LON
from geo.plans.rules import read_plan
from geo.schema import LAYERS
from geo.store.digests import store_digest
from geo.store.engine import connect, readable, shown
from geo.store.evidence_check import evidence_faults
from geo.store.files import sqlite_path
from geo.store.known import in_force
from geo.store.migrating import head, is_known
from geo.store.soundness import damage, opened, revision
from geo.store.standing import need_store
from geo.store.tables import base_tables, batches, complete_lists, place, plans, record_tables, reported_none
from geo.store.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Table

    from geo.faults import Severity

_MOST_OF_A_KIND = 200
_AT_ONCE = 50_000
_LEFT_BEHIND_S = 3600
_INVALID = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交",
    "Nested holes": "洞中有洞",
    "Hole lies outside shell": "洞在外环之外",
    "Interior is disconnected": "内部不相连",
    "Too few points in geometry component": "点数太少",
    "Invalid Coordinate": "坐标不是数",
}


@dataclass(frozen=True)
class Checked:
    """What a check found: errors where the store is not sound, warnings where something in it can't be true."""

    faults: Sequence[Fault]
    batches: int
    records: int
    digest: str | None = None


def check_store(url: str, *, digest: bool = False) -> Checked:
    """Look a store over; `digest` asks for one of all that it holds.

    Raises StoreMissing, or StoreUnusable where it is not one that this program can read.
    """
    path = sqlite_path(url)
    faults = [] if path is None else [*_file_faults(path), *_left_behind(path)]
    if any(fault.code in {"damaged", "older-schema"} for fault in faults):
        return Checked(faults, 0, 0)
    engine = connect(url)
    try:
        with readable(url), engine.connect() as connection, connection.begin():
            need_store(connection, shown(url))
            if path is None and (older := list(_schema_faults(_revision(connection), shown(url)))):
                return Checked(older, 0, 0)
            check = _Check(connection, shown(url))
            faults += check.faults()
            records = sum(map(check.count, record_tables.values()))
            told = store_digest(connection) if digest else None
            return Checked(faults, check.count(batches), records, told)
    finally:
        engine.dispose()


def _file_faults(path: Path) -> Iterator[Fault]:
    with opened(path) as connection:
        version = revision(connection)
        faults = [*_schema_faults(version, path.name)]
        for told in damage(connection):
            yield Fault("error", "damaged", path.name, told, "请用 kepu restore 恢复最近的备份")
    yield from faults


def _schema_faults(version: str | None, name: str) -> Iterator[Fault]:
    """What to say of a schema that isn't this program's. Raises StoreUnusable for a newer program's."""
    if not is_known(version):
        msg = f"{name} 由更新版本的程序建立（结构 {version}）；请升级程序"
        raise StoreUnusable(msg)
    if version != head():
        told, remedy = f"结构是 {version}，本程序的是 {head()}", "请先备份；下次使用时自动升级，之后再检查一次"
        yield Fault("warning", "older-schema", name, told, remedy)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _left_behind(path: Path) -> Iterator[Fault]:
    """Files that a power cut left while a store was made, backed up or restored here."""
    for left in sorted(path.parent.glob(f".{path.name}.*.tmp*")):
        if left.stat().st_mtime < time.time() - _LEFT_BEHIND_S:
            yield Fault("warning", "left-behind", left.name, "中断时留下的临时文件，不属于数据库", "可以删除")


@dataclass(frozen=True)
class _Check:
    """One look at what a store holds; `name`: what messages call it."""

    connection: Connection
    name: str

    def faults(self) -> list[Fault]:
        found = [*self._place(), *self._batches()]
        known = self._units()
        for layer, table in base_tables.items():
            found += self._base(layer, table)
        for layer, table in record_tables.items():
            found += self._records(layer, table, known)
        found += self._declared(reported_none, "unit_code", known) + self._declared(complete_lists, "scope_code", known)
        found += [self._error("evidence", told) for told in evidence_faults(self.connection)]
        return [*found, *self._audit()]

    def count(self, table: Table) -> int:
        return int(self.connection.execute(select(func.count()).select_from(table)).scalar_one())

    def _error(self, code: str, told: str) -> Fault:
        return Fault("error", code, self.name, told, "请用 kepu restore 恢复最近的备份")

    def _place(self) -> Iterator[Fault]:
        rows = self.connection.execute(select(place)).all()
        if len(rows) != 1:
            yield self._error("place", "没有地区数据" if not rows else f"有{len(rows)}个地区的数据")
            return
        if rows[0].boundary is not None:
            for _, told in _odd_shapes([rows[0].boundary]):
                yield Fault("warning", "geometry", self.name, f"县（市）界{told}", "请改好地区数据后重新建库")
        stored = self.connection.execute(select(plans).order_by(plans.c.number)).all()
        if not stored:
            yield self._error("plan", "没有方案")
        for plan in stored[-1:]:
            try:
                read_plan(plan.text, file=plan.file, units=self._units())
            except PlanError as error:
                yield self._error("plan", f"方案读不出：{error}")

    def _units(self) -> set[str]:
        found = {
            code for table in base_tables.values() for code in self.connection.execute(select(table.c.code)).scalars()
        }
        return found | {
            code.ljust(CODE_DIGITS, "0") for code in self.connection.execute(select(place.c.code)).scalars()
        }

    def _batches(self) -> Iterator[Fault]:
        """Batches that hold more or fewer records than they brought, and undoings that fit no batch."""
        held: dict[int, int] = {}
        for table in (*record_tables.values(), reported_none):
            for number, rows in self.connection.execute(select(table.c.batch, func.count()).group_by(table.c.batch)):
                held[number] = held.get(number, 0) + rows
        rows = self.connection.execute(select(batches).order_by(batches.c.batch)).all()
        kinds = {row.batch: row.kind for row in rows}
        for row in rows:
            if row.records != held.get(row.batch, 0):
                told = f"第{row.batch}批（{row.file}）导入时有{row.records}条，现有{held.get(row.batch, 0)}条"
                yield self._error("record-count", told)
            if row.undoes is not None and (row.kind, kinds.get(row.undoes)) != ("undo", "import"):
                yield self._error("undoing", f"第{row.batch}批记为撤销第{row.undoes}批，两批却不是撤销和导入")
            if row.kind == "undo" and row.undoes is None:
                yield self._error("undoing", f"第{row.batch}批是撤销，却没有记下撤销哪一批")

    def _base(self, layer: str, table: Table) -> list[Fault]:
        rows = self.connection.execute(
            select(table.c.code, table.c.name, table.c.lon, table.c.lat, table.c.geometry)
        ).all()
        found = [(at, told) for at, told in _odd_shapes([row.geometry for row in rows])]
        places = np.array([(row.lon, row.lat) for row in rows], dtype=float).reshape(-1, 2)
        told_of = np.array([row.lon is not None or row.lat is not None for row in rows], dtype=bool)
        found += [(int(at), "经纬度不在中国") for at in np.flatnonzero(told_of & ~_in_china(places))]
        label = LAYERS[layer].label
        return [
            Fault(
                "warning",
                "geometry",
                self.name,
                f"{label} {rows[at].name}（{rows[at].code}）{told}",
                "请改好地区数据后重新建库",
            )
            for at, told in found[:_MOST_OF_A_KIND]
        ]

    def _records(self, layer: str, table: Table, known: set[str]) -> list[Fault]:
        lists = [c.name for c in LAYERS[layer].columns if c.kind == "codes"]
        names = ("id", "unit_code", "geometry", "file", "sheet", "row", "batch", *lists)
        query = (
            select(*(table.c[name] for name in names)).join(batches, batches.c.batch == table.c.batch).where(in_force())
        )
        found: list[Fault] = []
        for rows in self.connection.execute(query.order_by(table.c.record)).mappings().partitions(_AT_ONCE):
            found += _odd_rows(rows, LAYERS[layer].label, lists, known)
        return found[:_MOST_OF_A_KIND]

    def _audit(self) -> Iterator[Fault]:
        """What no longer is as the audit noted it, the earliest entry first."""
        for finding in verify(self.connection).findings[:_MOST_OF_A_KIND]:
            severity: Severity = "warning" if finding.kind == "unguarded" else "error"
            remedy = "请用 kepu audit verify 核对，并与另存的审计记录对照"
            yield Fault(severity, f"audit-{finding.kind}", self.name, finding.told, remedy)

    def _declared(self, table: Table, column: str, known: set[str]) -> list[Fault]:
        query = select(table).join(batches, batches.c.batch == table.c.batch).where(in_force()).order_by(table.c.number)
        rows = self.connection.execute(query).mappings()
        odd = [row for row in rows if row[column] not in known]
        told = "声明清单完整的" if column == "scope_code" else "上报为无的"
        return [
            _of_row(row, "unknown-unit", f"{told}单位 {row[column]} 不在本地区", row[column])
            for row in odd[:_MOST_OF_A_KIND]
        ]


def _odd_rows(rows: Sequence[Mapping[Any, Any]], label: str, lists: Sequence[str], known: set[str]) -> Iterator[Fault]:
    """Records of units that the place doesn't have, and those that stand nowhere in China."""
    for row in rows:
        for code in dict.fromkeys([row["unit_code"], *(code for name in lists for code in row[name] or ())]):
            if code not in known:
                yield _of_row(row, "unknown-unit", f"{label}所属的单位 {code} 不在本地区", code)
    for at, told in _odd_shapes([row["geometry"] for row in rows]):
        yield _of_row(rows[at], "position", f"{label}的位置{told}", rows[at]["id"])


def _of_row(row: Mapping[Any, Any], code: str, told: str, value: str) -> Fault:
    remedy = f"请撤销第{row['batch']}批（kepu undo {row['batch']}），改好后重新导入"
    return Fault("warning", code, row["file"], told, remedy, sheet=row["sheet"], row=row["row"], value=value)


def _odd_shapes(stored: Sequence[bytes | None]) -> Iterator[tuple[int, str]]:
    """Yield position and fault of the geometries that can't be read, are not valid, or lie outside China."""
    there = [at for at, content in enumerate(stored) if content is not None]
    if not there:
        return
    shapes = shapely.from_wkb(np.array([stored[at] for at in there], dtype=object), on_invalid="ignore")
    readable_, valid = ~shapely.is_missing(shapes), shapely.is_valid(shapes)
    corners = shapely.bounds(shapes)
    inside = _in_china(corners[:, :2]) & _in_china(corners[:, 2:])
    for at in np.flatnonzero(~(readable_ & valid & inside)):
        if not readable_[at]:
            yield there[at], "几何读不出"
        elif not valid[at]:
            reason = str(shapely.is_valid_reason(shapes[at])).partition("[")[0]
            yield there[at], f"几何无效（{_INVALID.get(reason, reason)}）"
        else:
            yield there[at], "坐标不在中国"


def _in_china(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for pairs of lon, lat whether they are finite and inside China's bounds."""
    lon, lat = places[:, 0], places[:, 1]
    inside: NDArray[np.bool_] = (
        (lon >= CHINA_LON[0]) & (lon <= CHINA_LON[1]) & (lat >= CHINA_LAT[0]) & (lat <= CHINA_LAT[1])
    )
    return inside
