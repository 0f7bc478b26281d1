"""A sender's word that a list is whole: what it covers, what contradicts it, and what such a list lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.faults import Fault
from geo.intake.fields import LEDGER
from geo.intake.harvest import blanks_by_township
from geo.schema import layer_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.admin.gazetteer import Gazetteer
    from geo.intake.harvest import Harvest


def scope_faults(gazetteer: Gazetteer, scope: str | None, file: str, *, complete: bool) -> list[Fault]:
    if scope is None:
        return []
    if not complete:
        return [
            Fault(
                "error", "scope-idle", file, "给了范围，却没有声明清单完整", "请加 --complete，或去掉范围", value=scope
            )
        ]
    if scope in gazetteer.townships or scope == gazetteer.place_code:
        return []
    return [
        Fault("error", "scope-unknown", file, "完整清单的范围不是乡镇（街道）或全市的12位代码", "请核对", value=scope)
    ]


def declare_complete(harvest: Harvest, gazetteer: Gazetteer, *, scope: str | None, file: str) -> list[dict[str, Any]]:
    """List what the sender's word covers: the given scope, the place, or the townships that occur.

    Rows that name a unit and say nothing contradict the word: what they lie in isn't taken
    as complete, and the harvest gets a warning. So do sheets that weren't read: they contradict
    all of it.
    """
    if harvest.unread:
        harvest.faults.append(_not_whole(harvest, file))
        return []
    found = []
    inside_ledgers = harvest.townships if LEDGER in harvest.layers else {}
    for name in dict.fromkeys([*(layer for layer in harvest.layers if layer != LEDGER), *inside_ledgers]):
        headers = harvest.townships.get(name, {})
        blanks = dict(blanks_by_township(harvest, name))
        if scope is not None or layer_named(name).city_wide:
            header = next(iter(headers.values()), {"file": file, "sheet": None, "row": 1})
            scopes = {scope or gazetteer.place_code: header}
        else:
            scopes = dict(sorted(headers.items()))
        for code, header in scopes.items():
            inside = [row for town, rows in blanks.items() if code in (town, gazetteer.place_code) for row in rows]
            if inside:
                harvest.faults.append(_not_complete(name, gazetteer.name_of(code), inside))
            else:
                found.append({"layer": name, "scope_code": code, **header})
    return found


def left_out(gazetteer: Gazetteer, said: Mapping[str, Any], row: Mapping[str, Any]) -> Fault:
    """Warn of a facility from an earlier batch that a complete list lacks: it goes on counting."""
    named = f"第{row['batch']}批登记的“{row['name'] or row['id']}”（{gazetteer.name_of(row['unit_code'])}）"
    told = f"声明清单完整，但{named}不在其中，仍计为有"
    remedy = "如已没有，请在清单中为该单位填“无”"
    return Fault("warning", "complete-lacks", said["file"], told, remedy, sheet=said["sheet"], row=said["row"])


def _not_whole(harvest: Harvest, file: str) -> Fault:
    told = f"声明清单完整，但工作表{'、'.join(f'“{sheet}”' for sheet in harvest.unread)}没有读取；不按完整处理"
    remedy = "请补上表头、取消隐藏，或删去不是数据的工作表，再重新导入"
    return Fault("warning", "complete-unread", file, told, remedy, sheet=next(iter(harvest.unread)) or None)


def _not_complete(layer: str, place: str, blanks: list[dict[str, Any]]) -> Fault:
    told = f"声明清单完整，但{place}有{len(blanks)}行的{layer_named(layer).label}是空白；{place}不按完整处理"
    first = blanks[0]
    return Fault(
        "warning",
        "complete-blank",
        first["file"],
        told,
        "有的请填写，没有的请填“无”，再重新导入",
        sheet=first["sheet"],
        row=first["row"],
    )
