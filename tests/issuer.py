"""A small OpenID Connect provider on 127.0.0.1, over real HTTP; tests bend what it says."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwk, jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT, SECRET = "atlas", "a secret: of + the client"
BACK = "http://127.0.0.1:8000/login/oidc/back"
Twist = dict[str, Any]


@dataclass
class Provider:
    """What the provider is like: `claims` are put into the next ID token, None takes one out."""

    address: str
    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    algorithm: str = "RS256"
    claims: Twist = field(default_factory=dict)
    configuration: Twist = field(default_factory=dict)
    published: list[Any] = field(default_factory=list)
    answer: Callable[[str], tuple[int, dict[str, str], bytes] | None] = lambda _: None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, location: str) -> dict[str, str]:
        """Log in as a browser does that was sent to `location`; what comes back to the redirect address."""
        parts = urlsplit(location)
        assert f"{parts.scheme}://{parts.netloc}" == self.address
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert asked["redirect_uri"] == BACK
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str], basic: str) -> dict[str, str]:
        """Exchange a code once, for whoever began and knows the secret."""
        asked = self.codes.pop(form["code"])
        assert form["redirect_uri"] == asked["redirect_uri"]
        assert create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        name, _, secret = b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        assert (unquote(name), secret) in ((CLIENT, SECRET), (CLIENT, unquote(SECRET)))
        now = int(time.time())
        told = {
            "iss": self.address, "aud": CLIENT, "sub": "42", "iat": now, "exp": now + 60, "nonce": asked["nonce"],
            "preferred_username": "查看员", **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in told.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(header, claims)}

    def _signed(self, header: Twist, claims: Twist) -> str:
        if self.algorithm == "none":
            parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims))
            return f"{'.'.join(parts)}."
        return jwt.encode(header, claims, self.key, [self.algorithm])

    def page(self, path: str) -> dict[str, Any]:
        """What a GET answers."""
        if path == "/keys":
            return {"keys": [key.as_dict(private=False) for key in self.published or [self.key]]}
        assert path == "/.well-known/openid-configuration"
        return {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize?tenant=1",
            "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys",
            "end_session_endpoint": f"{self.address}/leave", **self.configuration,
        }  # fmt: skip


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(lambda: said.page(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(lambda: said.token(form, self.headers.get("Authorization", "")))

        def _answer(self, make: Callable[[], Any]) -> None:
            said.asked.append(self.path)
            status, headers, body = said.answer(self.path) or (200, {}, b"")
            if status == 200 and not body:
                try:
                    body = json.dumps(make()).encode()
                except (AssertionError, KeyError):
                    status = 400
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    said = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield said
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def back(told: dict[str, str]) -> str:
    """The address that a browser comes back to."""
    return f"{urlsplit(BACK).path}?{urlencode(told)}"
