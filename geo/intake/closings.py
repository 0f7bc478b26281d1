"""What a file says of starts and closings against what is stored of the same facilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo.faults import Fault
from geo.intake.times import last_day, never_stood, outside
from geo.months import Month
from geo.periods import has_closings
from geo.schema import MONTH_FLAGS, layer_named
from geo.store.told import Source, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from geo.admin.gazetteer import Gazetteer
    from geo.intake.changes import Pairs
    from geo.layers import Layers
    from geo.schema import Layer
    from geo.store.transactions import Reading

    Record = Mapping[str, Any]

_CHECK = "请核对"


def closing_faults(seen: Reading, stored: Layers, gazetteer: Gazetteer, pairs: Pairs, day: date) -> Iterator[Fault]:
    """Fault what contradicts the starts and closings that are stored; `day`: on which the file was reported.

    A closing before the start that an earlier report tells, and a start after the closing that a later one
    tells, are errors; what was closed and is listed again is warned of.
    """
    for name, told in pairs.items():
        layer = layer_named(name)
        if layer.ends is None:
            continue
        table = stored[name]
        counted, any_closed = table["unit_code"].value_counts(), has_closings(table, layer)
        for _, record, old in told:
            if old is not None:
                if any_closed or record.get(layer.ends) is not None or record.get("updates"):
                    yield from _Known(seen, stored, layer, record, old, day).faults()
            elif record.get(layer.ends) is not None and record["name"] in (None, layer.label):
                yield from _unclear(layer, gazetteer, record, int(counted.get(record["unit_code"], 0)))


def _unclear(layer: Layer, gazetteer: Gazetteer, record: Record, count: int) -> Iterator[Fault]:
    """A closing of something without a name, in a unit of which several are known."""
    if count:
        unit = gazetteer.full_name(record["unit_code"])
        told = f"没有写名称，{unit}登记的{layer.label}有{count}处，看不出停用的是哪一处"
        yield _fault("error", "closing-unclear", layer, record, told, "请用设施清单写明名称和停用日期")


@dataclass(frozen=True)
class _Known:
    """A record of a facility that is stored, `old` being what all its reports tell together."""

    seen: Reading
    stored: Layers
    layer: Layer
    record: Record
    old: Record
    day: date

    def faults(self) -> Iterator[Fault]:
        """Yield what of the record can't be, beside all that is stored of its facility."""
        starts, ends = self.layer.starts, str(self.layer.ends)
        begun, over = _day(self.record, starts), _day(self.record, ends)
        old_begun, old_over = _day(self.old, starts), _day(self.old, ends)
        if begun is None and over is not None and never_stood(old_begun, over):
            yield from self._never(starts, over, old_begun)
        elif old_over is not None and over is None:
            teller = self._teller(ends)
            later = teller is not None and self.stored.days[teller.batch] > self.day
            if never_stood(begun, old_over) and later:
                yield self._contradicted(teller, ends, old_over, f"“{self._label(starts)}”{_iso(begun)}")
            elif never_stood(begun, old_over):
                told = f"已于{_iso(old_over)}停用（{_where(teller)}），按{_iso(begun)}重新启用计"
                yield self._fault("note", "reopened", told, "", starts)
            elif not later and last_day(old_over) <= self.day:
                told = f"已于{_iso(old_over)}停用（{_where(teller)}），这里又列入；仍按停用计"
                remedy = "如已恢复，请填新的建成日期，或撤销那一批；没有恢复的请从清单中删去"
                yield self._fault("warning", "closed-listed", told, remedy if starts else _UNDO, None)
        if self.record.get("updates") and begun is None and over is None:
            for code, told in outside(self.record["updates"], self.layer, old_begun, old_over):
                yield self._fault("warning", code, f"{told}（已登记的）", _CHECK, "updates")

    def _never(self, starts: str | None, over: date, old_begun: date | None) -> Iterator[Fault]:
        teller = self._teller(str(starts))
        if teller is not None and self.stored.days[teller.batch] <= self.day:
            yield self._contradicted(teller, str(starts), old_begun, f"“{self._label(self.layer.ends)}”{_iso(over)}")

    def _contradicted(self, teller: Source | None, column: str, known: date | None, told: str) -> Fault:
        batch = teller.batch if teller else 0
        message = f"{told}与已登记的“{self._label(column)}”{_iso(known)}矛盾（{_where(teller)}），这样从来没有存在过"
        remedy = f"请核对；如第{batch}批有误，请先撤销（kepu undo {batch}）"
        mine = self.layer.ends if column == self.layer.starts else self.layer.starts
        return self._fault("error", "closed-before-start", message, remedy, mine)

    def _teller(self, column: str) -> Source | None:
        earlier = self.stored.earlier.get((self.layer.name, str(self.old["id"])), ())
        sources = [source for source in sources_of(self.old, earlier) if source.batch in self.stored.days]
        return self.seen.teller_of(self.layer.name, column, sources, self.stored.days)

    def _label(self, column: str | None) -> str:
        return self.layer.column(str(column)).label

    def _fault(self, severity: str, code: str, told: str, remedy: str, column: str | None) -> Fault:
        return _fault(severity, code, self.layer, self.record, told, remedy, column)


_UNDO = "如已恢复，请撤销说它停用的那一批；没有恢复的请从清单中删去"


def _fault(
    severity: str, code: str, layer: Layer, record: Record, told: str, remedy: str, column: str | None = "closed_on"
) -> Fault:
    return Fault(
        "error" if severity == "error" else "warning" if severity == "warning" else "note",
        code,
        str(record["file"]),
        f"“{record['name']}”{told}" if record["name"] else told,
        remedy,
        sheet=record["sheet"],
        row=record["row"],
        column=layer.column(column).label if column else None,
    )


def _day(row: Record, column: str | None) -> date | None:
    """Return a row's day as a plain one, or a `Month` where only that is known."""
    value: Any = row.get(column) if column else None
    if value is None or pd.isna(value):
        return None
    day: date = value.date() if isinstance(value, pd.Timestamp) else value
    vague: Any = row.get(MONTH_FLAGS.get(str(column), ""))
    return Month(day.year, day.month, 1) if vague is not None and not pd.isna(vague) and vague else day


def _where(source: Source | None) -> str:
    if source is None:
        return ""
    sheet = f" 工作表“{source.sheet}”" if source.sheet else ""
    return f"第{source.batch}批 {source.file}{sheet} 第{source.row}行"


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
