"""What was typed into a form whose session had run out: carried through the log-in, then offered for sending again.

It travels inside the log-in form itself; nothing of it is stored here. Passwords and files are left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from starlette.datastructures import FormData

CSRF_FIELD: Final = "csrf_token"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
LARGEST: Final = 64 * 1024
MOST_FIELDS: Final = 500


@dataclass(frozen=True)
class Kept:
    """Where a form goes, and its fields in order."""

    to: str
    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, to: str, form: FormData) -> Self:
        """Keep what may be kept."""
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        hidden = (CSRF_FIELD, "password", "old", "new", "again")
        return cls(to, tuple(pair for pair in pairs if pair[0] not in hidden))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote. Raises ValueError."""
        try:
            told: Any = json.loads(text)
            to, fields = str(told["to"]), tuple((str(name), str(value)) for name, value in told["fields"])
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(text[:80]) from error
        if len(fields) > MOST_FIELDS or own_path(to) is None:
            raise ValueError(to[:80])
        return cls(to, fields)

    def to_text(self) -> str:
        """As one text, for a hidden field."""
        return json.dumps({"to": self.to, "fields": self.fields}, ensure_ascii=False)


def own_path(address: str) -> str | None:
    """An address of this site as path and query; None for what may lead elsewhere."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return None
    if any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else address
