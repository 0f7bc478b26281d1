"""Which reports of a layer can be taken for one another's, and so must be looked at one by one.

Most can't: their facility has an id of its own that no list numbers, and nobody reported none of its unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.intake.identity import family_id
from geo.intake.likeness import NAMED, name_key
from geo.months import Month
from geo.schema import MONTH_FLAGS
from geo.store.columns import blanks

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from geo.schema import Layer
    from geo.store.columns import Columns
    from geo.store.force import Force

    Marks = NDArray[np.bool_]
    Numbers = NDArray[np.intp]


def split(layer: Layer, reports: Columns, force: Force) -> tuple[Columns, Columns, Columns]:
    """Return the facilities reported once, those reported several times, and all that is tangled."""
    if not len(reports):
        return reports, reports, reports
    facility, _ = pd.factorize(reports["id"])
    unit, units = pd.factorize(reports["unit_code"])
    denied = np.array([code in force.none for code in units], dtype=bool)[unit]
    group = _groups(layer, reports, facility, unit)
    odd = denied | _differs(group, facility) | _differs(unit, facility)
    if layer.name in NAMED:
        odd |= _differs(facility, group)
    elif not layer.city_wide:
        family = np.array([family_id(of) != of for of in reports["id"]], dtype=bool)
        odd |= family | (blanks(reports["name"]) & _differs(facility, group))
    odd = _anywhere(odd, group)
    several = ~odd & (np.bincount(facility)[facility] > 1)
    vague = _anywhere(several & _vague(layer, reports, facility), facility)
    return reports.take(~odd & ~several), reports.take(several & ~vague), reports.take(odd | vague)


def _groups(layer: Layer, reports: Columns, facility: Numbers, unit: Numbers) -> Numbers:
    """Number what rows that may be one facility have in common."""
    if layer.name in NAMED:
        names = [name for name in ("id", "unit_code", "name", "date") if name in reports]
        rows = zip(*(reports[name].tolist() for name in names), strict=True)
        keys = [name_key(layer.name, dict(zip(names, row, strict=True))) for row in rows]
        return np.asarray(pd.factorize(np.array(keys, dtype=object))[0], dtype=np.intp)
    return facility if layer.city_wide else unit


def _differs(what: Numbers, within: Numbers) -> Marks:
    """Say of each row whether the rows of its group differ in something."""
    some = np.zeros(int(within.max()) + 1, dtype=np.intp)
    some[within] = what
    return _anywhere(some[within] != what, within)


def _anywhere(marks: Marks, within: Numbers) -> Marks:
    """Say of each row whether any row of its group is marked."""
    marked = np.zeros(int(within.max()) + 1, dtype=bool)
    marked[within[marks]] = True
    return marked[within]


def _vague(layer: Layer, reports: Columns, facility: Numbers) -> Marks:
    """Say which rows tell what only all of a facility's reports together explain: months, closings; or come twice."""
    batch, _ = pd.factorize(reports["batch"])
    once = facility.astype(np.int64) * (int(batch.max()) + 1) + batch
    found = np.array(pd.Series(once).duplicated(keep=False), dtype=bool)
    for column, flag in MONTH_FLAGS.items():
        if column in reports and flag in reports:
            found |= np.array([bool(marked) for marked in reports[flag]], dtype=bool)
            if column == layer.ends:
                found |= ~blanks(reports[column])
    if "updates" in reports:
        found |= np.array([_has_month(days) for days in reports["updates"]], dtype=bool)
    return found


def _has_month(days: Any) -> bool:
    return bool(days) and any(type(day) is Month for day in days)
