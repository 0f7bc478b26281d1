"""One column type for geometries: WKB bytes go in and come out on every database.

On PostgreSQL a column is a PostGIS geometry in EPSG:4490 (CGCS2000); elsewhere it holds the WKB itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, func
from sqlalchemy.types import TypeDecorator, UserDefinedType

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import Dialect

SRID: Final = 4490


class PostGisGeometry(UserDefinedType[bytes]):
    """A PostGIS geometry of any kind that takes and gives WKB.

    GeoAlchemy2's type gives elements of its own, and its listeners on every table can't see through a type decorator.
    """

    cache_ok = True

    def __init__(self, *_told: object) -> None:
        """Take what a reflected column tells of its kind and SRID: all of ours are alike."""

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return f"geometry(Geometry,{SRID})"

    def bind_expression(self, bindvalue: Any) -> Any:
        """Read WKB."""
        return func.ST_GeomFromWKB(bindvalue, SRID)

    def column_expression(self, colexpr: Any) -> Any:
        """Write WKB as shapely does: little endian, without the coordinate system's number."""
        return func.ST_AsEWKB(func.ST_SetSRID(colexpr, 0), "NDR", type_=LargeBinary)


class Shape(TypeDecorator[bytes]):
    """A geometry as WKB, little endian, two dimensions, lon/lat in degrees."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return what the database at hand stores."""
        return PostGisGeometry() if dialect.name == "postgresql" else LargeBinary()
