"""Does a store hold what its audit says: the chain itself, the rows behind each entry, and an outside copy.

What a person with the file can't hide: an entry or a row altered, removed or put in. What only an
outside copy of the audit shows: a chain made anew from some entry on, and views cut off from its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from geo.schema import LAYERS
from geo.store import guards
from geo.store.audit import read_entries, read_salts, used_by
from geo.store.chain import FIELD_LABELS, ORIGIN, Entry, Finding, first_break, moment_text, shown_moment
from geo.store.digests import BATCH_TABLES, batch_digests, evidence_digests, place_digests, plan_digests
from geo.store.evidence_tables import evidence
from geo.store.tables import base_tables, batches, plans, record_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from geo.store.digests import Digests

_BATCHES: Final = ("import", "undo")
_EVIDENCE: Final = ("evidence-added", "evidence-withdrawn")
_TABLES: Final[Mapping[str, str]] = {
    **{table.name: LAYERS[layer].label for layer, table in record_tables.items()},
    **{table.name: f"底图：{LAYERS[layer].label}" for layer, table in base_tables.items()},
    "batches": "批次",
    "reported_none": "上报为无",
    "complete_lists": "完整清单",
    "decisions": "答复",
    "decisions_used": "用到的答复",
    "plans": "方案",
    "place": "地区",
    "unit_names": "单位名称",
    "unit_changes": "区划变更",
    "evidence": "佐证材料",
    "evidence_contents": "佐证材料的内容",
}


@dataclass(frozen=True)
class Verified:
    """What a look at the audit found, the earliest entry first."""

    entries: Sequence[Entry]
    findings: Sequence[Finding]

    @property
    def head(self) -> str:
        """The hash of the last entry: written down outside, it vouches for all before it."""
        return self.entries[-1].hash if self.entries else ORIGIN


def verify(connection: Connection, *, against: Sequence[Entry] | None = None) -> Verified:
    """Compare chain, content and an outside copy of the chain (`geo.store.audit_files.read_export`)."""
    entries = read_entries(connection)
    broken = first_break(entries)
    found = [] if broken is None else [broken]
    found += [] if against is None else _differences(entries, against)
    found += [*_contents(connection, entries), *_unnoted(connection, entries), *_unguarded(connection)]
    return Verified(entries, sorted(found, key=lambda f: (f.entry is None, f.entry or 0)))


def _differences(entries: Sequence[Entry], against: Sequence[Entry]) -> Iterator[Finding]:
    """Yield where a chain first differs from what was copied of it."""
    now = {entry.entry: entry for entry in entries}
    for told in against:
        entry = now.get(told.entry)
        if entry is None:
            last = against[-1].entry
            which = f"第{told.entry}条" if last == told.entry else f"第{told.entry}条到第{last}条"
            yield Finding(told.entry, "gone", f"{which}不在了（末尾被截去）；另存的文件里有{told.title}")
            return
        if entry != told:
            names = [label for name, label in FIELD_LABELS.items() if getattr(entry, name) != getattr(told, name)]
            why = "；数据库由备份恢复过，备份以后的记录不在里面" if entry.action == "restore" else ""
            told_of = f"{entry.title}与另存的文件不同（{'、'.join(names)}）；文件里是{told.title}{why}"
            yield Finding(told.entry, "against", told_of)
            return


def _contents(connection: Connection, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield the entries whose rows are no longer what they were; of altered entries nobody can say."""
    salts, noted = read_salts(connection), set[object]()
    for entry in entries:
        subject = _subject(entry)
        if subject is None or entry.digest != entry.hash:
            continue
        if subject in noted:
            yield Finding(entry.entry, "twice", f"{entry.title}是放进去的：它所记的已有更早的一条")
            continue
        noted.add(subject)
        try:
            found = _digests(connection, entry, salts.get(entry.entry, ""))
            differing = list(_used(connection, entry))
        except DatabaseError:
            yield Finding(entry.entry, "content", f"{entry.title}所记的内容读不出")
            continue
        wanted = entry.detail.get("content")
        differing += _differing(wanted if isinstance(wanted, dict) else {}, found)
        if differing:
            yield Finding(entry.entry, "content", f"{entry.title}所记的内容变了：{'；'.join(differing)}")


