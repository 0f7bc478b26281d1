"""What a table was taken for: where its header was found, as which layer it was read, which column is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo.intake.by_content import spelling_of
from geo.intake.columns import label_of, nameless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.files.sheets import RawTable
    from geo.intake.fields import Field


@dataclass(frozen=True, slots=True)
class Understood:
    """A table that was read. `columns`: header as written → what it was taken for; `unread`: the others."""

    sheet: str | None
    header_row: int
    layer: str
    title: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, table: RawTable, layer: str, fields: Mapping[str, Field], rows: int) -> Understood:
        """Tell of a table that was read as a layer (or `ledger`)."""
        taken = {at: name for name, field in fields.items() for at in (field.position, *field.more)}
        headers = {at: table.header[at] if at < len(table.header) else "" for at in taken}
        named = tuple((headers[at] or nameless(at), spelling_of(taken[at], layer)) for at in sorted(taken))
        unread = tuple(text for at, text in enumerate(table.header) if text and at not in taken)
        return cls(table.sheet, table.header_row, label_of(layer), table.title, rows, named, unread)

    def as_dict(self) -> dict[str, Any]:
        """Return it with the names that the API uses."""
        columns = [{"written": written, "read_as": name} for written, name in self.columns]
        facts = {name: getattr(self, name) for name in ("sheet", "header_row", "layer", "title", "rows")}
        return {**facts, "columns": columns, "unread": list(self.unread)}
