"""What a unit was before: its changes through the years, for `kepu history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.app import refuse
from api.cli.tables import show_table

if TYPE_CHECKING:
    from geo.admin.gazetteer import Gazetteer


def unit_code(known: Gazetteer, wanted: str) -> str | None:
    """Return the one unit that a code or name means, of today or of the past; None where there is none.

    A former code that one unit of today has taken over is that unit; one that was split, or is listed no
    more, stays itself. Several units are refused with their codes.
    """
    from geo.faults import printable

    written = known.code_of(wanted)
    if written is not None and (code := known.current(written)) is not None:
        return code
    if written is not None and (known.certain(written) or known.life_of(written) or written in known.gone):
        return written
    found = {*known.find_township(wanted), *known.elsewhere(wanted)}
    if not found:
        found = {c for home, rest in known.parted(wanted) for c in known.find_village(rest, home)}
    found = found or set(known.formerly(wanted))
    if len(found) > 1:
        offered = "、".join(f"{known.full_name(code)}（{code}）" for code in sorted(found))
        refuse(f"“{printable(wanted)}”可能是：{offered}；请写代码或写明乡镇")
    return next(iter(found), None)


def title_of(known: Gazetteer, code: str) -> str:
    """Return what a table about a unit is headed by; of a code of the past, what had it."""
    if known.known(code):
        return f"{known.full_name(code)} {code}"
    change = known.end_of(code)
    called = known.gone.get(code) or (change.from_name if change else "")
    return f"旧代码 {code}" + (f"（{called}）" if called else "")


def show_changes(known: Gazetteer, code: str) -> None:
    """Print how a unit changed through the years; nothing where that is not known."""
    changes = known.life_of(code)
    if changes:
        rows = [(change.when, change.told(), change.source) for change in changes]
        show_table(f"{title_of(known, code)}：历年变动", ("时间", "变动", "出处"), rows, whole=("时间",))
