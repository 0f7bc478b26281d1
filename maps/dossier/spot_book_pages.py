"""What the pages of the spot-check book say, as plain values, and the pictures they place."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from geo.faults import printable
from geo.proof import ProvenFacility, ProvenState, Prover, SourceRow
from geo.schema import LAYERS
from geo.states import State
from geo.tables import known_text, source_text
from maps import palette
from maps.dossier.ledger_tables import flag_word
from maps.dossier.spot_book_pictures import readable
from maps.dossier.spot_book_texts import FACTS, HOW, TEXTS
from maps.pinyin import keys
from maps.texts import SHOWN_COLUMNS, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.proof import Proof
    from geo.schema import Column
    from maps.dossier.edition import Edition
    from maps.dossier.edition import Proof as File

    Values = dict[str, Any]

_MOST_ROWS: Final = 4
_MOST_PHOTOS: Final = 4
_MOST_ACTIVITIES: Final = 6
_MOST_FACILITIES: Final = 12
_PICTURES: Final = frozenset({"image/png", "image/jpeg"})
_LABELS: Final = {style.key: style.label for style in palette.STATES} | {"met": State.MET.label}


def book(edition: Edition) -> Values:
    """Return all that the book says; villages by township and code, those outside the plan last."""
    prover = Prover(edition.assessment, edition.layers, edition.gazetteer)
    proofs = [prover.proof(code) for code in _villages(edition)]
    counted = [proof for proof in proofs if proof.counted]
    others = [proof for proof in proofs if not proof.counted]
    files: dict[str, list[File]] = {}
    for file in edition.proofs:
        if file.unit_code is not None:
            files.setdefault(file.unit_code, []).append(file)
    groups = [
        {"title": name, "pages": [_page(edition, proof, files.get(proof.code, ())) for proof in members]}
        for name, members in (*_by_township(counted), *_by_township(others, TEXTS["outside_group"]))
    ]
    title = TEXTS["title"].format(place=edition.place.name, day=edition.as_of.isoformat())
    part = f"{edition.gazetteer.name_of(edition.township)} · " if edition.township else ""
    known = known_text(edition.assessment.known_on)
    return {
        "title": title,
        "heading": TEXTS["heading"].format(place=edition.place.name),
        "subtitle": f"{part}{TEXTS['as_of'].format(day=edition.as_of.isoformat())}{known}",
        "usage": edition.usage,
        "note": TEXTS["demo"] if edition.place.demo_note else "",
        "about": _about(edition, len(counted), len(others)),
        "how": [line for line in HOW if edition.address or "二维码" not in line]
        + ([] if edition.address else [TEXTS["no_address"]]),
        "rules": _rules(edition, counted),
        "texts": dict(TEXTS) | {name: list(told) for name, told in FACTS.items()},
        "by_township": [_group(name, members) for name, members in _by_township(proofs)],
        "by_pinyin": [_group(letter, members, homes=True) for letter, members in _by_pinyin(proofs)],
        "groups": groups,
    }


def _villages(edition: Edition) -> list[str]:
    table = edition.layers["villages"]
    chosen = table if edition.township is None else table[table["township_code"] == edition.township]
    return sorted(map(str, chosen["code"]))


def _by_township(proofs: Iterable[Proof], before: str = "") -> list[tuple[str, list[Proof]]]:
    ordered = sorted(proofs, key=lambda proof: (proof.township_code or "", proof.code))
    return [
        (f"{before}{name}", list(members))
        for (_, name), members in groupby(ordered, key=lambda p: (p.township_code, p.township_name))
    ]


def _by_pinyin(proofs: Iterable[Proof]) -> list[tuple[str, list[Proof]]]:
    ordered = sorted(proofs, key=lambda proof: (keys(proof.name)[0], proof.code))
    return [(letter, list(members)) for letter, members in groupby(ordered, key=lambda proof: _letter(proof.name))]


def _letter(name: str) -> str:
    first = keys(name)[0][:1].upper()
    return first if "A" <= first <= "Z" else "#"


def _group(title: str, members: Sequence[Proof], *, homes: bool = False) -> Values:
    entries = [
        {
            "name": proof.name,
            "code": proof.code,
            "home": proof.township_name if homes else ("" if proof.counted else TEXTS["outside"]),
        }
        for proof in members
    ]
    return {"title": f"{title}（{len(members)}）", "entries": entries}


def _about(edition: Edition, counted: int, others: int) -> list[tuple[str, str]]:
    plan = edition.assessment.plan.plan
    told = [
        (TEXTS["plan"], f"{plan.title} {plan.document}".strip()),
        (TEXTS["villages"], TEXTS["villages_value"].format(counted=counted, others=others)),
        (TEXTS["maker"], edition.place.maker),
        (TEXTS["crs"], TEXTS["crs_value"]),
    ]
    if edition.public:
        told.append((TEXTS["entered_by"], edition.entered_by or ""))
    if edition.place.demo_note:
        told.append((TEXTS["demo"], edition.place.demo_note))
    return [(name, printable(value)) for name, value in told if value]


def _rules(edition: Edition, counted: Sequence[Proof]) -> list[Values]:
    found = {result.rule.id: Counter[str]() for result in edition.assessment.rules if result.rule.unit == "village"}
    for proof in counted:
        for state in proof.states:
            found[state.rule][str(state.state)] += 1
    told = {result.rule.id: result.rule.requirement for result in edition.assessment.rules}
    return [
        {
            "requirement": f"任务{rule.split('.')[0]} {told[rule]}",
            "counts": [sum(n.values()), *(n[s] for s in ("met", "not_met", "unknown"))],
        }
        for rule, n in found.items()
    ]


def _page(edition: Edition, proof: Proof, files: Sequence[File]) -> Values:
    tally = Counter(str(state.state) for state in proof.states)
    shots = [file for file in files if file.media_type in _PICTURES]
    papers = [file for file in files if file.media_type not in _PICTURES]
    more = [TEXTS["more_photos"].format(n=len(shots) - _MOST_PHOTOS)] if len(shots) > _MOST_PHOTOS else []
    more += [TEXTS["papers"].format(names="、".join(printable(file.name) for file in papers))] if papers else []
    return {
        "code": proof.code,
        "name": printable(proof.name),
        "title": printable(f"{proof.township_name} {proof.name}"),
        "home": proof.township_name,
        "counted": proof.counted,
        "tally": [
            (key if tally[key] else "not_applicable", f"{_LABELS[key]} {tally[key]}")
            for key in ("met", "not_met", "unknown")
            if proof.counted
        ],
        "facts": _facts(edition, proof.code),
        "told": TEXTS["scan"] if edition.address else TEXTS["no_scan"],
        "qr": f"qr/{proof.code}.svg",
        "payload": payload(edition, proof.code),
        "under": proof.code,
        "map": f"maps/{proof.code}.svg",
        "photos": [_photo(file) for file in shots[:_MOST_PHOTOS]],
        "more": "；".join(more),
        "states": [_state(state, sourced=not edition.public) for state in proof.states],
        "facilities": _facilities(edition, proof),
    }


def payload(edition: Edition, code: str) -> str:
    """Return what a village's QR code says: the address of its page, or its code where no address is known."""
    return f"{edition.address.rstrip('/')}/units/{code}" if edition.address else code


