"""Import a file: read, normalise, store; all of it or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from geo.admin.gazetteer import full_code
from geo.collecting import seldom_collected
from geo.errors import InputRefused, UnknownLayer
from geo.faults import Asked, Fault, has_errors, in_order
from geo.figure_items import figure_faults
from geo.files.opening import digest, read_file
from geo.intake.bounds import beyond
from geo.intake.changes import changes_of, lacking, paired
from geo.intake.closings import closing_faults
from geo.intake.columns import AUTO as AUTO
from geo.intake.columns import IMPORTABLE as IMPORTABLE
from geo.intake.completeness import declare_complete, left_out, scope_faults
from geo.intake.conflicts import contradictions, taken_ids
from geo.intake.decisions import Decisions, as_answers, key_of
from geo.intake.harvest import RowCounts
from geo.intake.landmarks import ASSUMED
from geo.intake.normalise import Normaliser
from geo.intake.reports import ImportReport as ImportReport
from geo.intake.watching import SILENT, Watch
from geo.store.batches import NewBatch
from geo.words.phones import covered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from geo.admin.gazetteer import Gazetteer
    from geo.crs import Datum
    from geo.intake.decisions import Answer
    from geo.intake.harvest import Harvest
    from geo.intake.landmarks import Known
    from geo.place import Place
    from geo.store import Store
    from geo.store.transactions import Reading


@seldom_collected()
def import_file(
    store: Store,
    path: Path,
    layer: str,
    *,
    datum: Datum | Literal["auto"] = "auto",
    complete: bool = False,
    scope: str | None = None,
    sender: str = "",
    received_on: date | None = None,
    dry_run: bool = False,
    answers: Sequence[Answer] = (),
    columns: Mapping[str, str] | None = None,
    shown_as: str | None = None,
    place: Place | None = None,
    by: str = "",
    only_in: str | None = None,
    watch: Watch = SILENT,
) -> ImportReport:
    """Import one file into one layer, into several (`ledger`), or into the one its header shows (`auto`).

    Parameters
    ----------
    datum
        The datum of coordinates whose row names none; auto judges it from the data, and takes CGCS2000 and
        says so where that is not sure.
    complete
        The sender says that the list is whole: for `scope` (a township's or the place's code) if given, else
        for the whole place where the layer comes from one city office, else for the
        townships that occur in it.
    received_on
        The day on which the report came; it puts reports in order (`geo.store.force`). By
        default today.
    answers
        What a person decided about names that can't be told (`geo.intake.decisions.read_answers`). Those that
        the file needs are stored with it, and hold for later files of the same sender.
    columns
        Header as written → the header that a person says it means.
    shown_as
        The file name to print and store; for uploads.
    place
        The store's place, where the caller has read it already.
    by
        Who imports it.
    only_in
        The code of the one township whose records the person may change.
    watch
        Follows the import and may stop it.

    Returns
    -------
    A report; with errors among its faults its outcome is "refused" and nothing was stored.

    Raises
    ------
    UnknownLayer
        `layer` is neither a layer nor `ledger` nor `auto`.
    """
    name = covered(shown_as or path.name)
    watch.at("reading")
    if layer not in (*IMPORTABLE, AUTO):
        msg = f"没有名为“{layer}”的图层；可用：{'、'.join((*IMPORTABLE, AUTO))}"
        raise UnknownLayer(msg)
    where = place or store.place()
    try:
        declared = None if datum == "auto" else datum
        tables = read_file(path, shown_as=name, datum=declared, is_unit=where.gazetteer.is_name)
    except InputRefused as refusal:
        return ImportReport(name, layer, "refused", faults=refusal.faults)
    decisions = Decisions.of(answers, as_answers(store.decisions(sender), where.gazetteer) if sender else ())
    known = partial(known_points, store, file=name)
    normaliser = Normaliser(
        where, declared, received_on=received_on, decisions=decisions, called=columns or {}, known=known, watch=watch
    )
    watch.at("rows", 0, sum(len(table.body) for table in tables))
    harvest = normaliser.read(tables, layer)
    chosen = next(iter(harvest.layers)) if layer == AUTO and len(harvest.layers) == 1 else layer
    within = None if scope is None else full_code(scope) or scope
    harvest.faults += scope_faults(where.gazetteer, within, name, complete=complete)
    lists = declare_complete(harvest, where.gazetteer, scope=within, file=name) if complete else []
    found = [key for key in harvest.datums if key not in ("cgcs2000", ASSUMED)]  # to find those out changes nothing
    called = sorted((columns or {}).items())
    how = (chosen, " ".join([datum, *found]), complete, f"{within}{decisions.signature()}{called}")
    options = "\x1f".join(map(str, how)).encode()
    batch = NewBatch(
        file=name,
        sha256=digest(path, options),
        layer=chosen,
        sender=sender,
        received_on=received_on,
        datum=": ".join([datum, *([", ".join(harvest.datums)] if harvest.datums else [])]),
        records=harvest.records,
        none=harvest.none,
        complete=lists,
        decisions=decisions.taken,
        reused=decisions.reused,
        by=by,
    )
    watch.at("comparing", len(harvest.read), len(harvest.read))
    if dry_run or has_errors(harvest.faults):
        with store.reading() as seen:
            report = checked(seen, where.gazetteer, harvest, batch, only_in)
        if report.outcome == "checked":
            watch.tried(store, batch)
        return report
    watch.at("storing", len(harvest.read), len(harvest.read))
    with store.writing() as locked:  # what is found there still holds when the batch is written
        harvest.faults += _overtaken(locked, decisions, batch)
        report = checked(locked, where.gazetteer, harvest, batch, only_in)
        if report.outcome == "checked":
            report = replace(report, outcome="stored", batch=locked.write(batch))
            watch.stored(locked, report)
        return report


def _overtaken(seen: Reading, decisions: Decisions, batch: NewBatch) -> list[Fault]:
    """Refuse a file whose names were read by earlier decisions that meanwhile were undone or replaced."""
    reused = {key_of(answer.asked): answer.code for answer in decisions.reused}
    if not reused:
        return []
    now = {key_of(Asked(row.field, row.township, row.written)): row.code for row in seen.decisions(batch.sender)}
    if all(now.get(key) == code for key, code in reused.items()):
        return []
    return [Fault("error", "decisions-changed", batch.file, "导入期间，以前的答复被改动了", "请重新导入")]


def checked(
    seen: Reading, gazetteer: Gazetteer, harvest: Harvest, batch: NewBatch, only_in: str | None
) -> ImportReport:
    """Report on a file that isn't stored yet, held against what the store has: refused, unchanged or checked."""
    harvest.faults += beyond(seen, gazetteer, harvest, batch.complete, only_in) if only_in else ()
    harvest.faults += taken_ids(seen, gazetteer, harvest)
    harvest.faults += contradictions(seen, harvest, batch.reported_on)
    if figures := harvest.records.get("figures"):
        harvest.faults += figure_faults(seen.plan(), figures)
    stored = seen.layers()
    pairs = paired(harvest.records, stored)
    harvest.faults += closing_faults(seen, stored, gazetteer, pairs, batch.reported_on)
    missing = list(lacking(pairs, harvest.none, batch.complete, stored, gazetteer.place_code, batch.reported_on))
    harvest.faults += [left_out(gazetteer, said, row) for said, row in missing]
    gone = Counter(str(said["layer"]) for said, _ in missing)
    changes = changes_of(pairs, gone)
    found = replace(_report(batch.file, batch.layer, harvest), answers=tuple(batch.decisions), changes=changes)
    same = seen.batch_of(batch.sha256, batch.layer, received_on=batch.received_on)
    if found.outcome == "refused" or same is None:
        return found
    note = Fault("note", "file-known", batch.file, f"与第{same}批导入的文件相同，没有变化")
    return replace(found, outcome="unchanged", batch=same, faults=(*found.faults, note))


def _report(name: str, layer: str, harvest: Harvest) -> ImportReport:
    """Report on a harvest that isn't stored: refused if it has errors, else checked."""
    faults = tuple(in_order(harvest.faults))
    return ImportReport(
        name,
        layer,
        "refused" if has_errors(faults) else "checked",
        records={of: len(records) for of, records in harvest.records.items()},
        none=Counter(row["layer"] for row in harvest.none),
        faults=faults,
        rows=RowCounts.of(harvest),
        tables=tuple(harvest.tables),
    )


def known_points(store: Store, *, file: str) -> list[Known]:
    """Where stored facilities stand; not what an earlier import of the same file merely assumed."""
    with store.reading() as seen:
        return [one for one in seen.points() if not (one.assumed and one.file == file)]
