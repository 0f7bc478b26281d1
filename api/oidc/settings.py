"""Which settings of log-in by OpenID Connect can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from api.oidc.addresses import is_safe
from api.texts import TEXTS
from geo.accounts import ROLES

if TYPE_CHECKING:
    from api.settings import Settings

BACK: Final = "/login/oidc/back"


def read_roles(text: str) -> tuple[tuple[str, str], ...]:
    """Read `name=role, …`. Raises ValueError for a part that says no pair."""
    pairs = [part.rpartition("=") for part in text.split(",") if part.strip()]
    if not all(sign and name.strip() for name, sign, _ in pairs):
        raise ValueError(text)
    return tuple((name.strip(), role.strip()) for name, _, role in pairs)


def wrong(settings: Settings) -> list[tuple[str, object, str]]:
    """What is wrong: setting, value to show, message."""
    needed, more = ("oidc_client_id", "oidc_redirect"), ("oidc_client_secret", "oidc_client_secret_file", "oidc_roles")
    if not settings.oidc_issuer:
        alone = [name for name in (*needed, *more) if getattr(settings, name)]
        return [(name, "", TEXTS["setting_oidc_alone"]) for name in alone[:1]]
    found: list[tuple[str, object, str]] = []
    if not is_safe(settings.oidc_issuer):
        found.append(("oidc_issuer", settings.oidc_issuer, TEXTS["setting_oidc_issuer"]))
    found += [(name, "", TEXTS["setting_oidc_client"]) for name in needed if not getattr(settings, name)]
    redirect = settings.oidc_redirect
    if redirect and not (is_safe(redirect) and urlsplit(redirect).path == BACK):
        found.append(("oidc_redirect", redirect, TEXTS["setting_oidc_redirect"]))
    if settings.oidc_client_secret and settings.oidc_client_secret_file:
        found.append(("oidc_client_secret", "", TEXTS["setting_oidc_secret"]))
    elif settings.oidc_client_secret_file and not secret_of(settings):
        found.append(("oidc_client_secret_file", settings.oidc_client_secret_file, TEXTS["setting_oidc_secret_file"]))
    known = all(role in ROLES for _, role in settings.oidc_roles)
    if not known or bool(settings.oidc_roles) != bool(settings.oidc_role_claim):
        found.append(("oidc_roles", "", TEXTS["setting_oidc_roles"]))
    return found


def secret_of(settings: Settings) -> str:
    """The client's secret, from the setting or its file; '' where there is none."""
    if not settings.oidc_client_secret_file:
        return settings.oidc_client_secret
    try:
        return Path(settings.oidc_client_secret_file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
