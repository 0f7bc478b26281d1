"""What a table's report says of its coordinates: what they are taken for, how sure that is, and from what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from geo.crs import DATUM_LABELS
from geo.faults import Fault
from geo.intake.coordinates import columns_of
from geo.intake.datums import FEWEST_SAME, FEWEST_UNITS, LIKELY, SAME_M, SURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.faults import Severity
    from geo.files.sheets import RawTable
    from geo.intake.columns import Field
    from geo.intake.datums import Belief, Fit, Reading
    from geo.intake.rows import Row

_ROUND = (1, 5, 10, 20, 30, 50, 80)
_OVERRULE = "如不对，请用 --datum 指明"
_ASK = "请在表中加一列“坐标系”，或用 --datum 指明"


@dataclass
class TableTold:
    """Gathers a table's faults about coordinates, and what was found out or assumed."""

    table: RawTable
    fields: Mapping[str, Field]
    faults: list[Fault] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    some_assumed: bool = False

    @property
    def order_is_free(self) -> bool:
        """Whether the headers leave open which number comes first (X坐标 is east on maps, north in surveys)."""
        return columns_of(self.fields)[0] == "x"

    def forms(self, counts: Mapping[str, int]) -> None:
        """Tell of coordinates in degrees, minutes and seconds, and of two in one cell."""
        if counts.get("sexagesimal"):
            self._tell("note", "coordinates-sexagesimal", f"{counts['sexagesimal']}行的坐标是度分秒，已换算为度")
        if counts.get("joined"):
            self._tell("note", "coordinates-joined", f"{counts['joined']}行的经度、纬度写在一格里，已分开读取")

    def swapped(self, rows: int) -> None:
        """Tell that latitude stands first."""
        if self.order_is_free or "position" in self.fields:
            self._tell("note", "axes-turned", f"{rows}行先写纬度、后写经度，已按此读取")
        else:
            self._tell("warning", "axes-turned", f"{rows}行的经度和纬度填反了，已对调读取", "请核对")

    def judged(self, belief: Belief) -> None:
        """Tell what is believed for sure, and from what; a conversion is a warning, for somebody should look at it."""
        assert belief.best is not None
        reading = belief.best.reading
        self.found.append(reading.datum)
        severity: Severity = "note" if reading.datum == "cgcs2000" else "warning"
        self._tell(severity, "datum-judged", f"坐标判断为 {reading.label}：{_why(belief)}", _OVERRULE)

    def assumed(self, *beliefs: Belief) -> None:
        """Tell that CGCS2000 is taken for want of evidence, and what else it may be by proven or by all points."""
        self.some_assumed = True
        for belief in beliefs:
            best = belief.best
            if best and best.reading.datum != "cgcs2000" and belief.margin >= LIKELY and _speaks(best, belief):
                told = f"没有注明坐标系，按 CGCS2000 读取，但更像 {best.reading.label}：{_why(belief)}；依据不足以断定"
                self._tell("warning", "datum-doubtful", told, _ASK)
                return
        some = "有几行" if "datum" in self.fields else ""
        told = f"{some}没有注明坐标系，按 CGCS2000 读取"
        self._tell("note", "datum-assumed", told, "如是高德、百度坐标，请用 --datum 指明")

    def contradicted(self, belief: Belief, used: Fit, declared: str) -> None:
        """Tell that the data speak against the declared datum, which is kept to."""
        assert belief.best is not None
        told = f"注明的坐标系是 {declared}，数据却像 {belief.best.reading.label}：{_why(belief, used)}"
        self._tell("warning", "datum-contradicts", f"{told}；仍按注明的读取", "请核对坐标系")

    def astray(self, belief: Belief, used: Fit) -> None:
        """Warn where most facilities stand elsewhere than known by any datum, as by an old one (Beijing 1954)."""
        if used.compared < FEWEST_SAME or min(float(np.nanmedian(fit.same)) for fit in (used, *belief.fits)) <= SAME_M:
            return
        far = float(np.nanmedian(used.same))
        told = f"{used.compared}个点与已登记位置大多相差约{far:.0f}米，换哪一种坐标系都不相符"
        self._tell("warning", "datum-astray", told, "请核对坐标系；北京54、西安80 的坐标请先换算成 CGCS2000")

    def mixed(self, rows: Sequence[Row], used: Reading) -> None:
        """Mark the rows that fit what is known by another datum only."""
        told = f"这一行按 {used.label} 读取，与已登记位置相差150米以上，换一种坐标系才相符，可能与其他行的坐标系不同"
        for row in rows:
            self._tell("warning", "datum-mixed", told, "请核对这一行的坐标系", row)

    def projected(self, belief: Belief, rows: int, *, assumed: bool) -> None:
        """Tell which projection metres are taken for. That they are of CGCS2000 only known points can show."""
        assert belief.best is not None
        reading = belief.best.reading
        self.found.append(reading.key)
        self.some_assumed |= assumed and belief.best.close < FEWEST_SAME
        first = "；先写的是北坐标（X）" if reading.swapped else ""
        self._tell("note", "datum-judged", f"{rows}行是以米为单位的坐标，按{reading.label}读取{first}", _OVERRULE)

    def unsure_projection(self, belief: Belief) -> None:
        """Refuse metres that fit no zone, or several."""
        if belief.fits:
            several = "、".join(fit.reading.label for fit in belief.fits[:5])
            told = f"坐标以米为单位，看不出是哪一个带；可能是{several}"
        else:
            told = "坐标以米为单位，但按哪一个 CGCS2000 分带都不落在本地范围内"
        self._tell("error", "datum-unsure", told, "请注明投影和中央经线，或换算成经纬度后再交")

    def refuse_projected(self, declared: str) -> None:
        """Refuse metres on an offset datum."""
        told = f"注明的坐标系是 {declared}，坐标却是以米为单位的投影坐标"
        self._tell("error", "datum-contradicts", told, "请核对坐标系")

    def _tell(self, severity: Severity, code: str, message: str, remedy: str = "", row: Row | None = None) -> None:
        at = self.fields.get(columns_of(self.fields)[0]) or self.fields.get("position")
        where = (row.number, at.header if at else None) if row else (None, None)
        self.faults.append(Fault(severity, code, self.table.file, message, remedy, self.table.sheet, *where))


