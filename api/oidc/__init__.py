"""Log-in by OpenID Connect (Core 1.0): authorization code with PKCE (RFC 7636), against the one issuer of the settings.

`rounds` ties what comes back to the browser that left, `issuer` is the only one that is asked, `people` says
whom an ID token stands for. Who may come in is the store's to say (`geo.accounts.vouched`).
"""

from api.oidc.issuer import Issuer, Refused, Unavailable
from api.oidc.rounds import Round

__all__ = ["Issuer", "Refused", "Round", "Unavailable"]
