"""The shapes of answers, for the reference in /api/openapi.json; answers are sent as prepared bytes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Open(BaseModel):
    """Base: further members may come with later versions."""

    model_config = ConfigDict(extra="allow")


class Problem(Open):
    """RFC 9457 problem details: the one shape of every error."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Feature(Open):
    """A GeoJSON feature; `geometry` is null where no coordinates were reported."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(Open):
    """One layer as GeoJSON, longitude and latitude in degrees CGCS2000 (EPSG:4490)."""

    type: Literal["FeatureCollection"]
    name: str
    title: str
    as_of: str
    township: str | None
    count: int
    features: list[Feature]


class Assessment(Open):
    """assessment.json; cut to a township, if one was asked for."""

    as_of: str
    plan: dict[str, str]
    tasks: list[dict[str, Any]]


class Gaps(Open):
    """Findings that are not met or not known, or those in the state asked for."""

    as_of: str
    plan: dict[str, str]
    filters: dict[str, str | None]
    counts: dict[str, int]
    gaps: list[dict[str, Any]]


class UnitFile(Open):
    """A unit's whole file: requirements with states and evidence, and the facilities that serve it."""

    as_of: str
    plan: dict[str, str]
    unit: dict[str, Any]
    counts: dict[str, int]
    requirements: list[dict[str, Any]]
    facilities: list[dict[str, Any]]


class Siting(Open):
    """Where to build: as `kepu site --format json` (docs/CONTRACT.md); lengths in metres."""

    rule: str
    layer: str
    model: Literal["cover", "cover-all", "median", "center"]
    within: float
    weight: Literal["units", "people"]
    gaps: int
    met_before: int
    met_after: int
    in_scope: int
    objective: float | None
    bound: float | None
    gap: float | None
    status: Literal["optimal", "time_limit", "infeasible"]
    seconds: float
    straight: bool
    estimated: int
    sites: list[dict[str, Any]]
    left: list[dict[str, str]]
    clashes: list[str]
    unlocated: list[str]


class Fix(Open):
    """The cheapest way to meet rules, as `kepu site --cheapest --format json`."""

    needed: dict[str, int]
    steps: list[dict[str, Any]]
    cost: float | None
    bound: float | None
    gap: float | None
    status: Literal["optimal", "time_limit", "infeasible"]
    seconds: float
    within: float
    short: dict[str, int]


class Accepted(BaseModel):
    """An import was queued; ask `status_url` how it goes."""

    id: str
    state: Literal["queued"]
    status_url: str


class Question(Open):
    """What the import asks: which unit a text means (answered by `answers`), which column a header is (`column`)."""

    kind: Literal["unit", "column"]
    field: str
    township: str
    written: str
    message: str
    file: str
    sheet: str | None
    row: int | None
    times: int
    candidates: list[dict[str, str]]


class ImportStatus(Open):
    """An import as it stands; `counts` say what a commit brought or, after a dry run, would bring."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    stage: Literal["reading", "rows", "comparing", "storing"] | None
    progress: dict[str, int]
    file: str
    layer: str
    datum: str
    complete: bool
    dry_run: bool
    sender: str
    received_on: str | None
    scope: str | None
    columns: dict[str, str]
    created_at: str
    finished_at: str | None
    outcome: Literal["stored", "checked", "unchanged", "refused"] | None
    batch: int | None
    counts: dict[str, dict[str, int]]
    rows: dict[str, int] | None
    changes: dict[str, dict[str, int]]
    tables: list[dict[str, Any]]
    questions: list[Question]
    faults: list[dict[str, Any]]


class Health(BaseModel):
    """The server answers and its store can be read; `warning` where a check says what should be looked at.

    `disk`: room for a backup and an upgrade. `backup`: of the last two days, in the folder of `KEPU_BACKUP_DIR`.
    """

    status: Literal["ok", "warning"]
    version: str
    store: Literal["ok"]
    migrations: Literal["ok"]
    disk: Literal["ok", "low", "unknown"]
    backup: Literal["ok", "old", "unknown"]
