"""The tables of an edition, as its GeoPackage holds them and its ledgers tell them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from maps.package_tables import package_tables, plain

if TYPE_CHECKING:
    import pandas as pd

    from maps.dossier.edition import Edition


def more_of(edition: Edition) -> dict[str, str | None]:
    """Return what the GeoPackage's table `about` says of a dossier beside place, plan and days."""
    return {"mode": "public" if edition.public else "internal", "township": edition.township}


def tables_of(edition: Edition) -> dict[str, pd.DataFrame]:
    """Return name → table of an edition that was made fit for its readers (`maps.dossier.openness`)."""
    before = edition.before[0] if edition.before else None
    found = package_tables(edition.layers, edition.assessment, edition.place, before=before, more=more_of(edition))
    return {name: plain(table) for name, table in found}


def digest_of(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's values."""
    import shapely

    digest = hashlib.sha256()
    if "geometry" in table:
        for shape in shapely.to_wkb(table["geometry"].to_numpy(object)):
            digest.update(shape or b"\0")
        table = table.drop(columns="geometry")
    digest.update(table.to_csv(index=False).encode())
    return digest.hexdigest()