def _speaks(best: Fit, belief: Belief) -> bool:
    """Say whether what speaks for a reading is more than lines."""
    units = int(np.count_nonzero(~np.isnan(best.units[:, 0])))
    return best.close > 0 or (best.compared == 0 and units >= FEWEST_UNITS and belief.margin >= LIKELY)


def _why(belief: Belief, other: Fit | None = None) -> str:
    """Say from what the best reading is believed, and how far off the other (by default CGCS2000, else the next) is."""
    best = belief.best
    assert best is not None
    beside = other or next((fit for fit in belief.fits[1:] if fit.reading.datum == "cgcs2000"), None) or belief.fits[1]
    name = DATUM_LABELS[beside.reading.datum]
    if best.compared:
        close = best.same[best.same <= max(_ROUND)]
        within = next(limit for limit in _ROUND if limit >= close.max()) if len(close) else max(_ROUND)
        off = float(np.nanmedian(beside.same))
        return (
            f"{best.compared}个点中{best.close}个与已登记位置相差不到{within}米；"
            f"按 {name} 则相差约{off:.0f}米（{_odds(belief)}）"
        )
    shifts = [float(np.hypot(*np.nanmedian(fit.units, axis=0))) for fit in (best, beside)]
    return (
        f"与{len(best.units)}个村（社区）里已登记的其他设施比，整体偏移{shifts[0]:.0f}米；"
        f"按 {name} 则整体偏移{shifts[1]:.0f}米（{_odds(belief)}）"
    )


def _odds(belief: Belief) -> str:
    return "把握大" if belief.margin >= 2 * SURE else "较有把握" if belief.margin >= SURE else "把握不大"
