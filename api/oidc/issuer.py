"""The issuer of log-ins: what it says of itself, its keys, and codes exchanged for proven claims.

Nothing else is ever asked, and each answer is bounded (`api.oidc.bounded`). A failure is remembered for some seconds,
and few requests wait for the issuer at a time: a dead one holds up nobody who logs in by password.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from api.oidc.addresses import origin

if TYPE_CHECKING:
    import httpx

    from api.oidc.rounds import Round
    from api.settings import Settings

log = logging.getLogger("kepu.api")

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384")
"""Signatures that are taken; none by a shared secret, and never "none"."""
_FRESH_S: Final = 3600.0
_ALONE_S: Final = 10.0
_LEEWAY_S: Final = 30
_DISCOVERY: Final = "/.well-known/openid-configuration"


class Unavailable(RuntimeError):
    """The issuer can't be reached, is too slow, or says of itself what can't be used."""


class Refused(RuntimeError):
    """The issuer refused, or its answer proves nothing."""


@dataclass(frozen=True)
class Metadata:
    """What an issuer says of itself (OpenID Connect Discovery 1.0); all addresses are of its own origin."""

    authorization: str
    token: str
    keys: str
    end_session: str = ""
    post: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any], issuer: str) -> Metadata:
        """Read a configuration. Raises Unavailable for one that isn't the issuer's own."""
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")
        found = {name: str(told.get(name) or "") for name in names}
        if told.get("issuer") != issuer or not all(found[name] for name in names[:3]):
            msg = "its configuration is not complete or not its own"
            raise Unavailable(msg)
        try:
            foreign = [name for name, address in found.items() if address and origin(address) != origin(issuer)]
        except ValueError:
            foreign = ["address"]
        if foreign:
            msg = f"of another origin than the issuer: {foreign[0]}"
            raise Unavailable(msg)
        methods = told.get("token_endpoint_auth_methods_supported")
        only_post = isinstance(methods, list) and "client_secret_basic" not in methods
        authorization, token, keys, end_session = found.values()
        return cls(authorization, token, keys, end_session, only_post)


class Issuer:
    """The one issuer of the settings. Safe to share between threads."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self._settings, self._secret = settings, secret
        self._waiting, self._lock = BoundedSemaphore(4), Lock()
        self._known: dict[str, tuple[float, Any]] = {}
        self._failed_at = float("-inf")

    def authorization(self, begun: Round) -> str:
        """Where a browser goes to log in. Raises Unavailable."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        settings = self._settings
        told: str = prepare_grant_uri(
            self._metadata().authorization,
            settings.oidc_client_id,
            "code",
            redirect_uri=settings.oidc_redirect,
            scope=settings.oidc_scopes,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
        )
        return told

    def leaving(self, back: str) -> str | None:
        """Where a browser goes to log out there too (RP-Initiated Logout 1.0); None for nowhere. Raises Unavailable."""
        there = self._metadata().end_session
        told = {"client_id": self._settings.oidc_client_id, "post_logout_redirect_uri": back}
        return f"{there}{'&' if '?' in there else '?'}{urlencode(told)}" if there else None

    def claims(self, begun: Round, code: str) -> Mapping[str, Any]:
        """Exchange a code and return the proven claims of its ID token. Raises Unavailable, Refused."""
        token = self._exchanged(begun, code)
        try:
            return self._proven(token, begun, self._keys())
        except _UnknownKey:
            self._known.pop("keys", None)  # it may have changed its keys
        try:
            return self._proven(token, begun, self._keys())
        except _UnknownKey as unknown:
            msg = "signed by a key that it doesn't name"
            raise Refused(msg) from unknown

    def close(self) -> None:
        """Close all connections."""
        if "_client" in self.__dict__:
            self._client.close()

    # -- asking ----------------------------------------------------------------------

    @cached_property
    def _client(self) -> httpx.Client:
        from api.oidc.bounded import client

        return client(self._settings.oidc_issuer)

    def _metadata(self) -> Metadata:
        address = self._settings.oidc_issuer.rstrip("/") + _DISCOVERY
        told = self._kept("metadata", address)
        return Metadata.of(told, self._settings.oidc_issuer)

    def _keys(self) -> Any:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            return KeySet.import_key_set(self._kept("keys", self._metadata().keys))
        except (JoseError, KeyError, TypeError, ValueError) as error:
            msg = "its keys can't be read"
            raise Unavailable(msg) from error

    def _kept(self, what: str, address: str) -> Any:
        """The JSON of an address, asked for once an hour. Raises Unavailable."""
        with self._lock:
            at, told = self._known.get(what, (float("-inf"), None))
        if time.monotonic() - at > _FRESH_S:
            told = self._asked("GET", address)
            with self._lock:
                self._known[what] = time.monotonic(), told
        return told

    def _asked(self, method: str, address: str, **more: Any) -> Any:
        import httpx

        if time.monotonic() - self._failed_at < _ALONE_S or not self._waiting.acquire(blocking=False):
            msg = "left alone for some seconds after a failure"
            raise Unavailable(msg)
        try:
            answer = self._client.request(method, address, **more)
            if answer.status_code in (400, 401, 403) and method == "POST":
                raise Refused(str(answer.status_code))
            if answer.status_code != 200:
                msg = f"answered {answer.status_code}"
                raise Unavailable(msg)
            return _object(answer)
        except httpx.HTTPError as error:
            self._failed_at = time.monotonic()
            log.warning("OpenID Connect issuer: %s", type(error).__name__)
            raise Unavailable(type(error).__name__) from error
        finally:
            self._waiting.release()

    def _exchanged(self, begun: Round, code: str) -> Mapping[str, Any]:
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        settings, metadata = self._settings, self._metadata()
        body = prepare_token_request(
            "authorization_code", redirect_uri=settings.oidc_redirect, code=code, code_verifier=begun.verifier
        )
        way = "none" if not self._secret else "client_secret_post" if metadata.post else "client_secret_basic"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        auth = ClientAuth(settings.oidc_client_id, self._secret, way)
        address, headers, body = auth.prepare("POST", metadata.token, headers, body)
        told: Mapping[str, Any] = self._asked("POST", address, headers=headers, content=body)
        return told

    def _proven(self, token: Mapping[str, Any], begun: Round, keys: Any) -> Mapping[str, Any]:
        """The claims of an ID token, checked as OpenID Connect Core 1.0, 3.1.3.7, says."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        settings = self._settings
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": settings.oidc_issuer},
            "aud": {"essential": True, "value": settings.oidc_client_id},
        }
        held = {"nonce": begun.nonce, "client_id": settings.oidc_client_id, "access_token": token.get("access_token")}
        try:
            told = jwt.decode(str(token.get("id_token", "")), keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(told.claims, told.header, wanted, held)
            claims.validate(leeway=_LEEWAY_S)
        except InvalidKeyIdError as error:
            raise _UnknownKey from error
        except (JoseError, ValueError, TypeError) as error:
            log.warning("OpenID Connect: an ID token was refused: %s", type(error).__name__)
            msg = "its ID token proves nothing"
            raise Refused(msg) from error
        return dict(claims)


class _UnknownKey(Exception):
    """A token is signed by a key that isn't known (yet)."""


def _object(answer: httpx.Response) -> Any:
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        msg = "answered with no JSON object"
        raise Unavailable(msg)
    return told
