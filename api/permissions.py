"""Who may do what: the one table of all routes. What is not in it isn't served.

`allowed` is decided before a request's body is read (`api.admission`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from re import Pattern
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, compile_path

from api.visitors import EDITORS, Kind

Outcome = Literal["allowed", "refused", "log-in"]
Kinds = frozenset[Kind]

EVERYBODY: Final[Kinds] = frozenset(Kind)
READERS: Final[Kinds] = EVERYBODY - {Kind.NOBODY}
WHOLE_READERS: Final[Kinds] = READERS - {Kind.TOWNSHIP_SHARE}
USERS: Final[Kinds] = WHOLE_READERS - {Kind.SHARE}
CITY_EDITORS: Final[Kinds] = EDITORS - {Kind.TOWNSHIP_PLANNER}
ADMINS: Final[Kinds] = frozenset({Kind.ADMIN})

TABLE: Final[Mapping[tuple[str, str], Kinds]] = {
    # pages
    ("GET", "/"): READERS,
    ("GET", "/brief"): WHOLE_READERS,
    ("GET", "/map"): WHOLE_READERS,
    ("GET", "/units/{code:path}"): READERS,
    ("GET", "/gaps"): READERS,
    ("GET", "/gaps.csv"): READERS,
    ("GET", "/gaps.xlsx"): READERS,
    ("POST", "/gaps/tasks"): EDITORS,
    # figures, and evidence of anything
    ("GET", "/figures"): WHOLE_READERS,
    ("GET", "/figures/{task}"): WHOLE_READERS,
    ("POST", "/figures/{task}"): CITY_EDITORS,
    ("GET", "/evidence/{number}"): USERS,
    ("GET", "/evidence/{number}/picture"): USERS,
    ("POST", "/evidence/{number}/withdraw"): EDITORS,
    ("POST", "/photos/{code:path}"): EDITORS,
    ("GET", "/basemap/{z}/{x}/{y}"): WHOLE_READERS,
    # accounts
    ("GET", "/login"): EVERYBODY,
    ("POST", "/login"): EVERYBODY,
    ("POST", "/login/kept"): EVERYBODY,
    ("GET", "/login/oidc"): EVERYBODY,
    ("GET", "/login/oidc/back"): EVERYBODY,
    ("GET", "/login/oidc/leave"): EVERYBODY,
    ("POST", "/logout"): USERS,
    ("POST", "/logout/everywhere"): USERS,
    ("GET", "/account"): USERS,
    ("POST", "/account/password"): USERS,
    ("GET", "/s/{secret}"): EVERYBODY,
    ("GET", "/shares"): EDITORS,
    ("POST", "/shares"): EDITORS,
    ("POST", "/shares/{number}/withdraw"): EDITORS,
    ("GET", "/audit"): ADMINS,
    ("GET", "/users"): ADMINS,
    ("POST", "/users"): ADMINS,
    ("POST", "/users/{user}"): ADMINS,
    ("POST", "/users/{user}/password"): ADMINS,
    ("POST", "/users/{user}/logout"): ADMINS,
    ("POST", "/users/{user}/token"): ADMINS,
    ("POST", "/users/{user}/token/withdraw"): ADMINS,
    # editing
    ("GET", "/edit/{code:path}"): EDITORS,
    ("POST", "/edit/{code:path}"): EDITORS,
    ("GET", "/units-found"): EDITORS,
    # imports
    ("GET", "/imports"): EDITORS,
    ("POST", "/imports"): EDITORS,
    ("GET", "/imports/template.xlsx"): EDITORS,
    ("GET", "/imports/{job}"): EDITORS,
    ("POST", "/imports/{job}/answers"): EDITORS,
    ("POST", "/imports/{job}/commit"): EDITORS,
    ("POST", "/imports/{job}/cancel"): EDITORS,
    ("POST", "/imports/{job}/discard"): EDITORS,
    ("GET", "/imports/{job}/marked.xlsx"): EDITORS,
    ("POST", "/imports/batches/{batch}/undo"): EDITORS,
    # dossiers
    ("GET", "/dossier"): USERS,
    ("POST", "/dossier"): EDITORS,
    ("GET", "/dossier/{number}/progress"): USERS,
    ("GET", "/dossier/{number}.zip"): USERS,
    ("POST", "/dossier/{number}/stop"): EDITORS,
    ("POST", "/dossier/{number}/remove"): EDITORS,
    # where to build
    ("GET", "/siting"): USERS,
    ("GET", "/siting/scenarios"): USERS,
    ("POST", "/siting/scenarios"): EDITORS,
    ("POST", "/siting/scenarios/plan"): EDITORS,
    ("POST", "/siting/scenarios/drop"): EDITORS,
    # programs
    ("GET", "/api"): READERS,
    ("GET", "/api/openapi.json"): READERS,
    ("GET", "/api/v1/layers/{layer}"): READERS,
    ("GET", "/api/v1/assessment"): READERS,
    ("GET", "/api/v1/gaps"): READERS,
    ("GET", "/api/v1/units/{code:path}"): READERS,
    ("GET", "/api/v1/siting"): USERS,
    ("POST", "/api/v1/imports"): EDITORS,
    ("GET", "/api/v1/imports/{job}"): EDITORS,
    ("GET", "/api/v1/imports/{job}/events"): EDITORS,
    # the frame
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/metrics"): EVERYBODY,  # the handler looks at the setting, and where the request comes from
    ("GET", "/palette.css"): EVERYBODY,
}
MOUNTS: Final[Mapping[str, Kinds]] = {"/static/vendor": EVERYBODY, "/static": EVERYBODY}


class WithoutPermission(RuntimeError):
    """The app has routes that the table doesn't know, or the table has routes that there are not."""


