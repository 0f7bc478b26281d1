"""Addresses of an issuer and of ours: their origin, and whether they can be relied on."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def origin(address: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address. Raises ValueError for one that has none, or names a user."""
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError(address)
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def is_safe(address: str) -> bool:
    """Whether an address can be relied on: HTTPS, or this machine; no user, query or fragment."""
    try:
        scheme, host, _ = origin(address)
    except ValueError:
        return False
    parts = urlsplit(address)
    return not (parts.query or parts.fragment) and (scheme == "https" or host in _HERE)
