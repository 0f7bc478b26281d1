"""The place's working grid as the page needs it to write northings and eastings."""

from __future__ import annotations

from typing import Any, Final

from pyproj import CRS
from pyproj.exceptions import CRSError

_PARAMETERS: Final = {
    "lon0": "Longitude of natural origin", "lat0": "Latitude of natural origin",
    "k0": "Scale factor at natural origin", "fe": "False easting", "fn": "False northing",
}  # fmt: skip


def grid(working_crs: str) -> dict[str, Any] | None:
    """Gauss–Krüger parameters of a projected CRS: degrees, metres, ellipsoid a and 1/f.

    None for a CRS that is no transverse Mercator, not in metres or not known.
    """
    try:
        crs = CRS.from_user_input(working_crs)
    except CRSError:
        return None
    operation, ellipsoid = crs.coordinate_operation, crs.ellipsoid
    if operation is None or ellipsoid is None or operation.method_name != "Transverse Mercator":
        return None
    if any(axis.unit_name != "metre" for axis in crs.axis_info):
        return None
    found = {parameter.name: parameter.value for parameter in operation.params}
    out: dict[str, Any] = {key: found[name] for key, name in _PARAMETERS.items()}
    return {"code": working_crs, **out, "a": ellipsoid.semi_major_metre, "rf": ellipsoid.inverse_flattening}