def _facts(edition: Edition, code: str) -> list[tuple[str, str]]:
    row = edition.layers["villages"].set_index("code").loc[code]
    told = []
    for name in ("kind", "population", "registered_population"):
        column = LAYERS["villages"].column(name)
        text = cell_text(column, row[name])
        if text is not None:
            told.append((column.label, text))
    if row["lon"] == row["lon"]:
        told.append(
            (
                TEXTS["position"],
                f"{row['lon']:.5f}°E {row['lat']:.5f}°N{TEXTS['schematic'] if row['schematic'] else ''}",
            )
        )
    return told


def _photo(file: File) -> Values:
    picture = readable(file)
    return {
        "file": f"photos/{file.sha256}.jpg" if picture else None,
        "caption": printable(f"{file.name}（{file.recorded_on.isoformat()}）SHA-256 {file.sha256[:12]}…"),
    }


def _state(state: ProvenState, *, sourced: bool) -> Values:
    key = "met_shared" if state.state is State.MET and state.sharing == "shared" else str(state.state)
    return {
        "task": state.task,
        "requirement": state.requirement,
        "key": key,
        "label": _LABELS[key],
        "reason": printable(state.reason),
        "rows": _rows(state.rows) if sourced else "",
    }


def _rows(rows: Sequence[SourceRow]) -> str:
    told = [_row(row) for row in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        told.append(TEXTS["more_rows"].format(n=len(rows)))
    return "；".join(told) or "—"


def _row(row: SourceRow) -> str:
    if row.file is None:
        return ""
    return printable(source_text({"file": row.file, "sheet": row.sheet, "row": row.row, "batch": row.batch}))


def _facilities(edition: Edition, proof: Proof) -> list[Values]:
    events = [one for one in proof.facilities if one.layer.role == "event"]
    events.sort(key=lambda one: (str(one.values.get("date")), one.id), reverse=True)
    fixed = [one for one in proof.facilities if one.layer.role != "event"]
    told = [_facility(edition, proof, one) for one in fixed[:_MOST_FACILITIES]]
    told += [_rest(TEXTS["facilities"], "more_facilities", len(fixed) - _MOST_FACILITIES)]
    told += [_facility(edition, proof, one) for one in events[:_MOST_ACTIVITIES]]
    told += [_rest(LAYERS["activities"].label, "more_events", len(events) - _MOST_ACTIVITIES)]
    return [one for one in told if one["name"]]


def _rest(label: str, text: str, number: int) -> Values:
    """Return the line that says how many more there are; a blank one for none."""
    name = TEXTS[text].format(n=number) if number > 0 else ""
    return {"layer": label, "name": name, "where": "", "facts": "", "row": ""}


def _facility(edition: Edition, proof: Proof, one: ProvenFacility) -> Values:
    facts = [
        f"{column.label} {text}"
        for column in one.layer.public_columns
        if (one.layer.name, column.name) in SHOWN_COLUMNS and (text := _fact(column, one.values[column.name]))
    ]
    away = one.unit_code and one.unit_code != proof.code
    where = TEXTS["at"].format(unit=edition.gazetteer.name_of(one.unit_code)) if away else ""
    return {
        "layer": one.layer.label,
        "name": printable(one.name),
        "where": where,
        "facts": printable("，".join(facts)),
        "row": "" if edition.public else _row(one.row),
    }


def _fact(column: Column, value: Any) -> str | None:
    text = cell_text(column, value)
    return flag_word(column, value) if text and column.kind == "flag" else text
