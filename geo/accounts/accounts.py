"""The accounts of one store: each call is one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from geo.accounts import passwords, sessions, shares, throttle, trail, users, vouched
from geo.accounts.recall import Recall
from geo.accounts.secrets import digest, new_secret
from geo.errors import AccountRefused, LoginRefused, PasswordRefused
from geo.store import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from geo.accounts.sessions import Session
    from geo.accounts.shares import Share
    from geo.accounts.users import User
    from geo.accounts.vouched import Vouched
    from geo.store import Store
    from geo.store.transactions import Writing

T = TypeVar("T")
_TOUCH: Final = timedelta(minutes=1)
REMARKABLE: Final = 5
"""Every so many failures in a row are an entry of the audit."""


@dataclass(frozen=True)
class Limits:
    """How long a session lasts without being used, and however much it is used."""

    idle: timedelta = timedelta(hours=2)
    absolute: timedelta = timedelta(hours=12)


class Accounts:
    """Users, sessions and shared links of a store. Safe to share between threads.

    `store` is asked for with each call: it may come to be later. `by` is always the name of who acts.
    """

    def __init__(self, store: Callable[[], Store], limits: Limits | None = None, recall: Recall | None = None) -> None:
        self._store = store
        self.limits = limits or Limits()
        self.recall = recall or Recall()
        self._founded = False

    # -- users -----------------------------------------------------------------------

    def exist(self) -> bool:
        """Say whether any user was ever made; once there was one, always yes."""
        if not self._founded:
            self._founded = self._asked("any", users.any_user)
        return self._founded

    def all(self) -> list[User]:
        """Return every user, in order of making."""
        with self._store().reading() as seen:
            return users.all_users(seen.connection)

    def find(self, name: str) -> User:
        """Return the user of a name. Raises UnknownAccount."""
        with self._store().reading() as seen:
            return users.find(seen.connection, name)

    def of_number(self, number: int) -> User:
        """Return the user of a number. Raises UnknownAccount."""
        with self._store().reading() as seen:
            return users.numbered(seen.connection, number)

    def add(self, name: str, role: str, password: str, *, township: str | None = None, by: str = "") -> User:
        """Make a user. Raises AccountRefused or PasswordRefused, UnknownUnit for a township that there is not."""
        name, known = users.name_of(name), users.check_role(role, township)
        passwords.check_password(password, name)
        stored = passwords.hashed(password)
        with self._store().writing() as store:
            home = _township_code(store, township)
            made = users.add(store.connection, name, known, township=home, password=stored, made_at=clock.now().at)
            trail.note(store, "user-added", by, user=made.name, role=made.role, township=made.township)
            return made

    def change(
        self,
        name: str,
        *,
        role: str | None = None,
        township: str | None = None,
        disabled: bool | None = None,
        by: str = "",
    ) -> User:
        """Change what is given of a user; `township` "" takes the limit away.

        A new role other than planner takes it away too. One who is disabled is logged out at once.
        Raises UnknownAccount, AccountRefused (also for the last admin), UnknownUnit.
        """
        with self._store().writing() as store:
            old = users.find(store.connection, name)
            wanted = role or old.role
            kept = old.township if township is None and wanted == "planner" else None
            home = _township_code(store, township) if township else kept
            known = users.check_role(wanted, home)
            off = old.disabled if disabled is None else disabled
            users.refuse_last_admin(store.connection, old, still_admin=known == "admin" and not off)
            news = {"role": known, "township": home, "disabled": off}
            changed = users.change(store.connection, old, **news)
            if off:
                sessions.end_all(store.connection, changed)
            told = {key: value for key, value in news.items() if value != getattr(old, key)}
            if told:
                trail.note(store, "user-changed", by, user=changed.name, **told)
            return changed

    def set_password(self, name: str, password: str, *, by: str = "", keep: str | None = None) -> User:
        """Give a user a new password and end all sessions but the one of the secret `keep`.

        Raises UnknownAccount or PasswordRefused.
        """
        user = self.find(name)
        passwords.check_password(password, user.name)
        news = {"password": passwords.hashed(password), "password_set_at": clock.now().at}
        with self._store().writing() as store:
            changed = users.change(store.connection, users.find(store.connection, name), **news)
            sessions.end_all(store.connection, changed, but=digest(keep) if keep else None)
            trail.note(store, "password-changed", by, user=changed.name)
            return changed

    def new_token(self, name: str, *, by: str = "") -> str:
        """Give a user a token for programs, in place of an older one; never shown again. Raises UnknownAccount."""
        token = new_secret()
        with self._store().writing() as store:
            user = users.change(store.connection, users.find(store.connection, name), token_sha256=digest(token))
            trail.note(store, "token-made", by, user=user.name)
        return token

    def withdraw_token(self, name: str, *, by: str = "") -> User:
        """Take a user's token away. Raises UnknownAccount."""
        with self._store().writing() as store:
            user = users.change(store.connection, users.find(store.connection, name), token_sha256=None)
            trail.note(store, "token-withdrawn", by, user=user.name)
            return user

    def of_token(self, token: str) -> User | None:
        """Return the user who may act by a token; None where nobody may."""
        sha256 = digest(token)
        return self._asked(f"token {sha256}", lambda seen: users.of_token(seen, sha256))

    # -- log-in ----------------------------------------------------------------------

    def log_in(self, name: str, password: str, *, address: str) -> str:
        """Begin a session and return its secret. Raises LoginThrottled or LoginRefused.

        A name that nobody has takes the same work and the same words as a wrong password.
        """
        failures = self._reserve(name, address)
        with self._store().reading() as seen:
            row = users.row_of(seen.connection, name)
        fits = passwords.matches(row.password if row else None, password)
        if row is None or not fits or row.disabled:
            self._note_failures(row.name if row else "", address, failures)
            msg = "用户名或密码不对"
            raise LoginRefused(msg)
        outdated = passwords.is_outdated(row.password)
        renewed = {"password": passwords.hashed(password)} if outdated else {}
        secret, now = new_secret(), clock.now().at
        with self._store().writing() as store:
            current = users.of_number(store.connection, row.number)
            if current is None or current.disabled or current.password != row.password:
                msg = "用户名或密码不对"
                raise LoginRefused(msg)  # changed while we looked
            user = users.change(store.connection, users.as_user(current), seen_at=now, **renewed)
            throttle.forgive(store.connection, throttle.of_account(name), throttle.of_address(address))
            self._begin(store, secret, user)
        return secret

    def let_in(self, person: Vouched, *, address: str) -> str:
        """Begin a session for somebody whom an issuer vouches for and return its secret.

        The store's own rules hold as for passwords. Raises LoginRefused for a user that there is not (and may not
        be made), who is disabled, or whose new role the store refuses; that is noted in the audit.
        """
        secret = new_secret()
        try:
            with self._store().writing() as store:
                user = vouched.admit(store, person, clock.now().at)
                throttle.forgive(store.connection, throttle.of_account(user.name), throttle.of_address(address))
                self._begin(store, secret, user)
        except (AccountRefused, LoginRefused) as refused:
            with self._store().writing() as store:
                vouched.note_refusal(store, person, address)
            raise LoginRefused(str(refused)) from refused
        return secret

    def use_once(self, mark: str, *, address: str) -> bool:
        """Use up a mark that is good for one time, in whichever process; False if it was used before.

        Counts as a failure of the address until somebody is let in. Raises LoginThrottled.
        """
        now = clock.now().at
        with self._store().writing() as store:
            throttle.reserve(store.connection, [throttle.of_address(address)], now)
            return throttle.use_once(store.connection, digest(mark), now)

    def _begin(self, store: Writing, secret: str, user: User) -> None:
        now = clock.now().at
        sessions.forget_old(store.connection, now, idle=self.limits.idle, absolute=self.limits.absolute)
        sessions.begin(store.connection, digest(secret), user, now)

    def check_own(self, user: User, password: str, *, address: str) -> None:
        """Ask a user who is logged in for the password again. Raises LoginThrottled or PasswordRefused."""
        self._reserve(user.name, address)
        with self._store().reading() as seen:
            row = users.of_number(seen.connection, user.number)
        if not passwords.matches(row.password if row else None, password):
            msg = "原来的密码不对"
            raise PasswordRefused(msg)
        with self._store().writing() as store:
            throttle.forgive(store.connection, throttle.of_account(user.name), throttle.of_address(address))

    def session(self, secret: str) -> Session | None:
        """Return the session of a secret, and note that it is in use; None if there is none or it ran out."""
        sha256, now = digest(secret), clock.now().at
        found = self._asked(f"session {sha256}", lambda seen: sessions.find(seen, sha256))
        if found is None or found.is_over(now, idle=self.limits.idle, absolute=self.limits.absolute):
            return None
        if now - found.seen_at >= min(_TOUCH, self.limits.idle / 2):
            self._touch(sha256, now)
        return found

    def _touch(self, sha256: str, now: datetime) -> None:
        with self._store().writing() as store:
            sessions.touch(store.connection, sha256, now)

    def _asked(self, key: str, read: Callable[[Connection], T]) -> T:
        """Return what `read` finds, or what it found in the store as it still is."""
        return self.recall.get(self._store(), key, read)

    def log_out(self, secret: str) -> None:
        """End one session."""
        with self._store().writing() as store:
            sessions.end(store.connection, digest(secret))

    def log_out_everywhere(self, user: User, *, by: str | None = None) -> None:
        """End all sessions of a user; `by` is who does it to another, which is noted in the audit."""
        with self._store().writing() as store:
            sessions.end_all(store.connection, user)
            if by is not None:
                trail.note(store, "logged-out", by, user=user.name)

    def _reserve(self, name: str, address: str) -> int:
        keys = throttle.of_account(name), throttle.of_address(address)
        with self._store().writing() as store:
            return throttle.reserve(store.connection, keys, clock.now().at)

    def _note_failures(self, name: str, address: str, failures: int) -> None:
        """Put every fifth failure in a row into the audit; a name that nobody has may be a password and is left out."""
        if failures % REMARKABLE == 0:
            with self._store().writing() as store:
                trail.note(store, "login-failed", "", user=name, address=address, failures=failures)

    # -- shared links ----------------------------------------------------------------

    def share(self, label: str, *, ends_on: date, township: str | None = None, by: str = "") -> tuple[Share, str]:
        """Make a link and return it with its secret, which is never shown again. Raises AccountRefused, UnknownUnit."""
        secret, moment = new_secret(), clock.now()
        with self._store().writing() as store:
            made = shares.make(
                store.connection,
                digest(secret),
                label=label,
                ends_on=ends_on,
                today=moment.day,
                township=_township_code(store, township),
                made_by=by,
                made_at=moment.at,
            )
            told = {"share": made.number, "label": made.label, "township": made.township}
            trail.note(store, "share-made", by, **told, ends_on=ends_on.isoformat())
            return made, secret

    def shares(self) -> list[Share]:
        """Return every link, the newest first."""
        with self._store().reading() as seen:
            return shares.all_shares(seen.connection)

    def find_share(self, number: int) -> Share:
        """Return a link by its number. Raises UnknownAccount."""
        with self._store().reading() as seen:
            return shares.find(seen.connection, number)

    def withdraw_share(self, number: int, *, by: str = "") -> Share:
        """End a link for good. Raises UnknownAccount."""
        with self._store().writing() as store:
            old = shares.find(store.connection, number)
            ended = shares.withdraw(store.connection, old, clock.now().at)
            if old.withdrawn_at is None:
                trail.note(store, "share-withdrawn", by, share=number, label=ended.label)
            return ended

    def open_share(self, secret: str) -> Share | None:
        """Return the link of a secret while it lets somebody in."""
        sha256 = digest(secret)
        found = self._asked(f"share {sha256}", lambda seen: shares.of_secret(seen, sha256))
        return found if found is not None and found.is_open(clock.today()) else None


def _township_code(store: Writing, wanted: str | None) -> str | None:
    """Return the code of a township by its name or code. Raises UnknownUnit."""
    return store.place().gazetteer.township_code(wanted) if wanted else None
