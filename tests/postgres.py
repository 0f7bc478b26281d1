"""A PostgreSQL of the tests' own: a private cluster with PostGIS, made when first asked for, gone at the end.

It listens on a socket in a temporary folder alone. PostgreSQL refuses to run as root; then it runs
as the account `postgres`. Every worker of pytest-xdist has its own, which is as quick as sharing one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

# The sorting of Chinese text that a county's office would have, so that nothing leans on another.
_LOCALE = "LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' TEMPLATE template0 ENCODING 'UTF8'"
_SETTINGS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "autovacuum": "off", "shared_buffers": "32MB", "max_connections": "60",
    "wal_level": "minimal", "max_wal_senders": "0",
}  # fmt: skip
# The server ends with its supervisor, and that when the tests end in whatever way: its input is then closed.
_SUPERVISOR = 'home="$1"; shift; "$@" </dev/null & read -r _; kill -QUIT $!; wait $!; rm -rf "$home"'
_ACCOUNTS = """
local all guest scram-sha-256
local all all trust
"""


@dataclass
class Cluster:
    """A running server. `socket`: the folder of its socket."""

    socket: Path
    _names: dict[Path, str] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    _counted: int = 0

    def url(self, database: str, *, user: str = "kepu", password: str = "") -> str:
        """The address of a database as a user writes it."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{database}?host={self.socket}"

    def connect(self, database: str, *, user: str = "kepu") -> psycopg.Connection[Any]:
        """Open a plain connection, each statement by itself."""
        import psycopg

        return psycopg.connect(host=str(self.socket), dbname=database, user=user, autocommit=True)

    @cached_property
    def administrator(self) -> psycopg.Connection[Any]:
        """A connection that makes and drops databases; kept open."""
        return self.connect("postgres")

    def run(self, *statements: str, database: str = "") -> None:
        """Run statements as the cluster's administrator."""
        with nullcontext(self.administrator) if not database else self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fresh(self, database: str, *, template: str = "with_postgis") -> str:
        """Make a database anew and return its address."""
        if database in self._there:
            self.drop(database)
        copied = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else _LOCALE
        self.run(f'CREATE DATABASE "{database}" {copied}')
        self._there.add(database)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, also one in use."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self._there.discard(database)

    def has(self, database: str) -> bool:
        """Say whether `fresh` made a database."""
        return database in self._there

    def named(self, path: Path) -> str | None:
        """The name of the database that stands for a file, None where none does yet."""
        return self._names.get(path)

    def name(self, path: Path) -> str:
        """The name of the database that stands for a file, a new one for a new file."""
        if path not in self._names:
            self._counted += 1
            self._names[path] = f"store_{self._counted}"
        return self._names[path]

    def forget(self) -> None:
        """Drop the databases that stand for files."""
        for name in self._names.values():
            self.drop(name)
        self._names.clear()


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where there is none, or where it can't listen on a socket alone."""
    if os.name != "posix":
        return None
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@contextmanager
def running() -> Iterator[Cluster]:
    """Run a cluster. Skips the test where PostgreSQL is missing."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed; sh tests/setup.sh installs it")
    home = Path(tempfile.mkdtemp(prefix="kepu-pg-"))
    account = _account(home)
    try:
        data = home / "data"
        made = [str(folder / "initdb"), "-D", str(data), "-U", "kepu", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
        subprocess.run(made, check=True, capture_output=True, cwd=home, **account)
        (data / "pg_hba.conf").write_text(_ACCOUNTS)
        options = [f"-c{name}={value}" for name, value in (_SETTINGS | {"unix_socket_directories": str(home)}).items()]
        server = [str(folder / "postgres"), "-D", str(data), *options]
        with (home / "log").open("wb") as log:
            command = ["sh", "-c", _SUPERVISOR, "sh", str(home), *server]
            supervisor = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=home, **account)
        try:
            cluster = Cluster(home)
            _wait(cluster, home / "log")
            with cluster.administrator:
                _prepare(cluster)
                yield cluster
        finally:
            supervisor.communicate(timeout=60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _account(home: Path) -> dict[str, Any]:
    """Under which account the server runs: this one, or an ordinary one if this is root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    os.chown(home, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait(cluster: Cluster, log: Path) -> None:
    import psycopg

    for _ in range(600):
        try:
            cluster.connect("postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    msg = f"PostgreSQL did not start: {log.read_text()}"
    raise RuntimeError(msg)


def _prepare(cluster: Cluster) -> None:
    """Make the template with PostGIS, and the roles that tests of refusals use."""
    import psycopg

    cluster.run(f"CREATE DATABASE with_postgis {_LOCALE}", "CREATE ROLE guest LOGIN PASSWORD 'geheim'")
    try:
        small = "DELETE FROM spatial_ref_sys WHERE srid <> 4490"  # what is copied for each test
        cluster.run("CREATE EXTENSION postgis", small, "VACUUM FULL spatial_ref_sys", database="with_postgis")
    except psycopg.Error as error:
        pytest.skip(f"PostGIS is not installed; sh tests/setup.sh installs it ({error})")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The cluster of this run, or of this worker of it."""
    with running() as cluster:
        yield cluster


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """On what the stores of `tests.stored` are: "sqlite", then "postgis"."""
    from tests.stored import on_postgres

    if request.param == "sqlite":
        yield "sqlite"
        return
    with on_postgres(request.getfixturevalue("postgres")):
        yield "postgis"


def on_both(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `backend` on both; one that is marked `sqlite` on that alone."""
    if "backend" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("backend", ["sqlite"] if alone else ["sqlite", "postgis"], indirect=True)
