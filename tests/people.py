"""Users of every kind in a store of the tests, and clients that act for them.

Fixtures: `cheap` for passwords that cost no work to hash, `store` for a county of its own without facilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from api.visitors import Kind, of_user
from geo.accounts import Accounts, passwords, sessions
from geo.accounts.secrets import digest, new_secret
from geo.store import clock
from tests.stored import fresh_store
from tests.support import TOWN

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from geo.store import Store

PASSWORD = "雪山脚下有一片向日葵"
PEOPLE = {
    Kind.VIEWER: ("查看员", "viewer", None),
    Kind.TOWNSHIP_PLANNER: ("乡镇填报员", "planner", TOWN),
    Kind.PLANNER: ("填报员", "planner", None),
    Kind.ADMIN: ("管理员", "admin", None),
}
"""Kind → name, role, township."""


@dataclass(frozen=True)
class People:
    """A store with a user of every kind."""

    store: Store
    accounts: Accounts

    @classmethod
    def of(cls, store: Store, *kinds: Kind) -> People:
        """Add users of some kinds, by default of all."""
        accounts = Accounts(lambda: store)
        for kind in kinds or PEOPLE:
            name, role, township = PEOPLE[kind]
            accounts.add(name, role, PASSWORD, township=township)
        return cls(store, accounts)

    def begin(self, kind: Kind) -> str:
        """Begin a session without asking for a password; its secret."""
        secret = new_secret()
        user = self.accounts.find(PEOPLE[kind][0])
        with self.store.writing() as store:
            sessions.begin(store.connection, digest(secret), user, clock.now().at)
        return secret

    def cookies(self, kind: Kind) -> dict[str, str]:
        """What a browser sends that acts for a visitor of a kind."""
        if kind is Kind.NOBODY:
            return {}
        if kind in (Kind.SHARE, Kind.TOWNSHIP_SHARE):
            return {"kepu-share": self.share(TOWN if kind is Kind.TOWNSHIP_SHARE else None)}
        return {"kepu": self.begin(kind)}

    def share(self, township: str | None = None) -> str:
        """The secret of a new link."""
        return self.accounts.share("来访", ends_on=date.today() + timedelta(days=1), township=township)[1]

    def mark(self, secret: str) -> str:
        """What forms of a session carry."""
        session = self.accounts.session(secret)
        assert session is not None
        return of_user(session.user, secret=secret).csrf


def make_passwords_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with next to no work, for tests that are about something else."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    nobodys = weak.hash(PASSWORD[::-1])
    monkeypatch.setattr(passwords, "_hasher", lambda: weak)
    monkeypatch.setattr(passwords, "_of_nobody", lambda: nobodys)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost next to nothing to hash."""
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The county in a store of the test's own, without facilities and users."""
    return fresh_store(tmp_path / "k.db")


class StillClock:
    """The office's clock, put forward by hand alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = datetime(2026, 10, 31, 4)
        monkeypatch.setattr(clock, "now", lambda: clock.moment(self.at))

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.at += timedelta(**time)


def log_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    """Open the log-in form and send it, as a browser does; the answer, no redirect followed."""
    from tests.web_client import Page

    form = Page(client.get("/login").text)
    mark = form.find("input", name="csrf_token")[-1].attributes["value"]
    fields = {"name": name, "password": password, "csrf_token": mark, **more}
    return client.post("/login", data=fields, follow_redirects=False)
