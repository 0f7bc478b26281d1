"""PostgreSQL: how its sessions are opened, who may write, and what its errors mean in one Chinese sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DataError
from sqlalchemy.pool import NullPool

from geo.store.shapes import PostGisGeometry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import DBAPIError

DRIVER: Final = "postgresql+psycopg"
CONNECT_S: Final = 5
"""How long to wait for a server; a name may stand for two addresses."""
_ALIVE: Final = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}
_WRITERS: Final = 0x6B657075
"""The lock that writers queue for ("kepu"), with a number of the store's schema."""
_QUEUE: Final = text("SELECT pg_advisory_xact_lock(:writers, hashtext(current_schema()))")
_OTHERS: Final = text(
    "SELECT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace(current_schema())"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))"
)

_BY_STATE: Final[Sequence[tuple[str, str]]] = (
    ("08", "连接断了；请检查网络和数据库服务，再试一次"),
    ("22", "拒绝写入：数据超出数据库所能保存的范围；本次没有写入任何内容"),
    ("23", "拒绝写入；本次没有写入任何内容"),
    ("25006", "是只读的（备机，或管理员设成了只读）"),
    ("28", "用户名或密码不对，或服务器不许从这里登录；请检查数据库地址"),
    ("3D000", "不存在；请管理员先建好这个数据库"),
    ("3F000", "里没有可用的模式（schema）；请检查数据库地址里的 search_path"),
    ("40", "正忙，请稍后再试"),
    ("42501", "不许当前用户这样做；请管理员授权（建库时还要有在模式里建表的权限：GRANT CREATE ON SCHEMA …）"),
    ("42P01", "不是本程序的数据库，或已不完整"),
    ("53100", "所在的磁盘满了；请管理员腾出空间"),
    ("53300", "的连接数满了；请稍后再试，或请管理员调大 max_connections"),
    ("53", "的服务器资源不够；请稍后再试"),
    ("55P03", "正忙（别的程序正在写入），请稍后再试"),
    ("57", "的服务停了或正在启动；请稍后再试"),
    ("58", "的服务器读写出错；请管理员检查磁盘"),
)
"""What happened by SQLSTATE, the longest first that fits; follows the store's name."""
_BY_WORDS: Final[Sequence[tuple[str, str]]] = (
    (r"password|Password|fe_sendauth|pg_hba|authentication|SASL|role .* does not exist|角色.*不存在|认证", "28"),
    (r"database .* does not exist|数据库.*不存在", "3D000"),
    (r"too many (clients|connections)|remaining connection slots", "53300"),
    (r"starting up|shutting down|not (yet|currently) accepting|recovery", "57"),
    (r"server closed the connection|connection is closed|is lost|terminating connection|EOF detected", "08"),
)
"""Refusals to connect carry no SQLSTATE, only the words of the library and of the server, in its language."""
_UNREACHABLE: Final = "连不上；请检查地址、端口、网络和防火墙，数据库服务是否开着"


def connect_postgres(url: URL, *, pooled: bool) -> Engine:
    """Return an engine; `pooled` keeps some connections open between transactions."""
    asked = dict(url.query)
    options = f"{asked.pop('options', '')} -c lock_timeout=30s -c timezone=UTC -c client_min_messages=warning"
    arguments = {"connect_timeout": CONNECT_S, "application_name": "kepu", "client_encoding": "utf8", **_ALIVE}
    arguments = {name: value for name, value in arguments.items() if name not in asked}
    pool: Mapping[str, Any] = {"pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    engine = create_engine(
        url.set(drivername=DRIVER, query=asked),
        connect_args={**arguments, "options": options.strip()},
        use_native_hstore=False,
        hide_parameters=True,
        **pool,
    )
    dialect: Any = engine.dialect
    dialect.ischema_names = dialect.ischema_names | {"geometry": PostGisGeometry}
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Readers see one moment; writers wait for each other first and then see what the one before them left."""
    from psycopg import IsolationLevel

    from geo.store.engine import IMMEDIATE

    writes = connection.get_execution_options().get(IMMEDIATE, False)
    raw: Any = connection.connection.driver_connection
    raw.isolation_level = IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
    if writes:
        connection.execute(_QUEUE, {"writers": _WRITERS})


def holds_tables(connection: Connection) -> bool:
    """Say whether the schema holds anything that no extension brought along."""
    return bool(connection.scalar(_OTHERS))


def shown_postgres(url: URL) -> str:
    """Return an address without password and options."""
    host = url.host or url.query.get("host") or ""
    named = host if isinstance(host, str) else host[0]
    place = named.rpartition("/")[2] if named.startswith("/") else named
    user = f"{url.username}@" if url.username else ""
    return f"postgresql://{user}{place}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def told(shown: str, error: DBAPIError) -> str:
    """Return one sentence for what the database or the way to it refused."""
    cause: Any = error.orig
    state = getattr(cause, "sqlstate", None) or ""
    words = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)
    if not state and isinstance(error, DataError):  # what the library itself does not hand over: a NUL in a text
        state = "22"
    if not state:
        state = next((found for pattern, found in _BY_WORDS if re.search(pattern, words)), "")
    fitting = [(len(start), meaning) for start, meaning in _BY_STATE if state.startswith(start)]
    if fitting:
        meaning = max(fitting)[1]
    elif not state:
        meaning = _UNREACHABLE
    else:
        meaning = f"用不了：{' '.join(words.split())}"
    return f"数据库 {shown} {meaning}"
