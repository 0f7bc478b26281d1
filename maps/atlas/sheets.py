"""A sheet of the atlas before it is set: its map, the blocks of the column beside it, the table that follows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from maps.atlas.lettering import printable
from maps.atlas.texts import TEXTS
from maps.print.fonts import fonts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maps.atlas.drawing import Drawing

    Box = tuple[float, float, float, float]

Block = dict[str, Any]
"""A block of the side column as the template takes it; its "type" says which."""


@dataclass(frozen=True)
class Table:
    """A table that follows a map and runs over to continuation sheets.

    `widths`: relative. A cell is a text, or a dict of `text`, maybe `picture` (of `maps.atlas.legends.pictures`)
    before it, `more` under it, `link` (the label of a sheet), `bold`, `muted`.
    """

    title: str
    columns: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """One sheet; `label` is what links call it."""

    label: str
    group: str
    title: str
    subtitle: str
    body: Drawing | None
    side: Sequence[Block]
    tables: Sequence[Table] = ()
    names: Sequence[Sequence[tuple[str, Box]]] = ()
    """The names in each window: code of the unit ("" for others) and box, mm on the map."""
    wide: bool = False
    """Whether the map takes the whole width, with the blocks in a strip under it."""
    links: Sequence[tuple[str, Box]] = ()
    """Labels of sheets that parts of the map lead to."""


def as_data(sheets: Sequence[Sheet], *, first: int = 1) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return sheets for the template, numbered from `first`, and the pictures that they place."""
    told, files = [], {}
    for number, sheet in enumerate(sheets, start=first):
        name = f"maps/{number:03d}.svg"
        if sheet.body is not None:
            files[name] = sheet.body.svg(fonts().sans)
        told.append({
            "label": sheet.label, "group": sheet.group, "number": TEXTS["sheet"].format(n=number),
            "title": printable(sheet.title), "subtitle": printable(sheet.subtitle),
            "map": name if sheet.body is not None else None, "side": _printable(list(sheet.side)),
            "wide": sheet.wide, "tables": [_printable(asdict(table)) for table in sheet.tables],
            "links": [list(link) for link in sheet.links],
            "continued": TEXTS["continued"].format(n=number),
        })  # fmt: skip
    return told, files


def _printable(value: Any) -> Any:
    """Return plain values with only such texts as the fonts can print."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return {key: _printable(one) for key, one in value.items()} if isinstance(value, dict) else value
