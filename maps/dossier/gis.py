"""The GIS package (地理数据): GeoPackage, GeoJSON, styles for other viewers, the offline web map, metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from maps.dossier.openness import shown
from maps.dossier.pieces import Piece
from maps.dossier.shared_tables import digest_of, more_of, tables_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from maps.dossier.edition import Edition
    from maps.dossier.pieces import Making

FOLDER: Final = "05_地理数据"
PACKAGE: Final = f"{FOLDER}/科普设施.gpkg"
WEB_MAP: Final = f"{FOLDER}/离线地图.html"
METADATA: Final = f"{FOLDER}/元数据.xml"
STYLES: Final = f"{FOLDER}/样式"
JSONS: Final = f"{FOLDER}/GeoJSON"
_FIRST_RULE: Final = "17.village.station"
_DECIMALS: Final = 7
"""Of a degree: about a centimetre."""


def pieces(edition: Edition) -> list[Piece]:
    """Return the package's files."""
    tables = tables_of(shown(edition))
    digests = {name: digest_of(table) for name, table in tables.items()}
    whole = [edition.digest]
    spatial = [name for name, table in tables.items() if "geometry" in table]
    return [
        Piece(PACKAGE, write_package, facts=digests),
        *(
            Piece(f"{JSONS}/{name}.geojson", write_json, facts=digests[name], told=(name, tables[name]))
            for name in spatial
        ),
        *_styles(edition, spatial),
        Piece(WEB_MAP, write_web_map, facts=whole),
        Piece(METADATA, write_metadata, facts=whole),
    ]


def write_package(making: Making, /, *_: Any) -> None:
    """Write the GeoPackage with layers, findings, rules and QGIS styles."""
    from maps.geopackage import write_geopackage

    edition = shown(making.edition)
    before = edition.before[0] if edition.before else None
    write_geopackage(
        making.target, edition.layers, edition.assessment, edition.place, before=before, more=more_of(edition)
    )


def write_json(making: Making, /, *told: Any) -> None:
    """Write a layer as GeoJSON in CGCS2000, longitude first; its head names the datum."""
    import pyogrio

    name, table = told
    days = {column: table[column].dt.strftime("%Y-%m-%d") for column in table.select_dtypes("datetime")}
    pyogrio.write_dataframe(
        table.assign(**days), making.target, driver="GeoJSON", layer=name, COORDINATE_PRECISION=_DECIMALS, RFC7946="NO"
    )


def _styles(edition: Edition, spatial: list[str]) -> list[Piece]:
    from maps.dossier.gis_styles import mapbox, slds

    rules = [rule.id for rule in edition.assessment.plan.rules if rule.unit == "village"]
    rule = _FIRST_RULE if _FIRST_RULE in rules else next(iter(rules), None)
    found = {f"{name}.sld": style for name, style in slds(rule).items() if name in spatial}
    found["style.json"] = mapbox(rule, spatial, "../GeoJSON", edition.place.name)
    return [
        Piece(f"{STYLES}/{name}", write_bytes, facts=style.decode(), told=(style,)) for name, style in found.items()
    ]


def write_bytes(making: Making, /, *told: Any) -> None:
    """Write bytes that are known already."""
    making.target.write_bytes(told[0])


def write_web_map(making: Making, /, *_: Any) -> None:
    """Write the web map that opens from disk, with the months of the plan."""
    from maps.series import month_by_month
    from maps.web_map import render

    edition = shown(making.edition)
    page = render(
        edition.layers,
        edition.assessment,
        edition.place,
        township=edition.township,
        review_number=edition.review_number,
        series=month_by_month(edition.layers, edition.assessment, edition.place.name),
    )
    making.target.write_text(page, encoding="utf-8", newline="\n")


def write_metadata(making: Making, /, *_: Any) -> None:
    """Write the metadata as ISO 19115-3 XML."""
    from maps.dossier.gis_metadata import metadata

    making.target.write_bytes(metadata(making.edition))


def read_tables(path: Path) -> Mapping[str, pd.DataFrame]:
    """Return name → table of a GeoPackage that was written here. Raises pyogrio's DataSourceError."""
    import pyogrio

    names = [str(name) for name, _ in pyogrio.list_layers(path) if name != "layer_styles"]
    return {name: pyogrio.read_dataframe(path, layer=name) for name in names}
