"""Whether the server is well, in a few words that anybody may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.deps import Parts
from geo.errors import StoreUnusable
from geo.store.condition import Condition, condition


def condition_of(parts: Parts) -> Condition:
    """How the store is. Raises StoreError where it can't be read, or a newer program has changed its schema."""
    folder = parts.settings.backup_dir
    found = condition(parts.snapshots.store, Path(folder) if folder else None)
    if not found.is_current:
        msg = f"schema {found.schema} is not this program's"
        raise StoreUnusable(msg)
    return found


def health(found: Condition, version: str) -> dict[str, Any]:
    """The answer of /healthz."""
    disk = _word(found.has_room, "low")
    backup = _word(found.is_backed_up, "old")
    status = "warning" if "low" in disk or "old" in backup else "ok"
    return {"status": status, "version": version, "store": "ok", "migrations": "ok", "disk": disk, "backup": backup}


def _word(well: bool | None, otherwise: str) -> str:
    return "unknown" if well is None else "ok" if well else otherwise
