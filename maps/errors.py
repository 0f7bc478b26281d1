"""Errors of the maps.

KepuError (geo.errors)
└── AssetsMissing (LookupError)   the front end was not installed
"""

from geo.errors import KepuError


class AssetsMissing(KepuError, LookupError):
    """Leaflet's files are not in maps/assets/vendor."""
