"""Somebody at work in the load test: what is done, how it is timed, and what the server acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import httpx

from bench.load_web_server import DAY, PASSWORD, RULE

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

THINKS_S = 0.5


class Fields(HTMLParser):
    """What a browser would send of the forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the value of a field."""
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "input" and name and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self.found[name] = told.get("value", "")
        elif tag == "select":
            self._select, self.found[name] = name, ""
        elif tag == "option" and "selected" in told:
            self.found[self._select] = told.get("value", "")
        elif tag == "textarea":
            self._text, self.found[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        """End a text."""
        self._text = "" if tag == "textarea" else self._text

    def handle_data(self, data: str) -> None:
        """Take a text's content."""
        if self._text:
            self.found[self._text] += data


@dataclass
class Tally:
    """What happened: seconds by what was done, statuses, and what the server acknowledged."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    stations: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    counted: int = 0
    overtaken: int = 0


@dataclass
class Person:
    """Somebody at work; `units` are the codes of villages."""

    name: str
    client: httpx.AsyncClient
    units: list[str]
    tally: Tally
    counted: str
    random: random.Random
    tags: dict[str, str] = field(default_factory=dict)
    done: int = 0

    async def ask(self, what: str, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, timed; a status of 500 and above, or no answer, breaks a promise."""
        begun = time.perf_counter()
        try:
            answer = await self.client.request(method, path, **more)
        except httpx.HTTPError as error:
            self.tally.broken.append(f"{what}: {type(error).__name__}")
            raise
        self.tally.seconds[what].append(time.perf_counter() - begun)
        self.tally.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.tally.broken.append(f"{what}: {answer.status_code}")
        return answer

    async def log_in(self) -> None:
        """Log in by password, waiting as long as the server says."""
        for _ in range(50):
            mark = Fields((await self.ask("log-in page", "GET", "/login")).text).found["csrf_token"]
            form = {"name": self.name, "password": PASSWORD, "csrf_token": mark}
            answer = await self.ask("log-in", "POST", "/login", data=form)
            if answer.status_code == 303:
                return
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)) + self.random.random())
        self.tally.broken.append(f"log-in: {answer.status_code}")

    async def read(self, what: str, path: str) -> httpx.Response:
        """Read a page as a browser that has it already may."""
        headers = {"If-None-Match": self.tags[path]} if path in self.tags and self.random.random() < 0.5 else {}
        answer = await self.ask(what, "GET", path, headers=headers)
        if answer.status_code not in (200, 304):
            self.tally.broken.append(f"{what}: {answer.status_code}")
        self.tags[path] = answer.headers.get("etag", "")
        return answer

    async def overview(self) -> None:
        """Look at the overview."""
        await self.read("overview", f"/?as_of={DAY}")

    async def gaps(self) -> None:
        """Look through the gaps."""
        more = self.random.choice(("", "&state=unknown", "&q=zhong", "&sort=since&order=desc", "&page=2", "&due=60"))
        await self.read("gaps", f"/gaps?as_of={DAY}{more}")

    async def unit(self) -> None:
        """Look at a village."""
        await self.read("unit", f"/units/{self.random.choice(self.units)}?as_of={DAY}")

    async def add(self) -> None:
        """Fill in a new facility."""
        unit, name = self.random.choice(self.units), self._new("站")
        opened = await self.read("form", f"/edit/{unit}?layer=stations")
        if opened.status_code != 200:
            return
        form = {**Fields(opened.text).found, "活动站名称": name, "专用/共用": "专用", "step": "save"}
        answer = await self.ask("save", "POST", f"/edit/{unit}", data=form)
        self._acknowledged(answer, self.tally.stations, name)

    async def count(self) -> None:
        """Read the record that all count up, and save one more."""
        path = f"/edit/{self.units[0]}"
        opened = await self.ask("form", "GET", f"{path}?layer=stations&id={self.counted}")
        form = Fields(opened.text).found
        form |= {"面积": str(int(float(form["面积"])) + 1), "step": "save"}
        answer = await self.ask("count up", "POST", path, data=form)
        if answer.status_code == 303:
            self.tally.counted += 1
        elif answer.status_code == 409:
            self.tally.overtaken += 1
        else:
            self.tally.broken.append(f"count up: {answer.status_code}")

    async def take(self) -> None:
        """Take a gap on."""
        page = await self.ask("gaps", "GET", f"/gaps?as_of={DAY}&rule={RULE}&page=1")
        mark, name = Fields(page.text).found["csrf_token"], self._new("承办")
        form = {"rule": RULE, "unit": self.random.choice(self.units), "action": "taken", "who": name,
                "due_on": "2027-12-31", "csrf_token": mark}  # fmt: skip
        self._acknowledged(await self.ask("take", "POST", "/gaps/tasks", data=form), self.tally.taken, name)

    async def bring(self) -> None:
        """Import a list of one communicator."""
        name = self._new("员")
        mark = Fields((await self.ask("account", "GET", "/account")).text).found["csrf_token"]
        file = f"单位代码,名称,人数\n{self.random.choice(self.units)},{name},1\n".encode("utf-8-sig")
        sent = await self.ask("import", "POST", "/api/v1/imports", headers={"X-CSRF-Token": mark},
                              files={"file": (f"{name}.csv", file)}, data={"layer": "communicators"})  # fmt: skip
        if sent.status_code != 202:
            self.tally.broken.append(f"import: {sent.status_code}")
            return
        while True:
            told = (await self.ask("import's state", "GET", sent.json()["status_url"])).json()
            if told["state"] in ("done", "failed"):
                break
            await asyncio.sleep(0.3)
        if told["state"] == "done" and told.get("outcome") == "stored":
            self.tally.imported.add(name)
        else:
            self.tally.broken.append(f"import ended {told['state']} {told.get('outcome')} {told.get('faults')}")

    async def work(self, until: float) -> None:
        """Come in during the first sixth of the time, then do this and that until it is over."""
        await asyncio.sleep(self.random.random() * (until - time.monotonic()) / 6)
        await self.log_in()
        chances: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.overview, 20), (self.gaps, 25), (self.unit, 25), (self.add, 10), (self.take, 8), (self.count, 6),
            (self.bring, 2), (self.log_in, 2),
        ]  # fmt: skip
        doings, weights = zip(*chances, strict=True)
        while time.monotonic() < until:
            try:
                await self.random.choices(doings, weights)[0]()
            except httpx.HTTPError:
                continue
            await asyncio.sleep(self.random.expovariate(1 / THINKS_S))

    def _new(self, what: str) -> str:
        self.done += 1
        return f"{self.name}{what}{self.done:04d}"

    def _acknowledged(self, answer: httpx.Response, where: set[str], name: str) -> None:
        if answer.status_code == 303:
            where.add(name)
        elif answer.status_code == 409:  # of the same unit, while the form was open
            self.tally.overtaken += 1
        else:
            self.tally.broken.append(f"{name}: {answer.status_code}")
