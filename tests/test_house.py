"""The house rules that no linter knows: what may be in the repo, locks, commands, rooms, names."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"geo", "api", "maps", "data", "notebooks", "tests", "bench", "docs", "locks", ".ci"}
PACKAGES = ("geo", "maps", "api")
LOCKS = ("runtime", "build", "dev")

# Written so that this file does not match itself.
REGISTRY = re.compile(rb"pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|npmmirror[.]|tuna[.]tsinghua|[/]simple/")
MACHINE = re.compile(rb"(?<![\w.~:/-])/(?:work|root|tmp|home|Users)/[\w.]|[A-Z]:\\\\Users")


@cache
def repo_files() -> tuple[Path, ...]:
    """Every file that is in git or would be added to it."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    ).stdout
    return tuple(path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file())


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def plain_run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run in the checkout as from a fresh shell, also when the tests themselves run under make."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


# ── what may be in the repo ──────────────────────────────────────────────────


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_machine_path(pattern: re.Pattern[bytes]) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]!r}" for path in repo_files() if (hit := pattern.search(path.read_bytes()))
    ]
    assert not found


def test_nothing_made_or_private_is_in_the_repo() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in repo_files()]
    assert not [name for name in names if name.startswith(("maps/assets/vendor/", "node_modules/", "dist/", ".venv/"))]
    assert not [name for name in names if name.endswith((".db", ".env", ".pyc", ".whl"))]


def test_rooms_are_the_agreed_ones() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in repo_files() if len(path.relative_to(ROOT).parts) > 1}
    assert tops <= ROOMS


def test_tests_are_flat() -> None:
    """Folders of tests named like the packages would shadow them."""
    assert not list((ROOT / "tests").glob("*/**/test_*.py"))


def test_code_knows_no_place() -> None:
    """A county's name, folder or code belongs to its data: another county needs no change of code."""
    words = set()
    for place in (ROOT / "data").glob("*/place.toml"):
        facts = tomllib.loads(place.read_text(encoding="utf-8"))["place"]
        words |= {place.parent.name, facts["name"].removesuffix("市").removesuffix("县"), facts["code"]}
    assert words
    named = re.compile("|".join(map(re.escape, sorted(words))), re.IGNORECASE)
    found = []
    for path in repo_files():
        inside = path.relative_to(ROOT)
        if inside.parts[0] in PACKAGES and path.suffix in {".py", ".html", ".j2", ".js", ".css", ".sql", ".toml"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [f"{inside}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if named.search(line)]
    assert not found


# ── locks ────────────────────────────────────────────────────────────────────


def lock_text(name: str) -> str:
    return (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package → version of a lock file."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock_text(name), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_hashes_and_no_address(name: str) -> None:
    text = lock_text(name)
    entries = [entry for entry in re.split(r"\n(?=[a-zA-Z0-9])", text) if re.match(r"[a-zA-Z0-9]", entry)]
    assert len(entries) == len(pins(name)) > 0
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert not re.findall(r"^\s*(?:-[a-zA-Z]\b|--(?!hash)).*", text, re.MULTILINE)
    assert not re.findall(r".*(?:://|file:/|index-url|find-links|trusted-host).*", text)


def test_locks_agree() -> None:
    runtime = pins("runtime")
    for name in ("build", "dev"):
        other = pins(name)
        assert {package: other[package] for package in other.keys() & runtime.keys()} == {
            package: runtime[package] for package in other.keys() & runtime.keys()
        }


def test_runtime_lock_satisfies_the_project() -> None:
    locked = pins("runtime")
    for line in project()["project"]["dependencies"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), line


def test_front_end_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_bytes())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")]


# ── commands ─────────────────────────────────────────────────────────────────


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {name for line in re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE) for name in line.split()}


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_every_target_is_in_make_help() -> None:
    listed = re.findall(r"^  make (\S+) +\S", plain_run("make").stdout, re.MULTILINE)
    assert set(listed) == targets()
    assert {"demo", "test", "wheel", "help"} <= set(listed)


def test_readme_names_the_commands_and_ci_runs_its_tests() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s])", readme))
    assert {"demo", "test"} <= named
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()
    assert ci[-1] == "exec make test"


def test_documents_name_only_targets_that_exist() -> None:
    for path in repo_files():
        if path.suffix == ".md":
            named = re.findall(r"`make ([a-z]+)", path.read_text(encoding="utf-8"))
            assert set(named) <= targets(), path.name


def test_imports_run_one_way() -> None:
    done = plain_run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = {"geopandas", "pandas", "folium", "shapely", "fastapi", "sqlalchemy", "openpyxl", "xlsxwriter"}
    done = plain_run(sys.executable, "-c", "import sys, api.cli; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert not heavy & set(done.stdout.split())


# ── names that others rely on ────────────────────────────────────────────────


def resolved(name: str) -> Any:
    """The object of `package.module:attribute`."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def test_console_script_exists() -> None:
    scripts = project()["project"]["scripts"]
    assert list(scripts) == ["kepu"]
    assert callable(resolved(scripts["kepu"]))


@pytest.mark.parametrize(
    ("name", "positional", "keyword"),
    [
        ("geo.assess:assess", ["layers", "plan"], {"as_of"}),
        ("maps.web_map:render", [], set()),
        ("api.main:create_app", ["settings"], set()),
        ("geo.bundled:bundled_place", ["name"], set()),
    ],
)
def test_exported_names(name: str, positional: list[str], keyword: set[str]) -> None:
    parameters = inspect.signature(resolved(name)).parameters.values()
    first = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert first[: len(positional)] == positional
    assert keyword <= {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in repo_files():
        inside = path.relative_to(ROOT)
        if path.suffix == ".py" and path.stat().st_size and ast.get_docstring(ast.parse(path.read_bytes())) is None:
            silent.append(str(inside))
    assert not silent
