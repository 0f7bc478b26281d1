"""Whom an ID token stands for, by the settings: which claim is the user's name, which tells roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.texts import TEXTS
from geo.accounts import ROLES, Vouched
from geo.errors import LoginRefused

if TYPE_CHECKING:
    from api.settings import Settings


def person(claims: Mapping[str, Any], settings: Settings) -> Vouched:
    """The person of proven claims. Raises LoginRefused for one without a name, or without a role where roles count."""
    name = claim(claims, settings.oidc_name_claim)
    if not isinstance(name, str) or not name.strip():
        told = {"label": settings.oidc_label, "claim": settings.oidc_name_claim}
        raise LoginRefused(TEXTS["oidc_nameless"].format(**told))
    role = _role(claims, settings) if settings.oidc_roles else None
    return Vouched(name, settings.oidc_issuer, role, settings.oidc_create)


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a path of names with dots between; None where there is none."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _role(claims: Mapping[str, Any], settings: Settings) -> str:
    """The role that may do most of those that the claim gives. Raises LoginRefused where it gives none."""
    told = claim(claims, settings.oidc_role_claim)
    given = {told} if isinstance(told, str) else {word for word in told or () if isinstance(word, str)}
    roles = {role for name, role in settings.oidc_roles if name in given}
    if not roles:
        raise LoginRefused(TEXTS["oidc_no_role"].format(label=settings.oidc_label))
    return next(role for role in reversed(ROLES) if role in roles)
