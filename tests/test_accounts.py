"""Accounts in the store: users, passwords, sessions, throttling, shared links, and what the audit hears of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from geo.accounts import Accounts, Limits, passwords, throttle
from geo.accounts.passwords import check_password
from geo.accounts.users import key_of, name_of
from geo.errors import (
    AccountRefused,
    KepuError,
    LoginRefused,
    LoginThrottled,
    PasswordRefused,
    UnknownAccount,
    UnknownUnit,
)
from geo.store import Store
from geo.store.account_tables import users
from geo.store.audit import read_entries
from geo.store.verifying import verify
from tests.people import PASSWORD, StillClock, make_passwords_cheap
from tests.stored import contents, fresh_store
from tests.support import TOWN

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("backend")

HERE = "192.0.2.1"
OTHER = "另一句没人猜得到的话"


@pytest.fixture(autouse=True)
def cheap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tests that take `verified` hash as the program does."""
    if "verified" not in request.fixturenames:
        make_passwords_cheap(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return fresh_store(tmp_path / "k.db")


@pytest.fixture
def accounts(store: Store) -> Accounts:
    made = Accounts(lambda: store, Limits(timedelta(minutes=30), timedelta(hours=8)))
    made.add("管理员", "admin", PASSWORD)
    return made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    return StillClock(monkeypatch)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords are compared with, in order."""
    seen: list[str] = []
    original = PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str | bytes, password: str | bytes) -> Any:
        seen.append(str(stored))
        return original(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return seen


def actions(store: Store) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, person and detail of the audit, without what made the store."""
    with store.reading() as seen:
        assert verify(seen.connection).findings == []
        found = [(entry.action, entry.by, dict(entry.detail)) for entry in read_entries(seen.connection)]
    return [one for one in found if one[0] not in ("init", "plan", "upgrade")]


# ── users ────────────────────────────────────────────────────────────────────


def test_names_are_one_however_they_are_typed(accounts: Accounts) -> None:
    accounts.add("Ｌｉ　四", "viewer", PASSWORD)
    assert accounts.find("li 四").name == "Li 四"
    with pytest.raises(AccountRefused):
        accounts.add(" LI  四 ", "viewer", PASSWORD)
    assert key_of("Ａ") == key_of("a")


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "a\u202eb", "长" * 65])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(AccountRefused):
        name_of(name)


def test_roles_and_townships(accounts: Accounts) -> None:
    with pytest.raises(AccountRefused, match="viewer、planner、admin"):
        accounts.add("甲", "root", PASSWORD)
    with pytest.raises(AccountRefused, match="planner"):
        accounts.add("甲", "viewer", PASSWORD, township="云岭镇")
    with pytest.raises(UnknownUnit):
        accounts.add("甲", "planner", PASSWORD, township="无此镇")
    assert accounts.add("甲", "planner", PASSWORD, township="云岭镇").township == TOWN
    assert accounts.change("甲", township="").township is None
    assert accounts.change("甲", township="云岭镇").township == TOWN
    assert accounts.change("甲", role="viewer").township is None
    with pytest.raises(UnknownAccount):
        accounts.change("没有", role="viewer")


def test_the_last_admin_stays(accounts: Accounts) -> None:
    for news in ({"role": "viewer"}, {"disabled": True}):
        with pytest.raises(AccountRefused, match="最后一名管理员"):
            accounts.change("管理员", **news)
    accounts.add("副手", "admin", PASSWORD)
    assert accounts.change("管理员", disabled=True).disabled
    with pytest.raises(AccountRefused):
        accounts.change("副手", role="planner")


def test_users_exist_once_one_was_made_in_another_process(store: Store) -> None:
    server, command = Accounts(lambda: store), Accounts(lambda: Store.open(store.url))
    assert not server.exist()
    assert not server.exist()
    command.add("管理员", "admin", PASSWORD)
    assert server.exist()


