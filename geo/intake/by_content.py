"""Columns without a telling header, known by what they hold; and what they look like where that is not certain.

Only a column that can be but one is taken: one kind of content, one such column in the table, and one
canonical column of the layer that fits. Telephone numbers under a public header become private.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from geo.intake.contents import column_cells, content_of, holds_phones, sample_of
from geo.intake.coordinates import read_angle
from geo.intake.fields import LEDGER, UNIT_FIELDS, Field, definition_of, table_fault
from geo.schema import layer_named
from geo.words.vocabulary import headers_of, plain, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo.faults import Fault, Severity
    from geo.files.sheets import RawTable
    from geo.intake.contents import Content, Kind
    from geo.words.cells import Cell

    IsHere = Callable[[float, float], bool]

_PLACES = ("position", "lon", "lat", "x", "y")
_PAIRS: tuple[tuple[Kind, Kind], ...] = (("lon", "lat"), ("x", "y"))
_PUBLIC = {"id", "name"}
_SINGLE_DAYS = {"last_update", "boards.last_update"}
_ENOUGH = 0.8


def is_meaningless(header: str) -> bool:
    """Say whether a header tells nothing of its column: blank, 列5, 备注2."""
    bare = plain(header).rstrip("0123456789()_ ") if header else ""
    return not bare or bare in words("meaningless") or is_axis(header)


def is_axis(header: str) -> bool:
    """Say whether a header is the letter of an axis (X, E), a unit of measure behind it or not."""
    return plain(header).partition("(")[0] in words("axes")


def spelling_of(name: str, layer: str) -> str:
    """Return a header by which a canonical column is known."""
    return next((alias for alias, column in headers_of(layer).items() if column == name), name)


@dataclass
class ByContent:
    """What a table's columns are told to be by what they hold. `looks`: those that must be asked about."""

    table: RawTable
    layer: str
    found: dict[str, Field]
    is_here: IsHere | None = None
    faults: list[Fault] = field(default_factory=list)
    looks: dict[int, Content] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)

    def recognise(self, unknown: Mapping[int, str]) -> None:
        """Add to `found` what unknown columns (position → header, blank for none) plainly are."""
        rows = sample_of(self.table)
        self._keep_phones_private({n: column_cells(rows, at.position) for n, at in self.found.items()})
        if not self._tells_units():
            return
        remark = {} if (at := self.found.get("remark")) is None else {at.position: at.header}
        headers = {**unknown, **remark}
        for n, header in sorted(headers.items()):
            content = content_of(column_cells(rows, n), hinted=is_axis(header))
            if content is not None:
                self.looks[n] = content
        self._phone(headers)
        self._places(headers, {n: column_cells(rows, n) for n in self.looks})
        self._days(unknown)
        self.looks = {n: content for n, content in self.looks.items() if n in unknown}

    def fitting(self, content: Content) -> list[str]:
        """Return the canonical columns of the layer that a content fits, taken or not."""
        names = list(dict.fromkeys(headers_of(self.layer).values()))
        if content.kind != "days":
            return [name for name in names if name == content.kind and self._has(name)]
        return [name for name in names if self._holds_days(name, several=content.several)]

    # -- kinds -------------------------------------------------------------------

    def _keep_phones_private(self, cells: Mapping[str, list[Cell]]) -> None:
        for name in [name for name in self.found if self._is_public_text(name) and holds_phones(cells[name])]:
            at = self.found.pop(name)
            self.settled.add(at.position)
            taken = "phone" in self.found or not self._has("phone")
            told = "没有读取" if taken else "按“联系电话”读取，不公开"
            if not taken:
                self.found["phone"] = replace(at, measure=None)
            remedy = "请把电话另列一列“联系电话”，这一列填应填的内容"
            self._tell("warning", "column-private", at.position, at.header, f"填的是电话号码，{told}", remedy)

    def _phone(self, headers: Mapping[int, str]) -> None:
        columns = [n for n, content in self.looks.items() if content.kind == "phone"]
        if len(columns) == 1 and "phone" not in self.found and self._has("phone"):
            self._take("phone", columns[0], headers)

    def _places(self, headers: Mapping[int, str], cells: Mapping[int, list[Cell]]) -> None:
        if not self._has("lon"):
            return
        taken = {name for name in _PLACES if name in self.found}
        of = {kind: [n for n, content in self.looks.items() if content.kind == kind] for kind in _PLACES}
        if not taken and len(of["position"]) == 1 and not any(of[kind] for kind in _PLACES[1:]):
            self._take("position", of["position"][0], headers)
        for first, second in _PAIRS:
            if not taken and not of["position"] and len(of[first]) == len(of[second]) == 1:
                columns = of[first][0], of[second][0]
                if first != "lon" or self._here(*(cells[n] for n in columns)):
                    for name, n in zip((first, second), columns, strict=True):
                        self._take(name, n, headers)
                    return

    def _here(self, lons: list[Cell], lats: list[Cell]) -> bool:
        """Say whether most of the pairs lie where they should; degrees alone may be anything."""
        if self.is_here is None:
            return True
        pairs = []
        for lon, lat in zip(lons, lats, strict=False):
            try:
                pairs.append((read_angle(lon).value, read_angle(lat).value))
            except ValueError:
                continue
        return sum(self.is_here(lon, lat) for lon, lat in pairs) >= _ENOUGH * max(1, len(pairs))

    def _days(self, headers: Mapping[int, str]) -> None:
        """Take the one column of days where the layer knows but one; a header that may mean others is asked about."""
        columns = [n for n, content in self.looks.items() if content.kind == "days"]
        for n in columns:
            fits = self.fitting(self.looks[n])
            if len(columns) == len(fits) == 1 and fits[0] not in self.found and is_meaningless(headers.get(n, "?")):
                self._take(fits[0], n, headers)

    # -- the layer -----------------------------------------------------------------

    def _tells_units(self) -> bool:
        """Say whether the table is of units at all, and no explanation."""
        city_wide = self.layer != LEDGER and layer_named(self.layer).blank_village == "place"
        return city_wide or any(name in self.found for name in UNIT_FIELDS)

    def _has(self, name: str) -> bool:
        """Say whether the layer's records have telephones, or places."""
        if self.layer == LEDGER:
            return True
        layer = layer_named(self.layer)
        own = {column.name for column in layer.columns}
        return "phone" in own if name == "phone" else "datum" in own

    def _is_public_text(self, name: str) -> bool:
        column = definition_of(name, self.layer)
        if column is None:
            return name.rpartition(".")[2] in _PUBLIC
        return column.kind == "text" and not column.private

    def _holds_days(self, name: str, *, several: bool) -> bool:
        of = name.rpartition(".")[0]
        if of and not any(other.startswith(f"{of}.") for other in self.found):
            return False
        column = definition_of(name, self.layer)
        kind = "date" if name in _SINGLE_DAYS else column.kind if column is not None else ""
        return kind == "dates" or (kind == "date" and not several)

    def _take(self, name: str, n: int, headers: Mapping[int, str]) -> None:
        content = self.looks.pop(n)
        remark = self.found.get("remark")
        if remark is not None and remark.position == n:
            del self.found["remark"]
        self.settled.add(n)
        self.found[name] = Field(n, headers[n])
        label = spelling_of(name, self.layer)
        private = "，不公开" if name == "phone" else ""
        self._tell("note", "column-by-content", n, headers[n], f"填的是{content.label}，按内容认作“{label}”{private}")

    def _tell(self, severity: Severity, code: str, n: int, header: str, told: str, remedy: str = "") -> None:
        shown = f"第{n + 1}列" + (f"“{header}”" if header else "")
        self.faults.append(table_fault(self.table, severity, code, f"{shown}{told}", remedy, header or None))
