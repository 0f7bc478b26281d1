"""Import a file: read, normalise, store; all of it or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from geo.columns import IMPORTABLE, LEDGER, detect_layer
from geo.errors import InputRefused, UnknownLayer
from geo.faults import Fault, has_errors, in_order
from geo.normalise import Harvest, Normaliser
from geo.schema import layer_named
from geo.sheets import read_tables
from geo.store.batches import NewBatch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from geo.crs import Datum
    from geo.place import Place
    from geo.store import Store

AUTO = "auto"
Outcome = Literal["stored", "checked", "unchanged", "refused"]


@dataclass(frozen=True)
class ImportReport:
    """What became of a file.

    `outcome`: stored as `batch`; checked (a dry run); unchanged (this very content is
    stored already); refused (faults hold errors; the store is as it was).
    `records`, `none`: how many by layer.
    """

    file: str
    layer: str
    outcome: Outcome
    batch: int | None = None
    records: Mapping[str, int] = field(default_factory=dict)
    none: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report with the names that the API uses."""
        return {
            "file": self.file,
            "layer": self.layer,
            "outcome": self.outcome,
            "batch": self.batch,
            "records": dict(self.records),
            "reported_none": dict(self.none),
            "faults": [fault.as_dict() for fault in self.faults],
        }


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
    shown_as: str | None = None,
    place: Place | None = None,
) -> ImportReport:
    """Import one file into one layer, into several (`ledger`), or into the one its header shows (`auto`).

    Parameters
    ----------
    datum
        The datum of coordinates whose row names none; auto takes CGCS2000 and says so.
    complete
        The sender says that the list is whole: for `scope` (12-digit code) if given, else
        for the whole place where the layer comes from one city office, else for the
        townships that occur in it.
    shown_as
        The file name to print and store; for uploads.
    place
        The store's place, where the caller has read it already.

    Returns
    -------
    A report; with errors among its faults its outcome is "refused" and nothing was stored.

    Raises
    ------
    UnknownLayer
        `layer` is neither a layer nor `ledger` nor `auto`.
    """
    name = shown_as or path.name
    if layer not in (*IMPORTABLE, AUTO):
        msg = f"没有名为“{layer}”的图层;可用:{'、'.join((*IMPORTABLE, AUTO))}"
        raise UnknownLayer(msg)
    where = place or store.place()
    try:
        tables = read_tables(path, shown_as=name)
        chosen = layer if layer != AUTO else _detect(tables)
    except InputRefused as refusal:
        return ImportReport(name, layer, "refused", faults=refusal.faults)
    harvest = Normaliser(where, None if datum == "auto" else datum).read(tables, chosen)
    complete_lists = _complete(harvest, chosen, where.gazetteer.place_code, scope, name) if complete else []
    if scope is not None and not where.gazetteer.known(scope):
        harvest.faults.append(Fault("error", "scope-unknown", name, "完整清单的范围代码不存在", value=scope))
    counts = {k: len(v) for k, v in harvest.records.items()}
    none: dict[str, int] = {}
    for row in harvest.none:
        none[row["layer"]] = none.get(row["layer"], 0) + 1
    faults = tuple(in_order(harvest.faults))
    if has_errors(faults):
        return ImportReport(name, chosen, "refused", records=counts, none=none, faults=faults)
    options = f"{chosen}\x1f{datum}\x1f{complete}\x1f{scope}".encode()
    digest = hashlib.sha256(path.read_bytes() + options).hexdigest()
    same = store.batch_of(digest, chosen)
    if same is not None:
        note = Fault("note", "file-known", name, f"与第{same}批导入的文件相同,没有变化")
        return ImportReport(name, chosen, "unchanged", batch=same, records=counts, none=none, faults=(*faults, note))
    if dry_run:
        return ImportReport(name, chosen, "checked", records=counts, none=none, faults=faults)
    batch = store.write(
        NewBatch(
            file=name,
            sha256=digest,
            layer=chosen,
            sender=sender,
            received_on=received_on,
            datum=datum,
            records=harvest.records,
            none=harvest.none,
            complete=complete_lists,
        )
    )
    return ImportReport(name, chosen, "stored", batch=batch, records=counts, none=none, faults=faults)


def _detect(tables: list[Any]) -> str:
    """Tell the layer from the first table whose header is clear; the first table's refusal if none is."""
    refusal: InputRefused | None = None
    for table in tables:
        try:
            return detect_layer(table)
        except InputRefused as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _complete(harvest: Harvest, layer: str, place_code: str, scope: str | None, file: str) -> list[dict[str, Any]]:
    """List what the sender's word covers: the given scope, the place, or the townships that occur."""
    layers = list(harvest.townships) if layer == LEDGER else [layer]
    found = []
    for name in layers:
        headers = harvest.townships.get(name, {})
        whole = {"file": file, "sheet": None, "row": 1}
        source = next(iter(headers.values()), whole)
        if scope is not None or layer_named(name).city_wide:
            found.append({"layer": name, "scope_code": scope or place_code, **source})
        else:
            found += [{"layer": name, "scope_code": code, **header} for code, header in sorted(headers.items())]
    return found