# ── passwords ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "password",
    [
        "short", "elevenchars", "七个汉字不够长", "aaaaaaaaaaaaaaa", "123456789012345", "passwordpassword",
        "Password2022!", "qwertyuiop123", "abcdefghijklmn", "kepu20222022kepu", "li si li si li si", "x" * 257,
    ],
)  # fmt: skip
def test_passwords_that_others_try_first(password: str) -> None:
    with pytest.raises(PasswordRefused):
        check_password(password, "li si")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "雪山脚下有一片向日葵", "t7#Kq9!vZ2mP", "8f2c-11ab-90de"]
)
def test_passwords_that_do(password: str) -> None:
    check_password(password, "li si")


@pytest.mark.usefixtures("verified")
def test_nothing_secret_is_in_the_store(accounts: Accounts, store: Store) -> None:
    secret = accounts.log_in("管理员", PASSWORD, address=HERE)
    token = accounts.new_token("管理员")
    _, shared = accounts.share("来访", ends_on=date.today())
    accounts.set_password("管理员", OTHER)
    held = contents(store)
    assert not [text for text in (PASSWORD, OTHER, secret, token, shared) if text in held]
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in held


def test_a_hash_of_older_parameters_is_renewed_with_the_next_log_in(accounts: Accounts, store: Store) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with store.writing() as locked:
        locked.connection.execute(update(users).values(password=old))
    with pytest.raises(LoginRefused):
        accounts.log_in("管理员", OTHER, address=HERE)
    assert old in contents(store)
    assert accounts.session(accounts.log_in("管理员", PASSWORD, address=HERE))
    assert old not in contents(store)
    assert accounts.session(accounts.log_in("管理员", PASSWORD, address=HERE))


# ── log-in ───────────────────────────────────────────────────────────────────


def test_unknown_disabled_and_wrong_take_the_same_work_and_words(accounts: Accounts, verified: list[str]) -> None:
    accounts.add("停用的", "viewer", PASSWORD)
    accounts.change("停用的", disabled=True)
    told = set()
    for name, password in (("没有", PASSWORD), ("管理员", OTHER), ("停用的", PASSWORD), ("停用的", OTHER)):
        before = len(verified)
        with pytest.raises(LoginRefused) as refused:
            accounts.log_in(name, password, address=HERE)
        assert len(verified) == before + 1, name
        told.add(str(refused.value))
    assert len(told) == 1
    costs = {stored.rsplit("$", 2)[0] for stored in verified}
    assert len(costs) == 1, "one hash was cheaper than another"
    assert {len(stored) for stored in verified} == {len(verified[0])}


def test_the_same_password_on_another_keyboard(accounts: Accounts) -> None:
    accounts.set_password("管理员", "Ｔianshan　and１２ rivers")
    assert accounts.log_in("管理员", "Tianshan and12 rivers", address=HERE)


def test_sessions_run_out(accounts: Accounts, later: StillClock) -> None:
    secret = accounts.log_in("管理员", PASSWORD, address=HERE)
    for _ in range(15):
        later.wait(minutes=29)
        assert accounts.session(secret)
    later.wait(minutes=31)
    assert accounts.session(secret) is None
    busy = accounts.log_in("管理员", PASSWORD, address=HERE)
    for _ in range(16):
        later.wait(minutes=29)
        accounts.session(busy)
    later.wait(minutes=17)
    assert accounts.session(busy) is None, "8 hours are the most"


def test_sessions_are_shared_and_end_everywhere(accounts: Accounts, store: Store) -> None:
    worker = Accounts(lambda: Store.open(store.url))
    first, second, third = (accounts.log_in("管理员", PASSWORD, address=HERE) for _ in range(3))
    assert all(worker.session(secret) for secret in (first, second, third))
    worker.log_out(first)
    assert [bool(accounts.session(secret)) for secret in (first, second, third)] == [False, True, True]
    accounts.set_password("管理员", OTHER, keep=second)
    assert [bool(worker.session(secret)) for secret in (second, third)] == [True, False]
    accounts.log_out_everywhere(accounts.find("管理员"))
    assert worker.session(second) is None
    assert worker.session("no such secret") is None


