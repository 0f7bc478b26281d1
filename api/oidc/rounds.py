"""One way to the issuer and back: what ties the answer to the browser that left.

A cookie holds a secret, the moment and where to go afterwards; state, nonce and PKCE's verifier are derived from all
of it, so that no process has to remember anything, and none of it can be changed on the way.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final, Self

from geo.accounts.secrets import derived, new_secret, same

LASTS_S: Final = 600
LONGEST: Final = 3000
_LONGEST_PATH: Final = 1500


@dataclass(frozen=True)
class Round:
    """A log-in under way; `text` is what its browser keeps, `target` a path of this site."""

    text: str
    begun: int
    target: str

    @classmethod
    def begin(cls, target: str) -> Self:
        """Begin one; a target too long for a cookie becomes the first page."""
        begun, target = int(time.time()), target if len(target.encode()) <= _LONGEST_PATH else "/"
        return cls(f"{new_secret()}.{begun}.{urlsafe_b64encode(target.encode()).decode()}", begun, target)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what a browser kept; None for what none of ours is, or is too old."""
        secret, _, rest = text.partition(".")
        begun, _, target = rest.partition(".")
        if not secret or not begun.isdecimal() or not 0 <= time.time() - int(begun[:12]) <= LASTS_S:
            return None
        try:
            return cls(text, int(begun), urlsafe_b64decode(target).decode())
        except ValueError:
            return None

    @property
    def state(self) -> str:
        """What the issuer sends back."""
        return derived(self.text, "oidc state")

    @property
    def nonce(self) -> str:
        """What the ID token must hold."""
        return derived(self.text, "oidc nonce")

    @property
    def verifier(self) -> str:
        """What proves to the issuer who began (RFC 7636: 43 to 128 signs)."""
        return derived(self.text, "oidc verifier")

    def fits(self, state: str) -> bool:
        """Whether an answer belongs to this round."""
        return same(state, self.state)
