"""The audit as docs/CONTRACT.md tells other programs, checked without ours; and the same on every back end."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import struct
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from geo.store import NewBatch, Store
from geo.store.audit_files import export_lines
from geo.store.chain import ORIGIN
from geo.store.digests import batch_digests
from tests.audited import batch
from tests.forgery import entries_of
from tests.stored import fresh_store, on_postgres
from tests.support import WILLOW_RIVER

if TYPE_CHECKING:
    from tests.postgres import Cluster

CONTRACT = Path(__file__).parent.parent / "docs" / "CONTRACT.md"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with a batch."""
    made = fresh_store(tmp_path / "k.db")
    made.write(batch("a.xlsx"))
    return made


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def test_the_chain_can_be_checked_by_another_program(store: Store) -> None:
    previous = ORIGIN
    for line in export_lines(entries_of(store)).splitlines():
        told = json.loads(line)
        own = told.pop("hash")
        assert told["previous"] == previous
        previous = hashlib.sha256(_canonical(told).encode()).hexdigest()
        assert own == previous


def test_the_example_in_the_contract_is_right() -> None:
    blocks = re.findall(r"```json\n(\{\"action\".*?)\n```", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        told = json.loads(block)
        assert _canonical(told) == block
        own = told.pop("hash")
        assert hashlib.sha256(_canonical(told).encode()).hexdigest() == own


def test_the_digest_in_the_contract_is_that_of_its_lines() -> None:
    page = CONTRACT.read_text(encoding="utf-8")
    (salt,) = re.findall(r"With the salt `([0-9a-f]{32})`", page)
    (lines,) = re.findall(r"```text\n(\[.*?)```", page, re.DOTALL)
    assert hashlib.sha256(f"{salt}{lines}".encode()).hexdigest() in page
    assert hashlib.sha256(salt.encode()).hexdigest() in page


def test_content_can_be_checked_by_another_program(store: Store, tmp_path: Path) -> None:
    """Straight from the file, as docs/CONTRACT.md says."""
    kinds: dict[str, Any] = {
        "equipment": bool,
        "area_m2": lambda v: struct.pack(">d", v).hex(),
        "serves": json.loads,
        "geometry": bytes.hex,
    }
    with closing(sqlite3.connect(tmp_path / "k.db")) as plain:
        plain.row_factory = sqlite3.Row
        rows = plain.execute("SELECT * FROM stations WHERE batch = 1 ORDER BY record").fetchall()
        salt, detail = plain.execute("SELECT salt, detail FROM audit WHERE batch = 1").fetchone()
    told = hashlib.sha256(salt.encode())
    for name in sorted(set(rows[0].keys()) - {"record", "batch"}):
        form = kinds.get(name, lambda v: v)
        values = [None if row[name] is None else form(row[name]) for row in rows]
        if any(value is not None for value in values):
            told.update(_canonical([name, values]).encode() + b"\n")
    assert json.loads(detail)["content"]["stations"] == {"rows": 2, "sha256": told.hexdigest()}


def test_digests_are_the_same_on_every_back_end(store: Store, postgres: Cluster, tmp_path: Path) -> None:
    shapes = (
        shapely.Point(102.05, 30.05),
        shapely.box(102, 30, 102.1, 30.1),
        shapely.MultiPoint([(102, 30), (102.1, 30)]),
    )
    source: dict[str, Any] = {"unit_code": WILLOW_RIVER, "file": "a", "sheet": None}
    rows = [
        source | {"id": str(n), "row": n, "geometry": shape, "area_m2": 0.1 * n - 0.3, "built_on": date(2022, 2, 1 + n),
                  "equipment": bool(n % 2), "serves": ("a", "b"), "name": "站\"\\\n\u2028é", "person": ""}
        for n, shape in enumerate(shapes)
    ]  # fmt: skip
    made = NewBatch(
        "a", "0", "stations", records={"stations": rows, "boards": [source | {"id": "x", "row": 1, "updates": ()}]}
    )
    found = []
    with on_postgres(postgres):
        other = fresh_store(tmp_path / "p.db")
        assert [one.url.partition(":")[0] for one in (store, other)] == ["sqlite", "postgresql"]
        for one in (store, other):
            number = one.write(made)
            with one.reading() as seen:
                digests = batch_digests(seen.connection, number, "")
            found.append({name: digests[name] for name in ("stations", "boards")})
    assert found[0] == found[1]
