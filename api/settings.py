"""The settings of a running program: `KEPU_*` variables, read once, then only handed down.

docs/SETTINGS.md explains each of them to the people who run the program.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from typing import Any, Final, Self

from api.i18n import SOURCE, languages
from api.oidc.settings import read_roles
from api.oidc.settings import wrong as wrong_oidc
from api.texts import TEXTS
from api.tile_addresses import wrong as wrong_basemap
from geo.errors import InputRefused
from geo.faults import Fault

PREFIX: Final = "KEPU_"
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
METRICS: Final = ("here", "admin", "off")
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
EVIDENCE_PATHS: Final = ("/figures/", "/photos/")
FILES_AT_ONCE: Final = 5
"""Files of evidence of the largest size that one form may bring."""
_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off", ""})
_PORTS: Final = range(65_536)


class SettingsRefused(InputRefused):
    """A setting has no usable value, or the settings together would be unsafe."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; making one checks them. Raises SettingsRefused with every fault.

    `hosts`: names beside the loopback ones that the server may be called by.
    `allow_remote`: other machines may reach the pages; until there is a user they are refused all the same.
    `tls_certificate`, `tls_key`: files with which the server speaks HTTPS itself.
    `trusted_proxies`: addresses and networks whose word on the client's address and on HTTPS counts.
    `session_idle_minutes`, `session_hours`: how long a log-in lasts unused, and at most.
    `max_upload_mb`: in MiB, for one request. `spool_dir`: where uploads wait, by default beside the store;
    `import_days`: how long they and their jobs are kept. `dossier_dir`: where dossiers are kept, by default beside
    the store. `cache_mb`: answers kept ready, in MiB.
    `evidence_mb`: in MiB, for one file of evidence.
    `oidc_*`: log-in by OpenID Connect (see `api.oidc`). `metrics`: who may see `/metrics`. `log_level`, `log_file`,
    `access_log`: what is written down of running. `backup_dir`: where backups are, for `/healthz` to tell their age.
    `language`: of the pages, until a reader chooses another.
    `basemap_*`, `tianditu_key`: what the served map may be laid over (see `api.basemaps`), one kind at most.
    """

    database_url: str = field(default="sqlite:///kepu.db", repr=False)  # it may hold a password
    host: str = "127.0.0.1"
    port: int = 8000
    hosts: tuple[str, ...] = ()
    allow_remote: bool = False
    tls_certificate: str = ""
    tls_key: str = ""
    trusted_proxies: tuple[str, ...] = ()
    session_idle_minutes: int = 120
    session_hours: int = 12
    max_upload_mb: int = 20
    spool_dir: str = ""
    dossier_dir: str = ""
    import_days: int = 30
    evidence_mb: int = 20
    cache_mb: int = 64
    language: str = SOURCE
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_client_secret_file: str = ""
    oidc_redirect: str = ""
    oidc_scopes: str = "openid profile"
    oidc_name_claim: str = "preferred_username"
    oidc_role_claim: str = ""
    oidc_roles: tuple[tuple[str, str], ...] = ()
    oidc_create: bool = False
    oidc_label: str = "统一登录"
    metrics: str = "here"
    log_level: str = "warning"
    log_file: str = ""
    access_log: bool = False
    backup_dir: str = ""
    basemap_file: str = ""
    basemap_xyz: str = field(default="", repr=False)  # its address may hold a key
    basemap_wmts: str = field(default="", repr=False)
    basemap_layer: str = ""
    tianditu_key: str = field(default="", repr=False)
    basemap_datum: str = ""
    basemap_credit: str = ""
    basemap_max_zoom: int = 18

    def __post_init__(self) -> None:
        """Refuse what cannot work or is not safe."""
        faults = [_fault(name, str(value), told) for name, value, told in _wrong(self)]
        if faults:
            raise SettingsRefused(faults[0].line(), faults=faults)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Read the `KEPU_*` variables; `given` values (command-line options) win unless they are None.

        Raises SettingsRefused for a value that is none.
        """
        source = os.environ if environment is None else environment
        values = {name: value for name, value in given.items() if value is not None}
        faults: list[Fault] = []
        for name, read in READERS.items():
            text = source.get(variable(name))
            if name in values or text is None:
                continue
            try:
                values[name] = read(text.strip())
            except ValueError:
                faults.append(_fault(name, text, TEXTS["setting_unreadable"]))
        if faults:
            raise SettingsRefused(faults[0].line(), faults=faults)
        return cls(**values)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def max_upload_bytes(self) -> int:
        """The limit of one request's body."""
        return self.max_upload_mb * 1024 * 1024

    @property
    def evidence_bytes(self) -> int:
        """The limit of one file of evidence."""
        return self.evidence_mb * 1024 * 1024

    def body_limit(self, path: str) -> int:
        """The limit of the body of a request; several files of evidence may come at once."""
        at_once = FILES_AT_ONCE * self.evidence_bytes if path.startswith(EVIDENCE_PATHS) else 0
        return max(self.max_upload_bytes, at_once)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def is_loopback(host: str) -> bool:
    """Say whether an address or name stands for this machine only."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(settings: Settings) -> list[tuple[str, object, str]]:
    found: list[tuple[str, object, str]] = []
    if not settings.database_url:
        found.append(("database_url", "", TEXTS["setting_empty"]))
    if not settings.host:
        found.append(("host", "", TEXTS["setting_empty"]))
    elif not settings.is_local and not settings.allow_remote:
        found.append(("host", settings.host, TEXTS["setting_remote"]))
    if settings.port not in _PORTS:
        found.append(("port", settings.port, TEXTS["setting_port"]))
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        found.append(("tls_key", settings.tls_key, TEXTS["setting_tls"]))
    found += [
        ("trusted_proxies", address, TEXTS["setting_proxy"])
        for address in settings.trusted_proxies
        if not _is_network(address)
    ]
    found += [
        (name, getattr(settings, name), TEXTS["setting_positive"])
        for name in ("session_idle_minutes", "session_hours", "max_upload_mb", "import_days", "evidence_mb", "cache_mb")
        if getattr(settings, name) < 1
    ]
    if settings.language not in languages():
        found.append(("language", settings.language, TEXTS["setting_language"].format(known="、".join(languages()))))
    found += [
        (name, getattr(settings, name), TEXTS[f"setting_{name}"])
        for name, known in (("metrics", METRICS), ("log_level", LOG_LEVELS))
        if getattr(settings, name) not in known
    ]
    return found + wrong_oidc(settings) + wrong_basemap(settings)


def _fault(name: str, value: str, message: str) -> Fault:
    return Fault("error", "setting", variable(name), message, TEXTS["setting_remedy"], value=value)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _flag(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    msg = f"no yes or no: {text!r}"
    raise ValueError(msg)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "database_url": str,
    "host": str,
    "port": int,
    "hosts": _names,
    "allow_remote": _flag,
    "tls_certificate": str,
    "tls_key": str,
    "trusted_proxies": _names,
    "session_idle_minutes": int,
    "session_hours": int,
    "max_upload_mb": int,
    "spool_dir": str,
    "dossier_dir": str,
    "import_days": int,
    "evidence_mb": int,
    "cache_mb": int,
    "language": lambda text: text.replace("-", "_"),
    "oidc_issuer": str,
    "oidc_client_id": str,
    "oidc_client_secret": str,
    "oidc_client_secret_file": str,
    "oidc_redirect": str,
    "oidc_scopes": str,
    "oidc_name_claim": str,
    "oidc_role_claim": str,
    "oidc_roles": read_roles,
    "oidc_create": _flag,
    "oidc_label": str,
    "metrics": str.lower,
    "log_level": str.lower,
    "log_file": str,
    "access_log": _flag,
    "backup_dir": str,
    "basemap_file": str,
    "basemap_xyz": str,
    "basemap_wmts": str,
    "basemap_layer": str,
    "tianditu_key": str,
    "basemap_datum": str,
    "basemap_credit": str,
    "basemap_max_zoom": int,
}
assert READERS.keys() == {field.name for field in fields(Settings)}
