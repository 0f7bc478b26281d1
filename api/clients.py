"""The other end of a connection: its address, whether it is this machine, whether nobody can listen in.

A proxy's word counts only where the settings trust its address.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from api.settings import Settings

IN_PROCESS: Final = "in-process"
UNKNOWN: Final = "unknown"
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via"})


def client_address(scope: Scope, settings: Settings) -> str:
    """The address of who asks: the last one that no trusted proxy has."""
    address = _peer(scope)
    if _is_trusted(address, settings):
        given = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        for named in reversed([part.strip() for part in given]):
            if not _is_address(named):
                break
            address = named
            if not _is_trusted(named, settings):
                break
    return address


def is_near(scope: Scope, settings: Settings) -> bool:
    """Whether the request was made on this machine, as far as can be told: not what a proxy here passes on."""
    peer = _peer(scope)
    if any(name in _FORWARDED for name, _ in scope["headers"]) and not _is_trusted(peer, settings):
        return False
    address = client_address(scope, settings)
    return address == IN_PROCESS or _is_loopback(address)


def is_https(scope: Scope, settings: Settings) -> bool:
    """Whether the browser speaks HTTPS, to us or to a trusted proxy."""
    if _is_trusted(_peer(scope), settings):
        given = Headers(scope=scope).get("x-forwarded-proto")
        if given is not None:
            return given.split(",")[-1].strip().lower() == "https"
    return str(scope.get("scheme", "http")) == "https"


def _peer(scope: Scope) -> str:
    """The address at the other end of the socket; a client without socket names none."""
    client = scope.get("client")
    if not client or not client[0]:
        return UNKNOWN
    return str(client[0]) if _is_address(str(client[0])) else IN_PROCESS


def _is_trusted(address: str, settings: Settings) -> bool:
    return _is_among(address, settings.trusted_proxies)


@lru_cache(maxsize=1024)
def _is_among(address: str, networks: tuple[str, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in ip_network(known) for known in networks)


@lru_cache(maxsize=1024)
def _is_loopback(address: str) -> bool:
    return _is_address(address) and ip_address(address).is_loopback


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
