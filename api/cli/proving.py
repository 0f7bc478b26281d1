"""The command that proves: from a unit's states down to file, sheet and row, and who sent and recorded them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.app import (
    DEFAULT_STORE,
    AsOfOption,
    KnownOnOption,
    StoreOption,
    app,
    day,
    deliver,
    known_day,
    open_store,
    readable,
    say,
)

if TYPE_CHECKING:
    from datetime import date

    from api.cli.tables import Cell
    from geo.proof import Proof, ProvenFacility, SourceRow
    from geo.store.transactions import Reading

_STYLES = {"met": "green", "not_met": "bold red", "unknown": "yellow", "not_applicable": "dim"}
_SHARING = {"dedicated": "（专用）", "shared": "（共用）", None: ""}


@app.command()
def proof(
    unit: Annotated[str, typer.Argument(help="单位的代码或名称，学校、基地的编号", metavar="CODE")],
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    format_: Annotated[Literal["text", "json"], typer.Option("--format", help="输出格式")] = "text",
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """列出一个单位的全部依据：每项要求的状态、原因、设施，直到哪个文件哪一行。"""
    moment, known = day(as_of), known_day(known_on)
    with open_store(store).reading() as seen:
        found = _proof(seen, readable(unit).strip(), moment, known)
    if format_ == "json":
        told = {"as_of": moment.isoformat(), **({"known_on": known.isoformat()} if known else {}), **found.to_dict()}
        deliver((json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(), None)
    else:
        _show(found, moment, known)


def _proof(seen: Reading, wanted: str, as_of: date, known_on: date | None) -> Proof:
    from api.cli.unit_past import unit_code
    from geo.assess import assess
    from geo.proof import ProvenFile, Prover

    place, plan = seen.place(), seen.plan(known_on=known_on)
    layers = seen.layers(as_of=as_of, known_on=known_on)
    result = assess(layers, plan, as_of=as_of, place_name=place.name)
    code = unit_code(place.gazetteer, wanted) or wanted
    files = (
        ProvenFile(one.name, one.media_type, one.sha256, one.recorded_on, one.recorded_by, one.facility)
        for one in seen.evidence(unit_code=code, known_on=known_on)
    )
    return Prover(result, layers, place.gazetteer, batches=seen.batches(known_on=known_on)).proof(code, files)


def _show(found: Proof, as_of: date, known_on: date | None) -> None:
    from api.cli.tables import show_table
    from geo.tables import known_text

    title = f"{found.township_name if found.name != found.township_name else ''}{found.name} {found.code}"
    heading = f"{title} · 截至 {as_of.isoformat()}{known_text(known_on)}"
    rows: list[tuple[Cell, ...]] = []
    for state in found.states:
        word = state.state.label + _SHARING[state.sharing]
        told = "\n".join([state.reason, *map(_row_text, state.rows)])
        rows.append((f"{state.rule}\n{state.requirement}", (word, _STYLES[str(state.state)]), told))
    show_table(heading, ("要求", "状态", "原因和依据"), rows, whole=("状态",))
    if not found.counted:
        say("不在方案的考核范围内，没有评估")
    show_table(
        "设施和活动", ("类别", "名称和编号", "情况和依据"), [_facility_row(one, found) for one in found.facilities]
    )
    for file in found.files:
        by = f"，{file.recorded_by}" if file.recorded_by else ""
        say(f"附件 {file.name}（{file.recorded_on.isoformat()}入库{by}）SHA-256 {file.sha256}")
    say(f"共 {len(found.states)} 项要求，{len(found.facilities)} 处设施和活动，{len(found.files)} 个附件")


def _facility_row(one: ProvenFacility, found: Proof) -> tuple[str, str, str]:
    from maps.texts import SHOWN_COLUMNS, cell_text

    told = [
        f"{column.label}：{text}"
        for column in one.layer.public_columns
        if (one.layer.name, column.name) in SHOWN_COLUMNS and (text := cell_text(column, one.values[column.name]))
    ]
    where = "" if one.unit_code == found.code or one.id == found.code else f"\n在{one.unit_code}"
    return one.layer.label, f"{one.name}\n{one.id}{where}", "\n".join(["；".join(told), _row_text(one.row)])


def _row_text(row: SourceRow) -> str:
    """Return a source row with how it came."""
    from geo.tables import source_text

    if row.file is None:
        return ""
    told = source_text({"file": row.file, "sheet": row.sheet, "row": row.row, "batch": row.batch})
    came = [f"{row.sender}报送" if row.sender else "", f"{row.received_on.isoformat()}收到" if row.received_on else ""]
    came += [f"{row.recorded_on.isoformat()}入库" if row.recorded_on else "", row.recorded_by]
    return f"└ {told} {'，'.join(filter(None, came))}".rstrip()
