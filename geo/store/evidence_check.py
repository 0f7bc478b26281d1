"""Whether the files that a store keeps as evidence are what was attached."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from geo.store.digests import BULKY
from geo.store.evidence_tables import evidence, evidence_contents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def evidence_faults(connection: Connection) -> Iterator[str]:
    """Yield one sentence for each content that isn't the one that was attached, and each withdrawal of what isn't."""
    kept: dict[int, tuple[str, int]] = {}
    query = select(evidence_contents).order_by(evidence_contents.c.number)
    for row in connection.execute(query, execution_options={"yield_per": BULKY[evidence_contents.name]}):
        content = row.content.encode() if isinstance(row.content, str) else bytes(row.content)
        digest = hashlib.sha256(content).hexdigest()
        kept[row.number] = digest, len(content)
        if digest != row.sha256:
            yield f"第{row.number}份佐证材料的内容与它的 SHA-256 不符"
    rows = connection.execute(select(evidence).order_by(evidence.c.number)).all()
    named = {row.number: row for row in rows}
    for row in rows:
        if kept.get(row.content) != (row.sha256, row.bytes):
            yield f"第{row.number}号佐证材料（{row.name}）的内容不是当时存入的那一份"
        gone = named.get(row.withdraws)
        if row.withdraws is not None and (gone is None or gone.withdraws is not None or gone.content != row.content):
            yield f"第{row.number}号记为撤回第{row.withdraws}号佐证材料，两者却对不上"
    for number in sorted(set(kept) - {row.content for row in rows}):
        yield f"第{number}份佐证材料的内容不属于任何一条记录"