@lru_cache(maxsize=4096)
def route_of(method: str, path: str) -> tuple[str, str] | None:
    """The entry of the table for a request; None where there is none."""
    if (method, path) in TABLE:
        return method, path
    for entry, pattern in _patterns():
        if entry[0] == method and pattern.match(path):
            return entry
    under = next((mount for mount in MOUNTS if path.startswith(f"{mount}/")), None)
    return None if under is None else (method, under)


def who_may(route: tuple[str, str] | None) -> Kinds:
    """Who may use a route; nobody one that isn't in the table."""
    if route is None:
        return frozenset()
    return TABLE[route] if route in TABLE else MOUNTS[route[1]]


def outcome(kind: Kind, route: tuple[str, str] | None) -> Outcome:
    """What a visitor meets."""
    if kind in who_may(route):
        return "allowed"
    return "log-in" if kind is Kind.NOBODY else "refused"


def check_complete(app: FastAPI) -> None:
    """Compare the table with an app's routes. Raises WithoutPermission."""
    found, mounts = routes_of(app)
    odd = sorted(found ^ set(TABLE)) + sorted(mounts ^ set(MOUNTS))
    if odd:
        msg = f"routes and permissions differ: {odd}"
        raise WithoutPermission(msg)


def routes_of(app: FastAPI) -> tuple[set[tuple[str, str]], set[str]]:
    """All routes of an app as method and path, and the paths of what is mounted."""
    found: set[tuple[str, str]] = set()
    mounts: set[str] = set()
    for route in _flat(app.routes):
        if isinstance(getattr(route, "original_route", route), Mount):
            mounts.add(str(route.path))
        else:
            found |= {(method, str(route.path)) for method in route.methods or ("*",)}
    return found, mounts


def _flat(routes: Iterable[Any]) -> list[Any]:
    return list(iter_route_contexts(list(routes)))


@cache
def _patterns() -> tuple[tuple[tuple[str, str], Pattern[str]], ...]:
    """The entries whose paths hold parameters, as the router reads them."""
    return tuple((entry, compile_path(entry[1])[0]) for entry in TABLE if "{" in entry[1])
