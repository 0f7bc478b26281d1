"""Pages and API at one worker against a bare FastAPI endpoint of the same bytes and ETag. Prints ratios of one run.

python bench/bench_web.py [SECONDS]

Ours answer from kept bytes, checked against the store's version each time; theirs know nothing of a store.
Both are asked by the same client over kept-alive connections of 127.0.0.1; counted are requests for each second of
the server's processor time. Whoever asks is logged in. Last: what the first overview after an import costs more than a
kept one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SECONDS = 3.0
CONNECTIONS = 8
KEPT = 50
DAY = "2022-10-31"
WRITES = (
    ("communicators", "名称,人数", "新报的科普员,1"),
    ("stations", "名称,设备,建成日期", "新报的站,有,2021-01-01"),
    ("boards", "名称,长度,建成日期,更换日期", "新报的栏,6,2021-01-01,2022-10-01"),
)
PATHS = (f"/?as_of={DAY}", f"/gaps?as_of={DAY}", f"/api/v1/assessment?as_of={DAY}", "/api/v1/layers/villages")


def ours(url: str) -> FastAPI:
    """The app over the demo's store."""
    from api.main import create_app
    from api.settings import Settings

    return create_app(Settings(database_url=url))


def theirs(folder: str) -> FastAPI:
    """An endpoint that returns bytes out of memory."""
    app = FastAPI()
    known = {path.name: path.read_bytes() for path in Path(folder).iterdir()}

    @app.get("/{name:path}")
    async def answer(name: str, request: Request) -> Response:
        headers = {"ETag": '"0123456789abcdef0123456789abcdef"', "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match"):
            return Response(status_code=304, headers=headers)
        return Response(known[request.query_params["n"]], media_type="text/html", headers=headers)

    return app


def serve(make: Any, given: str, port: int) -> None:
    """Serve an app until the process is ended."""
    import uvicorn

    uvicorn.run(make(given), host="127.0.0.1", port=port, log_level="critical", access_log=False)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ask(port: int, path: str, *, session: str = "") -> tuple[int, str, bytes]:
    """One request: status, ETag, body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = await exchange(reader, writer, request_of(path, "", session))
    writer.close()
    return found


def request_of(path: str, tag: str, session: str = "") -> bytes:
    """The bytes of a GET."""
    headers = f"If-None-Match: {tag}\r\n" if tag else ""
    headers += f"Cookie: kepu={session}\r\n" if session else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, str, bytes]:
    """Send a request over an open connection and read its answer."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return int(head[0].split()[1]), fields.get("etag", ""), body


async def rate(port: int, pid: int, request: bytes, seconds: float, expected: int) -> float:
    """Requests for each second of the server's processor time: what else runs here then counts little."""
    ends = time.perf_counter() + seconds

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < ends:
            status, _, _ = await exchange(reader, writer, request)
            assert status == expected, status
            count += 1
        writer.close()
        return count

    began = processor_seconds(pid)
    done = sum(await asyncio.gather(*(one() for _ in range(CONNECTIONS))))
    return done / (processor_seconds(pid) - began)


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor, from /proc (Linux)."""
    used = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


async def ready(port: int) -> None:
    """Wait until a server answers."""
    while True:
        try:
            await ask(port, "/healthz?n=0")
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
        else:
            return


async def compare(folder: Path, url: str, seconds: float) -> None:
    """Measure both servers path by path, and the page after a write."""
    ports = free_port(), free_port()
    context = multiprocessing.get_context("spawn")
    mine = context.Process(target=serve, args=(ours, url, ports[0]), daemon=True)
    mine.start()
    await ready(ports[0])
    session = logged_in(url)
    kept = [await ask(ports[0], path, session=session) for path in PATHS]
    for number, (status, _, body) in enumerate(kept):
        assert status == 200, (PATHS[number], status)
        (folder / str(number)).write_bytes(body)
    other = context.Process(target=serve, args=(theirs, str(folder), ports[1]), daemon=True)
    other.start()
    await ready(ports[1])
    try:
        for number, path in enumerate(PATHS):
            _, tag, body = kept[number]
            for expected, given in ((200, ""), (304, tag)):
                asked = request_of(path, given, session), request_of(f"/x?n={number}", given, session)
                own = await rate(ports[0], mine.pid or 0, asked[0], seconds, expected)
                bare = await rate(ports[1], other.pid or 0, asked[1], seconds, expected)
                told = f"{path:40} {expected} {len(body) / 1024:7.0f} kB"
                print(f"{told}  ours {own:6.0f}  bare {bare:6.0f}  ratio {own / bare:.2f}")
        await after_writes(ports[0], mine.pid or 0, url, session)
    finally:
        mine.terminate()
        other.terminate()


def logged_in(url: str) -> str:
    """The secret of a session of somebody who may read."""
    from geo.accounts import Accounts
    from geo.store import Store

    store = Store.open(url)
    accounts, password = Accounts(lambda: store), os.urandom(16).hex()
    name = accounts.add("reader", "viewer", password).name
    secret = accounts.log_in(name, password, address="bench")
    store.close()
    return secret


async def after_writes(port: int, pid: int, url: str, session: str) -> None:
    """What the overview costs when it is asked for right after an import."""
    from geo.intake.imports import import_file
    from geo.store import Store

    store = Store.open(url)
    code = str(store.place().villages["code"].iloc[0])
    for layer, header, row in WRITES:
        before = processor_seconds(pid)
        for _ in range(KEPT):
            await ask(port, PATHS[0], session=session)
        kept = (processor_seconds(pid) - before) / KEPT
        with tempfile.TemporaryDirectory() as where:
            path = Path(where) / f"{layer}.csv"
            path.write_text(f"单位代码,{header}\n{code},{row}\n", encoding="utf-8-sig")
            assert import_file(store, path, layer).outcome == "stored"
        before, began = processor_seconds(pid), time.perf_counter()
        status, _, _ = await ask(port, PATHS[0], session=session)
        used, took = processor_seconds(pid) - before, time.perf_counter() - began
        assert status == 200
        print(f"overview {kept * 1000:.1f} ms, after {layer} {used * 1000:.0f} ms ({took * 1000:.0f} ms by the clock)")
    store.close()


def main() -> None:
    """Make the demo and compare."""
    from api.cli import main as kepu

    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as where:
        out = Path(where) / "demo"
        sys.argv = ["kepu", "demo", "--out", str(out)]
        with suppress(SystemExit):
            kepu()
        answers = Path(where) / "answers"
        answers.mkdir()
        asyncio.run(compare(answers, f"sqlite:///{(out / 'kepu.db').as_posix()}", seconds))
    os._exit(0)  # the servers are daemons


if __name__ == "__main__":
    main()
