"""What is done to accounts, told to the audit in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.store import audit, clock

if TYPE_CHECKING:
    from geo.store.transactions import Writing


def note(store: Writing, action: str, by: str, **detail: Any) -> None:
    """Add an entry to the audit; what is None is left out. Secrets are never among what is told."""
    told = {name: value for name, value in detail.items() if value is not None}
    audit.append(store.connection, action, clock.now().at, by, told)