def test_who_is_disabled_is_out_at_once_and_a_new_role_holds_at_once(accounts: Accounts) -> None:
    accounts.add("甲", "planner", PASSWORD)
    secret, token = accounts.log_in("甲", PASSWORD, address=HERE), accounts.new_token("甲")
    accounts.change("甲", role="viewer")
    session, user = accounts.session(secret), accounts.of_token(token)
    assert session is not None
    assert user is not None
    assert session.user.role == user.role == "viewer"
    accounts.change("甲", disabled=True)
    assert accounts.session(secret) is None
    assert accounts.of_token(token) is None
    accounts.change("甲", disabled=False)
    assert accounts.session(secret) is None, "a session doesn't come back"
    assert accounts.of_token(token) is not None
    assert accounts.of_token(accounts.new_token("甲"))
    assert accounts.of_token(token) is None
    accounts.withdraw_token("甲")


# ── throttling ───────────────────────────────────────────────────────────────


def fail(accounts: Accounts, name: str = "管理员", address: str = HERE) -> int:
    """One wrong log-in: how many seconds to wait, 0 where it was only refused."""
    try:
        accounts.log_in(name, "wrong", address=address)
    except LoginThrottled as throttled:
        return throttled.seconds
    except LoginRefused:
        return 0
    raise AssertionError


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing passwords costs nothing, so that many can be tried."""
    monkeypatch.setattr(passwords, "matches", lambda stored, password: stored is not None and password == PASSWORD)


@pytest.mark.usefixtures("quick")
def test_waits_grow_by_account_whether_it_exists_or_not(accounts: Accounts, later: StillClock) -> None:
    for name in ("管理员", "没有"):
        waits = []
        for n in range(8):
            while wait := fail(accounts, name, address=f"198.51.100.{n}"):
                waits.append(wait)
                later.wait(seconds=wait)
        assert waits == [2, 4, 8], name
    with pytest.raises(LoginThrottled):
        accounts.log_in("管理员", PASSWORD, address="203.0.113.9")  # the right password has to wait too
    later.wait(seconds=60)
    accounts.log_in("管理员", PASSWORD, address="203.0.113.9")
    assert [fail(accounts) for _ in range(5)] == [0] * 5, "a log-in makes good"


@pytest.mark.usefixtures("quick")
def test_waits_grow_by_address_and_one_own_log_in_does_not_reset_them(accounts: Accounts, later: StillClock) -> None:
    for n in range(19):
        assert fail(accounts, f"甲{n}") == 0
    accounts.log_in("管理员", PASSWORD, address=HERE)
    assert fail(accounts, "乙") == 0
    assert fail(accounts, "丙") == 2
    assert fail(accounts, "丙", address="203.0.113.9") == 0
    later.wait(days=1)
    assert fail(accounts, "丁") == 0
    assert throttle.of_address("2001:db8::1").text == throttle.of_address("2001:db8::ffff:2").text
    assert throttle.of_address("2001:db8::1").text != throttle.of_address("2001:db8:0:1::1").text


@pytest.mark.usefixtures("quick", "later")
def test_many_tries_at_once_through_several_workers_are_all_counted(accounts: Accounts, store: Store) -> None:
    workers = [accounts, *(Accounts(lambda: Store.open(store.url)) for _ in range(3))]
    start = Barrier(8)

    def attempt(n: int) -> int:
        start.wait()
        return fail(workers[n % 4])

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(attempt, range(8)))
    assert waits.count(0) == 5


@pytest.mark.usefixtures("later")
def test_throttled_tries_cost_no_hash(accounts: Accounts, verified: list[str]) -> None:
    for _ in range(5):
        fail(accounts)
    before = len(verified)
    assert fail(accounts) > 0
    assert len(verified) == before


# ── shared links ─────────────────────────────────────────────────────────────


def test_links_end_by_day_or_by_hand(accounts: Accounts, later: StillClock) -> None:
    share, secret = accounts.share("  宣传部 ", ends_on=date(2026, 11, 1), township="云岭镇", by="管理员")
    assert (share.label, share.township, share.made_by) == ("宣传部", TOWN, "管理员")
    assert accounts.open_share(secret) == share
    later.wait(days=1)
    assert accounts.open_share(secret)
    later.wait(days=1)
    assert accounts.open_share(secret) is None
    _, whole = accounts.share("来访", ends_on=date(2026, 11, 30))
    assert accounts.open_share(whole)
    assert accounts.withdraw_share(2).withdrawn_at
    assert accounts.open_share(whole) is None
    assert accounts.open_share("no such secret") is None
    assert [one.number for one in accounts.shares()] == [2, 1]
    with pytest.raises(UnknownAccount):
        accounts.withdraw_share(3)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize(
    ("label", "day"), [("", "2026-11-01"), ("甲", "2026-10-30"), ("甲", "2028-01-01"), ("长" * 81, "2026-11-01")]
)
def test_links_that_cannot_be(accounts: Accounts, label: str, day: str) -> None:
    with pytest.raises(AccountRefused):
        accounts.share(label, ends_on=date.fromisoformat(day))


# ── the audit ────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("quick", "later")
def test_the_audit_hears_of_what_lasts(accounts: Accounts, store: Store) -> None:
    accounts.add("甲", "planner", PASSWORD, township="云岭镇", by="管理员")
    accounts.change("甲", role="viewer", by="管理员")
    accounts.change("甲", role="viewer", by="管理员")  # nothing new
    accounts.change("甲", disabled=True, by="管理员")
    accounts.set_password("甲", OTHER, by="管理员")
    accounts.new_token("甲", by="管理员")
    accounts.withdraw_token("甲", by="管理员")
    accounts.share("来访", ends_on=date(2026, 11, 1), by="管理员")
    accounts.withdraw_share(1, by="管理员")
    accounts.withdraw_share(1, by="管理员")
    accounts.log_out(accounts.log_in("管理员", PASSWORD, address=HERE))
    for _ in range(7):
        fail(accounts)
    said = actions(store)
    assert [action for action, *_ in said] == [
        "user-added", "user-added", "user-changed", "user-changed", "password-changed", "token-made",
        "token-withdrawn", "share-made", "share-withdrawn", "login-failed",
    ]  # fmt: skip
    assert {by for _, by, _ in said[1:-1]} == {"管理员"}
    assert said[1][2] == {"user": "甲", "role": "planner", "township": TOWN}
    assert said[2][2] == {"user": "甲", "role": "viewer"}
    assert said[3][2] == {"user": "甲", "disabled": True}
    assert said[-1][2] == {"user": "管理员", "address": HERE, "failures": 5}


@pytest.mark.usefixtures("quick", "later")
def test_a_name_that_nobody_has_is_not_written_down(accounts: Accounts, store: Store) -> None:
    for _ in range(5):
        fail(accounts, "my-secret-password")
    assert "my-secret-password" not in contents(store)
    assert actions(store)[-1][2]["user"] == ""


def test_what_fails_is_not_in_the_audit(accounts: Accounts, store: Store) -> None:
    before = actions(store)
    for refused in (
        lambda: accounts.add("甲", "planner", "short"),
        lambda: accounts.add("管理员", "admin", PASSWORD),
        lambda: accounts.change("管理员", role="viewer"),
        lambda: accounts.set_password("管理员", "short"),
        lambda: accounts.share("", ends_on=date.today()),
    ):
        with pytest.raises(KepuError):
            refused()
    assert actions(store) == before
