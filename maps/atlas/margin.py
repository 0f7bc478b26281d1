"""What the margin of every sheet says: what the map is of, from what, by whom, as of when and for whose eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyproj import CRS

from maps.atlas.texts import TEXTS
from maps.sources import newest_days, source_text

if TYPE_CHECKING:
    from datetime import date

    from geo.layers import Layers
    from maps.dossier.edition import Edition


def margin(edition: Edition) -> dict[str, Any]:
    """Return the texts of an edition's margins for the template."""
    place, header, known = edition.place, edition.assessment.plan.plan, edition.assessment.known_on
    schematic = any(bool(edition.layers[name]["schematic"].any()) for name in ("townships", "villages"))
    return {
        "place": place.name,
        "usage": edition.usage,
        "public": edition.public,
        "asOf": TEXTS["as_of"].format(day=long_date(edition.as_of)),
        "knownOn": TEXTS["known_on"].format(day=long_date(known)) if known else "",
        "maker": TEXTS["maker"].format(maker=place.maker) if place.maker else "",
        "demo": place.demo_note,
        "schematic": TEXTS["schematic_note"] if schematic else "",
        "crs": TEXTS["crs"].format(grid=grid_text(place.working_crs)),
        "plan": f"{header.title} {header.document}".strip(),
        "sources": [source_text(source) for source in place.sources],
        "dates": data_dates(edition.layers),
        "version": edition.version,
    }


def long_date(day: date) -> str:
    """Return a day as it is written out: 2022年10月31日."""
    return f"{day.year}年{day.month}月{day.day}日"


def grid_text(working_crs: str) -> str:
    """Return the projection that the maps are drawn in, in words and by its code."""
    crs = CRS.from_user_input(working_crs)
    operation = crs.coordinate_operation
    meridian = next(
        (p.value for p in (operation.params if operation else ()) if p.name == "Longitude of natural origin"), None
    )
    if meridian is None or operation is None or operation.method_name != "Transverse Mercator":
        return TEXTS["grid_other"].format(name=crs.name, code=working_crs)
    return TEXTS["grid"].format(meridian=f"{meridian:g}", code=working_crs)


def data_dates(layers: Layers) -> list[str]:
    """Return for each layer of facilities how many records it has and the newest day in them."""
    return [
        TEXTS["layer_rows"].format(
            label=label, n=n, told=TEXTS["dated"].format(day=newest) if newest else TEXTS["undated"]
        )
        for label, n, newest in newest_days(layers)
    ]
