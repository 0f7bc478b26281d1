"""Numbers of running, for Prometheus: requests as they are answered, and what the store holds when asked.

With several workers prometheus-client keeps each process's counts in files of one folder (its multiprocess
mode), so that whichever worker is asked tells of all. What comes from the store is read when it is asked for. Labels
are templates of routes, methods and states: never what anybody typed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.permissions import route_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

    from geo.store.condition import Condition

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the counts of several processes lie; set before any of them counts (`kepu serve --workers N`)."""
OTHER: Final = "other"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS: Final = frozenset({"GET", "POST"})


def template_of(scope: Scope) -> tuple[str, str]:
    """Method and template of a request's route; what isn't one of ours is `other`."""
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    route = route_of(method, scope["path"])
    return (method if method in _METHODS else OTHER, OTHER) if route is None else route


class Counts:
    """The counts of one process, or of all that share a folder."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._own = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter("kepu_requests", "Requests answered", (*labels, "status"), registry=self._own)
        self._seconds = Histogram(
            "kepu_request_seconds", "Time until an answer began", labels, buckets=SECONDS, registry=self._own
        )

    def note(self, route: tuple[str, str], status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(*route, f"{status // 100}xx").inc()
        self._seconds.labels(*route).observe(seconds)

    def told(self) -> CollectorRegistry:
        """All counts, of every process."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        if not os.environ.get(SHARED):
            return self._own
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry


@dataclass(frozen=True)
class Counting:
    """Counts every answer, and times it until it begins. Plain ASGI, outermost."""

    app: ASGIApp
    counts: Counts
    note: Callable[[tuple[str, str], int, float], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, told = time.perf_counter(), False

        async def counted(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and not told:
                told = True
                self._tell(scope, int(message["status"]), time.perf_counter() - begun)
            await send(message)

        try:
            await self.app(scope, receive, counted)
        except Exception:
            if not told:
                self._tell(scope, 500, time.perf_counter() - begun)
            raise

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = template_of(scope)
        self.counts.note(route, status, seconds)
        if self.note is not None:
            self.note(route, status, seconds)


@dataclass(frozen=True, eq=False)
class StoreFacts:
    """What a store is like now: a collector of prometheus-client."""

    version: str
    found: Condition

    def collect(self) -> Iterator[Metric]:
        """Yield what the program is, jobs by state, batches and sizes."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        built = {"version": self.version, "schema": self.found.schema}
        yield InfoMetricFamily("kepu_build", "The program and the schema of its store", built)
        for name, told, value in _numbers(self.found):
            if value is not None:
                yield GaugeMetricFamily(name, told, value)
        jobs = GaugeMetricFamily("kepu_import_jobs", "Imports that are kept, by state", labels=("state",))
        for state, number in sorted(self.found.jobs.items()):
            jobs.add_metric((state,), number)
        yield jobs


def _numbers(found: Condition) -> Iterator[tuple[str, str, float | None]]:
    yield "kepu_store_bytes", "Size of the store", found.size
    yield "kepu_batches", "Batches, undone ones too", found.batches
    yield "kepu_disk_free_bytes", "Free space where the store is", found.free
    yield "kepu_backup_age_seconds", "Age of the newest backup", found.backup_age


def exposition(counts: Counts, facts: StoreFacts) -> tuple[bytes, str]:
    """Return all numbers in Prometheus's text format, and its media type."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    store = CollectorRegistry()
    store.register(facts)
    return generate_latest(store) + generate_latest(counts.told()), CONTENT_TYPE_LATEST


@contextmanager
def shared_counts() -> Iterator[None]:
    """Let the processes that are started within count together, in a folder of their own that is gone afterwards."""
    with TemporaryDirectory(prefix="kepu-metrics-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            os.environ.pop(SHARED, None)
