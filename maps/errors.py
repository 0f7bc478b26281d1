"""Errors of the maps.

KepuError (geo.errors)
├── AssetsMissing (LookupError)    the front end was not installed
└── BasemapRefused (InputRefused)  a basemap cannot be read or would be drawn in the wrong place
"""

from geo.errors import InputRefused, KepuError


class AssetsMissing(KepuError, LookupError):
    """Leaflet's files are not in maps/assets/vendor."""


class BasemapRefused(InputRefused):
    """A basemap that cannot be read, is no picture, too large, or on another datum or grid."""
