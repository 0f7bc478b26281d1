"""The gate: names the server is called by, pages of other sites, sizes, and what browsers may do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from api.errors import ForeignHost, ForeignOrigin
from api.guard import check_host, check_origin, host_name
from api.settings import Settings

if TYPE_CHECKING:
    from tests.web_client import Web

SOCKET = ("127.0.0.1", 8000)


def scope(host: str | None, *, server: Any = SOCKET, method: str = "GET", **headers: str) -> dict[str, Any]:
    """As much of an ASGI scope as the gate reads."""
    pairs = {**({} if host is None else {"host": host}), **{k.replace("_", "-"): v for k, v in headers.items()}}
    raw = [(key.encode(), value.encode()) for key, value in pairs.items()]
    return {"type": "http", "method": method, "server": server, "headers": raw}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]:8000", "[::1]", "localhost."]
)
def test_loopback_names_are_ours(host: str) -> None:
    check_host(scope(host), Settings())


@pytest.mark.parametrize(
    "host",
    [
        None, "", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example",
        "192.168.1.5", "localhost@evil.example", "[::2]", "[", "localhost:x@y", "0.0.0.0", "testserver",
    ],
)  # fmt: skip
def test_other_names_are_refused(host: str | None) -> None:
    with pytest.raises(ForeignHost):
        check_host(scope(host), Settings())


def test_a_unix_socket_is_a_socket() -> None:
    with pytest.raises(ForeignHost):
        check_host(scope("evil.example", server=("/run/kepu.sock", None)), Settings())


def test_configured_names_and_addresses_once_others_are_let_in() -> None:
    settings = Settings(host="0.0.0.0", allow_remote=True, hosts=("atlas.office",))
    for host in ("atlas.office", "Atlas.Office:8000", "192.168.1.5:8000", "[fd00::1]", "localhost"):
        check_host(scope(host), settings)
    with pytest.raises(ForeignHost):
        check_host(scope("evil.example"), settings)


def test_an_in_process_client_has_no_socket(client: Web) -> None:
    with TestClient(client.client.app, base_url="http://testserver") as web:
        assert web.get("/healthz").status_code == 200
    answer = client.client.get("/healthz", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert answer.json()["type"] == "urn:kepu:problem:foreign-host"
    assert client.client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_host_name_never_fails() -> None:
    assert host_name("[::1") == ""
    assert host_name("a:b") == "a"


ORIGIN = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"origin": ORIGIN}, {"origin": ORIGIN, "sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"},
    ],
)  # fmt: skip
def test_our_own_pages_and_programs_may_change(headers: dict[str, str]) -> None:
    check_origin(scope("127.0.0.1:8000", method="POST", **headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9000"}, {"origin": ""},
        {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"},
        {"origin": ORIGIN, "sec_fetch_site": "cross-site"}, {"origin": "http://evil.example", "sec_fetch_site": "none"},
    ],
)  # fmt: skip
def test_other_sites_pages_may_not(client: Web, headers: dict[str, str]) -> None:
    with pytest.raises(ForeignOrigin):
        check_origin(scope("127.0.0.1:8000", method="POST", **headers))
    real = {key.replace("_", "-"): value for key, value in headers.items()}
    answer = client.client.post("/api/v1/imports", headers=real, files={"file": ("x.csv", b"a")})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:kepu:problem:foreign-origin"
    assert client.client.get("/healthz", headers=real).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/map", "/gaps", "/api", "/api/v1/gaps", "/api/v1/none", "/nope", "/static/site.css", "/healthz"]
)
def test_every_answer_has_the_headers(client: Web, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy.replace("https:", "")
    assert ("default-src 'none'" if path == "/map" else "default-src 'self'") in policy


def test_the_maps_policy_is_its_own(client: Web) -> None:
    answer = client.get("/map")
    (meta,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', answer.text)
    assert answer.headers["content-security-policy"] == f"{meta}; frame-ancestors 'self'"
    assert "sha256-" in meta


def test_a_body_over_the_limit_is_refused(fresh: Web) -> None:
    big = b"x" * (1024 * 1024 + 1)
    said = fresh.client.post("/api/v1/imports", files={"file": ("x.csv", big)})
    assert said.status_code == 413
    assert said.json()["type"] == "urn:kepu:problem:too-large"
    assert "1 MB" in said.json()["detail"]

    def pieces() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 65_536
        yield b"\r\n--b--\r\n"

    silent = fresh.client.post(
        "/api/v1/imports", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert silent.status_code == 413
    assert silent.json()["type"] == "urn:kepu:problem:too-large"
    assert silent.headers["x-content-type-options"] == "nosniff"
