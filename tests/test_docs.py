"""The docs name every command, setting, room and module, and every relative link in them leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.cli import (
    auditing,
    distances,
    dossier,
    importing,
    keeping,
    looking,
    past,
    producing,
    proving,
    scenarios,
    setting_up,
    siting,
    templates,
    users,
)
from api.cli.app import app
from api.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("data/*/README.md")])
COMMAND_FILES = (distances, importing, keeping, looking, past, producing, proving, setting_up, siting, templates)
GROUPS = (auditing.audit, dossier.dossier, scenarios.scenarios, users.users)


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len({info.callback.__module__ for info in app.registered_commands if info.callback}) == len(COMMAND_FILES)
    for info in app.registered_commands:
        name = info.name or (info.callback.__name__ if info.callback else "")
        assert re.search(rf"kepu {name}\b", readme), name
    for group in GROUPS:
        for info in group.registered_commands:
            name = f"{group.info.name} {info.name or (info.callback.__name__ if info.callback else '')}"
            assert re.search(rf"kepu {name}\b", readme), name


def test_settings_page_names_every_setting() -> None:
    page = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8")
    names = getattr(Settings, "model_fields", None) or Settings.__dataclass_fields__
    for name in names:
        assert f"KEPU_{name.upper()}" in page, name


def test_architecture_names_every_module_of_geo() -> None:
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in (ROOT / "geo").rglob("*.py"):
        if path.stem != "__init__" and "migrations" not in path.parts:
            assert re.search(rf"`(\w+/)?{path.stem}`", page), path


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target
