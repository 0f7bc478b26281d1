"""Snapshots: the store as it was at one version, read and assessed for one day, and kept while in use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from geo.admin.gazetteer import Gazetteer
from geo.assess import assess, reassess
from geo.assessment import Assessment, known_fact
from geo.collecting import seldom_collected
from geo.layers import Layers
from geo.parts import Part
from geo.place import Place
from geo.plans.rules import Plan
from geo.since import Since, since
from geo.store import Store
from geo.store.transactions import Reading
from geo.upcoming import Coming, upcoming
from maps.series import month_ends

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
DAYS_KEPT: Final = 12
VERSIONS_KEPT: Final = 2
DAYS_JUDGED: Final = 60
Judge = Callable[[date], Assessment]


class Kept(Generic[K, V]):
    """The newest values of a slow function, each made once, however many threads ask at the same time.

    `limit` bounds the sum of `weigh` over all kept values (by default, how many there are).
    """

    def __init__(self, limit: int, *, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._limit, self._weigh = limit, weigh
        self._values: OrderedDict[K, V] = OrderedDict()
        self._weight = 0
        self._lock = Lock()
        self._making: dict[K, Lock] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of a key, making it if need be; what `make` raises is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._making.setdefault(key, Lock())
        with turn:
            with self._lock:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
                self.put(key, value)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return value

    def kept(self, key: K) -> V | None:
        """Return a value if it is there already."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value that is made already, in place of an older one."""
        with self._lock:
            if key in self._values:
                self._weight -= self._weigh(self._values.pop(key))
            self._values[key] = value
            self._weight += self._weigh(value)
            while self._weight > self._limit and len(self._values) > 1:
                _, oldest = self._values.popitem(last=False)
                self._weight -= self._weigh(oldest)


@dataclass(frozen=True)
class Ground:
    """What of a store does not depend on the day asked about: place, names, and the plan known then."""

    version: str
    place: Place
    plan: Plan
    store_id: str

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The place's units by name and code."""
        return self.place.gazetteer


@dataclass(frozen=True)
class Snapshot:
    """A store's version on a day, with what the pages are composed from.

    `known_on`: by what had been recorded by the end of that day, None for now.
    """

    ground: Ground
    as_of: date
    layers: Layers
    assessment: Assessment
    judge: Judge = field(repr=False)
    known_on: date | None = None

    @property
    def place(self) -> Place:
        """The place."""
        return self.ground.place

    @property
    def plan(self) -> Plan:
        """The plan that was assessed."""
        return self.ground.plan

    @property
    def days(self) -> dict[str, str]:
        """What documents say of the days that they are about."""
        return {"as_of": self.as_of.isoformat(), **known_fact(self.known_on)}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The assessment in the form of assessment.json. Shared: never change it."""
        return self.assessment.to_dict(told=lambda result: result.facts)

    @cached_property
    def months(self) -> dict[date, Assessment]:
        """The assessments at the ends of the plan's months up to the day, and the day's own."""
        with seldom_collected():
            earlier = {day: self.judge(day) for day in month_ends(self.plan, self.as_of)[:-1]}
        return {**earlier, self.as_of: self.assessment}

    @cached_property
    def since(self) -> dict[tuple[str, str], Since]:
        """Since when each unit has been in its state under a rule."""
        return since(self.months, self.layers)

    @cached_property
    def upcoming(self) -> dict[tuple[str, str], Coming]:
        """What is met and will not be soon, by rule and unit."""
        return upcoming(self.assessment, self.layers)

    @cached_property
    def assessment_json(self) -> bytes:
        """The bytes of assessment.json."""
        return self.assessment.to_json()


class Snapshots:
    """Snapshots of one store; a write makes a new version, and old ones fall away."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open = open_store
        self._store: Store | None = None
        self._opening = Lock()
        self._grounds: Kept[str, Ground] = Kept(VERSIONS_KEPT)
        self._snapshots: Kept[tuple[str, date, date | None], Snapshot] = Kept(DAYS_KEPT)
        self._judged: Kept[tuple[str, date], tuple[Layers, Assessment]] = Kept(DAYS_JUDGED)
        self._newest: Layers | None = None
        self._newest_ground: Ground | None = None

    @property
    def store(self) -> Store:
        """The store, opened when first asked for. Raises StoreMissing or StoreUnusable."""
        with self._opening:
            if self._store is None:
                self._store = self._open()
            return self._store

    @property
    def is_open(self) -> bool:
        """Whether the store was opened."""
        return self._store is not None

    def close(self) -> None:
        """Give the store's connections back."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None

    def ground(self) -> Ground:
        """Return place and plan at the store's present version."""
        version = self.store.version()
        return self._grounds.get(version, self._ground)

    def _ground(self) -> Ground:
        with self.store.reading() as seen:
            return self._ground_of(seen)

    def _ground_of(self, seen: Reading) -> Ground:
        """Read the ground; the place of a store never changes."""
        store_id, newest = seen.store_id(), self._newest_ground
        place = newest.place if newest is not None and newest.store_id == store_id else seen.place()
        self._newest_ground = Ground(seen.version(), place, seen.plan(), store_id)
        return self._newest_ground

    def at(self, as_of: date, known_on: date | None = None) -> Snapshot:
        """Return the present version assessed for a day, by what was known on another if one is given.

        Raises NothingKnown if that one lies ahead, or before the store was made.
        """
        ground = self.ground()
        key = ground.version, as_of, known_on
        with seldom_collected():
            return self._snapshots.get(key, lambda: self._read(ground, as_of, known_on))

    def layers(self, as_of: date, known_on: date | None, part: Part) -> Layers:
        """Return the layers of a part of the place, out of the snapshot if there is one, else read alone."""
        shot = self._snapshots.kept((self.ground().version, as_of, known_on))
        if shot is not None:
            return part.of(shot.layers)
        return self.store.layers(as_of=as_of, known_on=known_on, township=part.township, bbox=part.bbox)

    def _read(self, ground: Ground, as_of: date, known_on: date | None) -> Snapshot:
        """Read the layers in one transaction with their version: somebody may have written since `ground`."""
        with self.store.reading() as seen:
            version = seen.version()
            if version != ground.version:
                ground = self._ground_of(seen)
            if known_on is not None:
                ground = replace(ground, plan=seen.plan(known_on=known_on))
            whole = seen.layers(known_on=known_on, older=self._newest)
        if known_on is None:
            self._newest = whole
        layers = whole.on(as_of)
        judge = partial(self._judge, ground, layers)
        return Snapshot(ground, as_of, layers, judge(as_of), judge, known_on)

    def _judge(self, ground: Ground, layers: Layers, day: date) -> Assessment:
        """Assess a day, after a write only by the rules of what it told of."""
        place, key = ground.place.name, (ground.plan.sha256, day)
        known = self._judged.kept(key) if layers.known_on is None else None
        if known is None:
            found = assess(layers, ground.plan, as_of=day, place_name=place)
        else:
            found = reassess(known[1], known[0], layers, ground.plan, place_name=place)
        if layers.known_on is None:
            self._judged.put(key, (layers.whole or layers, found))
        return found
