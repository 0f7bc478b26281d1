"""HTTP to one origin and no other: no redirects, bounds on time and size, nothing taken from the environment."""

from __future__ import annotations

import ssl
import time
from typing import Final

import httpx

from api.oidc.addresses import origin

TIMEOUT_S: Final = 5.0
LARGEST: Final = 512 * 1024


class OtherOrigin(httpx.RequestError):
    """The address isn't the issuer's."""


class TooMuch(httpx.RequestError):
    """The answer is too large, packed, or takes too long."""


class OneOrigin(httpx.BaseTransport):
    """Asks one origin only, and reads no more of an answer than it should hold."""

    def __init__(self, address: str) -> None:
        self._origin = origin(address)
        self._inner = httpx.HTTPTransport(verify=ssl.create_default_context(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask. Raises OtherOrigin, TooMuch and what httpx raises."""
        if origin(str(request.url)) != self._origin:
            msg = "not the issuer's address"
            raise OtherOrigin(msg, request=request)
        ends = time.monotonic() + TIMEOUT_S
        response = self._inner.handle_request(request)
        try:
            body = self._read(request, response, ends)
        finally:
            response.close()
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()

    @staticmethod
    def _read(request: httpx.Request, response: httpx.Response, ends: float) -> bytes:
        body = bytearray()
        packed = response.headers.get("content-encoding", "identity") != "identity"
        for piece in response.iter_raw():
            body += piece
            if packed or len(body) > LARGEST or time.monotonic() > ends:
                msg = "too large, packed or too slow"
                raise TooMuch(msg, request=request)
        return bytes(body)


def client(address: str) -> httpx.Client:
    """A client for an issuer's address. Raises ValueError for one that has no origin."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    return httpx.Client(
        transport=OneOrigin(address), timeout=TIMEOUT_S, follow_redirects=False, trust_env=False, headers=headers
    )
