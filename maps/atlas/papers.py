"""The papers that the atlas is printed on, landscape: margins, the map's field and the column beside it, in mm."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

_GAP: Final = 4.0


@dataclass(frozen=True)
class Paper:
    """A sheet of paper, landscape, bound at its left side; `side`: width of the column beside the map, `strip`:
    height of a legend under a wide one; `letters`: pt of the running text.
    """

    name: str
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    header: float
    footer: float
    side: float
    strip: float
    letters: float

    @property
    def map_width(self) -> float:
        """The width of the map's field."""
        return self.width - self.left - self.right - self.side - _GAP

    @property
    def map_height(self) -> float:
        """The height of the map's field."""
        return self.height - self.top - self.bottom - self.header - self.footer

    def as_data(self) -> dict[str, Any]:
        """Return the measures for the template."""
        return {**asdict(self), "map_width": self.map_width, "map_height": self.map_height, "gap": _GAP}


PAPERS: Final = {
    "A3": Paper("A3", 420, 297, 20, 12, 11, 10, 16, 10, 94, 16, 8.0),
    "A4": Paper("A4", 297, 210, 16, 8, 8, 7, 12, 8, 72, 13, 6.2),
}
