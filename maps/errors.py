"""Errors of the maps.

KepuError (geo.errors)
├── AssetsMissing (LookupError)    the front end was not installed
├── FontMissing (LookupError)      no Chinese font to print with
├── TypesettingFailed              a printed document could not be set
├── DossierRefused (InputRefused)  a dossier can't be made so, or not into that folder
├── DossierBusy                    another dossier is being made
├── UnknownDossier (LookupError)   no dossier has this number
└── BasemapRefused (InputRefused)  a basemap cannot be read or would be drawn in the wrong place
"""

from geo.errors import InputRefused, KepuError


class AssetsMissing(KepuError, LookupError):
    """Leaflet's files are not in maps/assets/vendor."""


class FontMissing(KepuError, LookupError):
    """No font with Chinese characters is on this machine."""


class TypesettingFailed(KepuError):
    """A printed document could not be set."""


class DossierRefused(InputRefused):
    """A dossier that may not be made (public without a review number) or not into that folder."""


class DossierBusy(KepuError):
    """A dossier is being made; `number` tells which."""

    def __init__(self, message: str, number: str) -> None:
        super().__init__(message)
        self.number = number


class UnknownDossier(KepuError, LookupError):
    """No dossier has this number."""


class BasemapRefused(InputRefused):
    """A basemap that cannot be read, is no picture, too large, or on another datum or grid."""
