"""Settings: read from `KEPU_*`, checked once, unsafe ones refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from api.settings import READERS, Settings, SettingsRefused, is_loopback, variable


def test_without_variables_only_this_machine_is_answered() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert settings.host == "127.0.0.1"
    assert settings.is_local
    assert settings.database_url == "sqlite:///kepu.db"


def test_every_setting_is_read_from_its_variable() -> None:
    given = {
        "KEPU_DATABASE_URL": "sqlite:///other.db", "KEPU_HOST": "0.0.0.0", "KEPU_PORT": "9000",
        "KEPU_HOSTS": " Atlas.Office, b ,", "KEPU_ALLOW_REMOTE": "Yes",
        "KEPU_TLS_CERTIFICATE": "c.pem", "KEPU_TLS_KEY": "k.pem",
        "KEPU_TRUSTED_PROXIES": "10.0.0.1, fd00::/8", "KEPU_SESSION_IDLE_MINUTES": "30", "KEPU_SESSION_HOURS": "8",
        "KEPU_MAX_UPLOAD_MB": "5", "KEPU_CACHE_MB": "8", "KEPU_SPOOL_DIR": "spool", "KEPU_IMPORT_DAYS": "7",
        "KEPU_DOSSIER_DIR": "dossiers",
            "KEPU_EVIDENCE_MB": "3",
        "KEPU_LANGUAGE": "en",
        "KEPU_OIDC_ISSUER": "https://issuer.office/a", "KEPU_OIDC_CLIENT_ID": "atlas", "KEPU_OIDC_CLIENT_SECRET": "s",
        "KEPU_OIDC_CLIENT_SECRET_FILE": "", "KEPU_OIDC_REDIRECT": "https://atlas.office/login/oidc/back",
        "KEPU_OIDC_SCOPES": "openid email", "KEPU_OIDC_NAME_CLAIM": "email", "KEPU_OIDC_ROLE_CLAIM": "groups",
        "KEPU_OIDC_ROLES": "heads=admin, 填报=planner", "KEPU_OIDC_CREATE": "1", "KEPU_OIDC_LABEL": "政务登录",
        "KEPU_METRICS": "Admin", "KEPU_LOG_LEVEL": "INFO", "KEPU_LOG_FILE": "kepu.log", "KEPU_ACCESS_LOG": "1",
        "KEPU_BACKUP_DIR": "backups",
        "KEPU_BASEMAP_FILE": "", "KEPU_BASEMAP_XYZ": "", "KEPU_BASEMAP_WMTS": "", "KEPU_BASEMAP_LAYER": "img",
        "KEPU_TIANDITU_KEY": "0123456789abcdef", "KEPU_BASEMAP_DATUM": "cgcs2000",
        "KEPU_BASEMAP_CREDIT": "天地图", "KEPU_BASEMAP_MAX_ZOOM": "16",
    }  # fmt: skip
    assert {variable(field.name) for field in fields(Settings)} == given.keys()
    assert READERS.keys() == {field.name for field in fields(Settings)}
    assert Settings.from_environment(given) == Settings(
        database_url="sqlite:///other.db", host="0.0.0.0", port=9000, hosts=("atlas.office", "b"), allow_remote=True,
        tls_certificate="c.pem", tls_key="k.pem", trusted_proxies=("10.0.0.1", "fd00::/8"), session_idle_minutes=30,
        session_hours=8, max_upload_mb=5, cache_mb=8, language="en", spool_dir="spool", import_days=7,
        dossier_dir="dossiers", evidence_mb=3,
        tianditu_key="0123456789abcdef", basemap_datum="cgcs2000",
        basemap_layer="img", oidc_issuer="https://issuer.office/a", oidc_client_id="atlas", oidc_client_secret="s",
        oidc_redirect="https://atlas.office/login/oidc/back", oidc_scopes="openid email", oidc_name_claim="email",
        oidc_role_claim="groups", oidc_roles=(("heads", "admin"), ("填报", "planner")), oidc_create=True,
        oidc_label="政务登录", metrics="admin", log_level="info", log_file="kepu.log", access_log=True,
        backup_dir="backups",
        basemap_credit="天地图", basemap_max_zoom=16,
    )  # fmt: skip


def test_options_win_over_variables_unless_absent() -> None:
    settings = Settings.from_environment({"KEPU_PORT": "9000", "KEPU_HOST": "localhost"}, port=1234, host=None)
    assert (settings.port, settings.host) == (1234, "localhost")


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "atlas.office", "127.0.0.1.example.com", "10.0.0.1"])
def test_another_machines_address_needs_a_clear_word(host: str) -> None:
    with pytest.raises(SettingsRefused, match="KEPU_ALLOW_REMOTE=1") as refused:
        Settings(host=host)
    assert refused.value.faults[0].file == "KEPU_HOST"
    assert not Settings(host=host, allow_remote=True).is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_loopback_addresses_are_local(host: str) -> None:
    assert is_loopback(host)
    assert Settings(host=host).is_local


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEPU_PORT", "http"), ("KEPU_PORT", "70000"), ("KEPU_PORT", "-1"), ("KEPU_MAX_UPLOAD_MB", "0"),
        ("KEPU_MAX_UPLOAD_MB", "1.5"), ("KEPU_CACHE_MB", "0"), ("KEPU_ALLOW_REMOTE", "maybe"), ("KEPU_HOST", ""),
        ("KEPU_DATABASE_URL", ""), ("KEPU_TRUSTED_PROXIES", "proxy.office"), ("KEPU_SESSION_HOURS", "0"),
        ("KEPU_TLS_KEY", "k.pem"),
    ],
)  # fmt: skip
def test_a_senseless_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        Settings.from_environment({name: value})


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(SettingsRefused) as refused:
        Settings.from_environment({"KEPU_PORT": "x", "KEPU_CACHE_MB": "y"})
    assert [fault.file for fault in refused.value.faults] == ["KEPU_PORT", "KEPU_CACHE_MB"]
    wrong: dict[str, Any] = {"port": -1, "max_upload_mb": 0}
    with pytest.raises(SettingsRefused) as refused:
        Settings(**wrong)
    assert len(refused.value.faults) == 2
