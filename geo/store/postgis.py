"""What a store's tables are on PostgreSQL beyond what the migrations say of every database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geo.errors import StoreUnusable

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ENABLE = "CREATE EXTENSION postgis"
_HOME = "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'postgis'"
_COLUMNS = """
    SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
           a.attcollation NOT IN (0, 'pg_catalog."C"'::regcollation) AS sorted,
           a.atttypid = to_regtype('geometry') AND NOT EXISTS (
               SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum
           ) AS unindexed
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = to_regnamespace(current_schema()) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, a.attnum
"""


def need_postgis(connection: Connection) -> None:
    """See to it that the database knows geometries. Raises StoreUnusable, saying what its administrator must run."""
    if _knows_geometry(connection):
        return
    schema = connection.scalar(text(_HOME))
    if schema is not None:
        msg = f"PostGIS 装在模式 {schema} 里，search_path 里没有它；请把它加到数据库地址的 search_path 里"
        raise StoreUnusable(msg)
    name = connection.scalar(text("SELECT current_database()"))
    if connection.scalar(text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")) is None:
        package = "Debian 上是 postgresql-15-postgis-3"
        msg = f"数据库服务器没有安装 PostGIS；请管理员先安装（{package}），再在数据库 {name} 里运行 {_ENABLE};"
        raise StoreUnusable(msg)
    try:
        with connection.begin_nested():
            connection.execute(text(_ENABLE))
    except ProgrammingError as error:
        msg = f"数据库 {name} 还没有启用 PostGIS，当前用户也无权启用；请管理员在这个数据库里运行 {_ENABLE};"
        raise StoreUnusable(msg) from error


def _knows_geometry(connection: Connection) -> bool:
    return connection.scalar(text("SELECT to_regtype('geometry')")) is not None


def settle(connection: Connection) -> None:
    """Give each table what PostgreSQL needs to answer as SQLite does, and quickly.

    Texts are sorted by their code points, whatever the database's own order is; geometries have a GiST index.
    """
    columns = connection.execute(text(_COLUMNS)).mappings().all()
    quote = connection.dialect.identifier_preparer.quote
    changes: dict[str, list[str]] = {}
    for column in columns:
        if column["sorted"]:
            change = f'ALTER COLUMN {quote(column["column"])} TYPE {column["type"]} COLLATE "C"'
            changes.setdefault(column["table"], []).append(change)
    for table, told in changes.items():
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(told)}")
    for column in columns:
        if column["unindexed"]:
            name = f"ix_{column['table']}_{column['column']}"
            where = f"{quote(column['table'])} USING gist ({quote(column['column'])})"
            connection.exec_driver_sql(f"CREATE INDEX {quote(name)} ON {where}")