def _subject(entry: Entry) -> object:
    """Return what an entry tells the content of, None for one that tells of none."""
    if entry.action in _BATCHES:
        return "batch", entry.batch
    if entry.action == "plan":
        return "plan", entry.detail.get("number")
    if entry.action in _EVIDENCE:
        return "evidence", entry.detail.get("number")
    return "place" if entry.action == "init" else None


def _digests(connection: Connection, entry: Entry, salt: str) -> Digests:
    if entry.action == "init":
        return place_digests(connection, salt)
    number = entry.batch if entry.action in _BATCHES else entry.detail.get("number")
    digests = batch_digests if entry.action in _BATCHES else plan_digests
    digests = evidence_digests if entry.action in _EVIDENCE else digests
    return digests(connection, number, salt) if isinstance(number, int) else {}


def _used(connection: Connection, entry: Entry) -> Iterator[str]:
    """Say whether a batch was read with other answers than its entry tells; older entries tell of none."""
    told = entry.detail.get("used")
    if told is not None and isinstance(entry.batch, int) and told != used_by(connection, entry.batch):
        yield f"{_TABLES['decisions_used']}（decisions_used）有改动"


def _differing(wanted: Mapping[str, Any], found: Digests) -> Iterator[str]:
    """Say table by table how rows differ from those that an entry was made of."""
    for name in sorted({*wanted, *found}):
        label = f"{_TABLES.get(name, name)}（{name}）"
        before, now = (told.get(name, {}).get("rows", 0) for told in (wanted, found))
        if before != now:
            yield f"{label}原有{before}行，现有{now}行"
        elif wanted[name] != found[name]:
            yield f"{label}有改动"


def _unnoted(connection: Connection, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Yield batches, plans and rows that no entry tells of: put in past the program, or their entries are gone."""
    why = "：它的审计记录被抽走（例如截去末尾），或它是绕过程序放进去的"
    noted = {_subject(entry) for entry in entries}
    for row in connection.execute(select(batches.c.batch, batches.c.file).order_by(batches.c.batch)):
        if ("batch", row.batch) not in noted:
            yield Finding(None, "unnoted", f"第{row.batch}批（{row.file}）没有审计记录{why}")
    for row in connection.execute(select(plans.c.number, plans.c.recorded_at).order_by(plans.c.number)):
        if ("plan", row.number) not in noted:
            when = shown_moment(moment_text(row.recorded_at))
            yield Finding(None, "unnoted", f"第{row.number}份方案（{when}）没有审计记录{why}")
    query = select(evidence.c.number, evidence.c.name).order_by(evidence.c.number)
    for row in connection.execute(query):
        if ("evidence", row.number) not in noted:
            yield Finding(None, "unnoted", f"第{row.number}号佐证材料（{row.name}）没有审计记录{why}")
    if "place" not in noted:
        yield Finding(None, "unnoted", f"建库没有审计记录{why}")
    for table in BATCH_TABLES:
        lost = table.c.batch.not_in(select(batches.c.batch))
        for number in connection.execute(select(table.c.batch).where(lost).distinct()).scalars():
            yield Finding(None, "unnoted", f"{_TABLES[table.name]}（{table.name}）有第{number}批的行，却没有这一批")


def _unguarded(connection: Connection) -> Iterator[Finding]:
    open_ = guards.missing(connection)
    if open_:
        names = "、".join(_TABLES.get(name, "审计") for name in open_)
        yield Finding(None, "unguarded", f"防改触发器不在（{names}）：有人动过数据库的结构；升级时会重新装上")
