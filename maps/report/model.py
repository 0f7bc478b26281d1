"""A paper as plain values: what it says, in order, without a word about how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from geo.faults import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Block = dict[str, Any]

_SHORT: Final = 6
"""Signs up to which the cells of a column are centred."""
_DIGITS: Final = "零一二三四五六七八九"


@dataclass
class Writer:
    """Writes a paper from top to bottom and numbers its headings (一、（一）1．), tables and pictures.

    Each block is a mapping with one of the keys heading1, heading2, heading3, body, note, table, picture;
    a template prints those keys that it finds.
    """

    blocks: list[Block] = field(default_factory=list)
    _counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    _tables: int = 0
    _pictures: int = 0

    def head(self, level: int, text: str) -> None:
        """Add a numbered heading of level 1 to 3; those below it start anew."""
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (len(self._counts) - level)
        number = self._counts[level - 1]
        shown = (f"{chinese(number)}、", f"（{chinese(number)}）", f"{number}．")[level - 1]
        self.blocks.append({f"heading{level}": shown + printable(text)})

    def part(self, text: str) -> None:
        """Add a heading of level 1 that has a name of its own (附录一) and no number."""
        self._counts[1:] = [0] * (len(self._counts) - 1)
        self.blocks.append({"heading1": printable(text)})

    def say(self, text: str) -> None:
        """Add a paragraph."""
        self.blocks.append({"body": printable(text)})

    def note(self, text: str) -> None:
        """Add a small line, as below a table."""
        self.blocks.append({"note": printable(text)})

    def table(
        self, caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float]
    ) -> None:
        """Add a table; `widths` are shares of the line. A blank caption leaves it unnumbered."""
        if caption:
            self._tables += 1
            caption = f"表{self._tables}　{printable(caption)}"
        cells = [[printable(str(cell)) for cell in row] for row in rows]
        centred = [all(len(row[at]) <= _SHORT for row in cells) for at in range(len(header))]
        told = {"caption": caption, "header": list(header), "rows": cells, "widths": list(widths), "centred": centred}
        self.blocks.append({"table": told})

    def picture(self, path: str, caption: str) -> None:
        """Add a picture, named by its path in the dossier."""
        self._pictures += 1
        self.blocks.append({"picture": {"path": path, "caption": f"图{self._pictures}　{printable(caption)}"}})

    def paper(self, title: Sequence[str], subtitle: Sequence[str] = (), *, form: str = "report") -> dict[str, Any]:
        """Return the whole as JSON-able values; `form`: report (GB/T 9704) or sheet (tighter, for the boxes)."""
        return {
            "title": [printable(line) for line in title],
            "subtitle": [printable(line) for line in subtitle if line],
            "form": form,
            "blocks": self.blocks,
        }


def chinese(number: int) -> str:
    """Return 1 to 99 as Chinese numerals (一, 十二, 三十)."""
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return lead + (_DIGITS[ones] if ones or not tens else "")


def texts_of(paper: dict[str, Any]) -> list[str]:
    """Return every text of a paper in its order, each once."""
    found = [*paper["title"], *paper["subtitle"]]
    for block in paper["blocks"]:
        for kind, told in block.items():
            if kind == "table":
                found += filter(None, [told["caption"]])
                found += [cell for row in (told["header"], *told["rows"]) for cell in row if cell]
            elif kind == "picture":
                found.append(told["caption"])
            else:
                found.append(told)
    return found
