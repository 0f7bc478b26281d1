"""What was understood of a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from geo.admin.gazetteer import township_of
from geo.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from geo.intake.understood import Understood

    Record = dict[str, Any]

_MOST_ROWS = 10


@dataclass
class Harvest:
    """Records and reports of none, which townships the lists cover, and the faults met on the way."""

    layers: dict[str, None] = field(default_factory=dict)
    """What the sheets were read as (layers or `ledger`), in their order."""
    records: dict[str, list[Record]] = field(default_factory=dict)
    """layer → records with id, unit_code, name, canonical columns, geometry, file, sheet, row."""
    none: list[Record] = field(default_factory=list)
    """Units that reported none: layer, unit_code, file, sheet, row."""
    blank: list[Record] = field(default_factory=list)
    """Units that are named but of which nothing is said: layer, unit_code, file, sheet, row."""
    townships: dict[str, dict[str, Record]] = field(default_factory=dict)
    """layer → township code → the header row that stands for the list."""
    datums: dict[str, None] = field(default_factory=dict)
    """How coordinates are read, as far as it was found out from the data (`geo.intake.datums.Reading.key`)."""
    tables: list[Understood] = field(default_factory=list)
    """What the tables were taken for, in their order."""
    unread: dict[str, None] = field(default_factory=dict)
    """Sheets that weren't read though they may hold data: without them no list is whole."""
    faults: list[Fault] = field(default_factory=list)
    read: set[tuple[str | None, int]] = field(default_factory=set)
    """Rows of data that were read: sheet, row."""
    repaired: set[tuple[str | None, int]] = field(default_factory=set)
    """Those in which something was read otherwise than written."""
    repairs: dict[Fault, list[int]] = field(default_factory=dict)
    """What was read otherwise than written → its rows; told once each by `settle_repairs`."""
    later: dict[Fault, list[int]] = field(default_factory=dict)
    """Doubts about days after the report → their rows; told once a column by `settle_later`."""

    def cover(self, layer: str, unit: str, header: Record) -> None:
        """Remember that a list of a layer speaks of a unit's township."""
        self.townships.setdefault(layer, {}).setdefault(township_of(unit), header)

    def settle_repairs(self) -> None:
        """Tell each repair once, at its first row, with the others."""
        for told, rows in self.repairs.items():
            self.repaired |= {(told.sheet, row) for row in rows}
            more = "、".join(str(row) for row in rows[1:_MOST_ROWS])
            also = f"；第{more}行{'等' if len(rows) > _MOST_ROWS else ''}共{len(rows)}行如此" if more else ""
            self.faults.append(replace(told, row=rows[0], message=told.message + also))
        self.repairs = {}

    def settle_later(self) -> None:
        """Tell of days after the report once a column, at the first row."""
        for told, rows in self.later.items():
            shown = "、".join(str(row) for row in rows[:_MOST_ROWS])
            which = f"第{shown}行{'等' if len(rows) > _MOST_ROWS else ''}共{len(rows)}行的" if len(rows) > 1 else ""
            self.faults.append(replace(told, row=rows[0], message=f"{which}{told.message}"))
        self.later = {}

    def settle_none(self) -> None:
        """Drop repeats among the reports of none, and fault those that the same file contradicts."""
        first: dict[tuple[str, str], Record] = {}
        for row in self.none:
            first.setdefault((row["layer"], row["unit_code"]), row)
        self.none = list(first.values())
        for layer, records in self.records.items():
            for record in records:
                denied = first.pop((layer, record["unit_code"]), None)
                if denied is not None:
                    self.faults.append(contradicted(denied, record))


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows of data a file has, and what became of them: each is counted once, the worst first."""

    read: int = 0
    good: int = 0
    repaired: int = 0
    asked: int = 0
    refused: int = 0

    @classmethod
    def of(cls, harvest: Harvest) -> RowCounts:
        """Count a harvest's rows: refused for a fault, asked about, repaired, else good."""
        errors = [fault for fault in harvest.faults if fault.severity == "error" and fault.row is not None]
        at_fault = {(fault.sheet, fault.row) for fault in errors if fault.asked is None} & harvest.read
        asked = ({(fault.sheet, fault.row) for fault in errors if fault.asked} & harvest.read) - at_fault
        repaired = (harvest.repaired & harvest.read) - at_fault - asked
        good = len(harvest.read) - len(at_fault) - len(asked) - len(repaired)
        return cls(len(harvest.read), good, len(repaired), len(asked), len(at_fault))

    def as_dict(self) -> dict[str, int]:
        """Return the numbers with the names that the API uses."""
        return asdict(self)


def contradicted(denied: Mapping[str, Any], record: Mapping[str, Any]) -> Fault:
    """Return the fault of a unit that is said to have none in one row and one in another."""
    where = f"工作表“{record['sheet']}”" if record["sheet"] != denied["sheet"] and record["sheet"] else ""
    told = f"这里报“无”，{where}第{record['row']}行又报有"
    return Fault(
        "error", "none-and-some", str(denied["file"]), told, "请核对后留一行", sheet=denied["sheet"], row=denied["row"]
    )


def blanks_by_township(harvest: Harvest, layer: str) -> Iterator[tuple[str, list[Record]]]:
    """Yield (township code, rows that say nothing) of a layer, in order of code."""
    grouped: dict[str, list[Record]] = {}
    for row in harvest.blank:
        if row["layer"] == layer:
            grouped.setdefault(township_of(row["unit_code"]), []).append(row)
    yield from sorted(grouped.items())
