"""The web application: `create_app(settings)` puts its parts together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware

from api import assets, errors
from api.admission import Admission, check_form
from api.answers import Answers
from api.basemaps import open_served
from api.deps import Parts
from api.guard import Guard
from api.jobs import Jobs
from api.lasting import Lasting
from api.logs import note_request
from api.metrics import Counting, Counts
from api.models import Problem
from api.oidc import Issuer
from api.oidc.settings import secret_of
from api.permissions import check_complete
from api.routes import accounts as accounts_
from api.routes import (
    audit,
    basemap,
    data,
    dossiers,
    edits,
    evidence,
    figures,
    gaps,
    import_pages,
    imports,
    metrics,
    oidc,
    pages,
    shares,
    siting,
    system,
    users,
)
from api.settings import Settings
from api.snapshots import Snapshots
from geo.accounts import Accounts, Limits
from geo.jobs.spool import Spool, spool_beside
from geo.store import Store
from maps.dossier.shelf import Shelf, shelf_beside

TITLE: Final = "Kepu Atlas"
DISTRIBUTION: Final = "kepu-atlas"
ABOUT: Final = (
    "A city's science-popularisation facilities, measured against its plan. Codes are 12-digit text, days ISO 8601, "
    "coordinates longitude/latitude in degrees CGCS2000 (EPSG:4490). Every GET carries a strong ETag; every error is "
    "a problem details object (RFC 9457). Once there are users, programs send `Authorization: Bearer` with a token of "
    "`kepu user token`. A blank report is unknown and never counts as met or as not met."
)

ROUTES: Final = (
    *(
        system,
        metrics,
        accounts_,
        oidc,
        shares,
        users,
        audit,
        data,
        imports,
        import_pages,
        dossiers,
        edits,
        evidence,
        figures,
        gaps,
        siting,
        pages,
        basemap,
    ),
)


def create_app(settings: Settings) -> FastAPI:
    """Make an application over one store.

    The store is opened with the first request: until there is one, pages say how to make
    it (503). The app keeps prepared answers in its own memory, import jobs in the store. Raises BasemapRefused for
    a basemap's file that cannot be used, WithoutPermission for a route that `api.permissions` doesn't know.
    """
    snapshots = Snapshots(lambda: Store.open(settings.database_url))
    spool = Spool(Path(settings.spool_dir) if settings.spool_dir else spool_beside(settings.database_url))
    jobs = Jobs(lambda: snapshots.store, spool, days=settings.import_days, is_open=lambda: snapshots.is_open)
    limits = Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    accounts = Accounts(lambda: snapshots.store, limits)
    shelf = Shelf(
        Path(settings.dossier_dir) if settings.dossier_dir else shelf_beside(settings.database_url),
        settings.database_url,
    )
    under = open_served(settings)
    issuer = Issuer(settings, secret_of(settings)) if settings.oidc_issuer else None
    counts = Counts()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        yield
        jobs.close()
        snapshots.close()
        for part in (under, issuer):
            if part is not None:
                part.close()

    app = FastAPI(
        title=TITLE,
        version=program_version(),
        description=ABOUT,
        lifespan=lifespan,
        middleware=[
            Middleware(Counting, counts=counts, note=note_request if settings.access_log else None),
            Middleware(Guard, settings=settings),
            Middleware(Admission, accounts=accounts, settings=settings),
            Middleware(Lasting, settings=settings),
        ],
        dependencies=[Depends(check_form)],
        # FastAPI's own reference pages load from a CDN; ours are in api.routes.system
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    answers = Answers(settings.cache_mb)
    app.state.parts = Parts(settings, snapshots, answers, jobs, accounts, shelf, under, issuer=issuer, counts=counts)
    errors.install(app)
    for routes in ROUTES:
        app.include_router(routes.router)
    assets.install(app)
    check_complete(app)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign]
    return app


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with our error shape in place of FastAPI's."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema()
        app.openapi_schema = document
    return app.openapi_schema


def program_version() -> str:
    """The installed version; "0" where the program runs without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "0"
