"""`/siting`: where to build next, as page and for programs; scenarios kept, compared, planned."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import Field, StringConstraints
from starlette.responses import RedirectResponse

from api import models
from api.deps import AsOf, Inquiry, KnownOn, Optional, PartsDep, VisitorDep
from api.errors import NotAllowed
from api.routes.described import reading
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.siting import siting_answer, siting_form, solve
from api.views.siting_query import How, Model, SitingQuery, Zoom
from api.views.siting_scenarios import compared, comparison_view, kept_rows, lies_in
from api.visitors import Visitor
from geo.errors import InputRefused
from geo.fixes import Fix
from geo.proposals import Candidates, Weight
from geo.store import scenarios
from geo.store.scenarios import KeptScenario

router = APIRouter()

Whole = Annotated[int, Query(ge=1, lt=2**31, description="How many new sites, with `how=count`.")]
Few = Annotated[int, Field(ge=0, lt=2**31)]
Most = Annotated[Few | None, Optional, Query(description="At most so many new sites in one township.")]
Metres = Annotated[
    float, Query(ge=0, le=1e7, allow_inf_nan=False, description="How far apart those who share may be, metres.")
]
RuleText = Annotated[str, StringConstraints(max_length=80)]
Rules = Annotated[
    list[RuleText],
    Query(
        max_length=40,
        description="A rule of the plan, by default the first that can be asked about; several with `how=cheapest`.",
        examples=[["17.village.station"]],
    ),
]
Price = Annotated[str, StringConstraints(max_length=20)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60)]
_NO_STORE: Final = {"Cache-Control": "no-store"}
_COST: Final = "What one costs, with `how=cheapest`; blank or - rules it out: "


async def get_query(
    how: Annotated[
        How, Query(description="`count`: so many sites. `all`: the fewest that close all gaps. `cheapest`.")
    ] = "count",
    rule: Rules = [],  # noqa: B006
    count: Whole = 3,
    within: Metres = 1000.0,
    model: Annotated[Model, Query(description="As of `kepu site --model`.")] = "cover",
    weight: Annotated[Weight, Query(description="Count villages or people.")] = "units",
    candidates: Annotated[Candidates, Query(description="Where new sites may stand.")] = "villages",
    most_each: Most = None,
    build: Annotated[Price, Query(description=f"{_COST}a new facility.")] = "10",
    share: Annotated[Price, Query(description=f"{_COST}sharing one.")] = "1",
    update: Annotated[Price, Query(description=f"{_COST}renewing a board.")] = "0.5",
    zoom: Annotated[Zoom | None, Optional, Query(description="Of the page's map; changes no answer.")] = None,
) -> SitingQuery:
    """What is asked."""
    told = tuple(dict.fromkeys(each for each in rule if each))
    return SitingQuery(how, told, count, within, model, weight, candidates, most_each, build, share, update, zoom)


async def get_inquiry(request: Request, parts: PartsDep, as_of: AsOf = None, known_on: KnownOn = None) -> Inquiry:
    """The days asked about; siting is always of the whole place."""
    return Inquiry(request, parts, as_of, as_of or date.today(), None, known_on)


QueryDep = Annotated[SitingQuery, Depends(get_query)]
InquiryDep = Annotated[Inquiry, Depends(get_inquiry)]


@router.get(
    "/api/v1/siting",
    tags=["data"],
    summary="Where to build next, with proof",
    response_model=models.Siting | models.Fix,
    responses=reading("siting", 404, 422, 503),
)
def siting(inquiry: InquiryDep, asked: QueryDep) -> Response:
    """The same members as `kepu site --format json`; with `how=cheapest`, those of `kepu site --cheapest`.

    `status` is `infeasible` where there is no way; a search that takes over five seconds ends with the best found,
    `status` `time_limit` and its `gap`.
    """
    shot = _shot(inquiry)
    found = solve(inquiry.parts.sitings, shot, asked.of(shot.plan))
    told = (found if isinstance(found, Fix) else found.proposal).to_dict()
    return inquiry.json(lambda *_: told)


@router.get("/siting", include_in_schema=False)
def show_siting(inquiry: InquiryDep, asked: QueryDep) -> Response:
    """The question and its answer, and what is kept."""
    shot = _shot(inquiry)
    kept, about = _kept(inquiry)
    try:
        query = asked.of(shot.plan)
        found = solve(inquiry.parts.sitings, shot, query)
    except InputRefused as error:
        told = {**siting_form(shot, asked), "answer": None, "fault": str(error), "kept": kept_rows(kept)}
        return inquiry.page_now("siting", shot, told, 422)

    def compose(shot: Snapshot, _: str | None) -> dict[str, Any]:
        answer = siting_answer(shot, query, found)
        return {**siting_form(shot, query), "answer": answer, "fault": "", "kept": kept_rows(kept)}

    return inquiry.page("siting", compose, about=about)


@router.post("/siting/scenarios", include_in_schema=False)
def save_scenario(inquiry: InquiryDep, visitor: VisitorDep, asked: QueryDep, name: Annotated[Name, Form()]) -> Response:
    """Keep what a question's answer would build, under a name. The question stands in the address, as on the page."""
    shot = _shot(inquiry)
    found = solve(inquiry.parts.sitings, shot, asked.of(shot.plan))
    answer = found if isinstance(found, Fix) else found.proposal
    with inquiry.parts.snapshots.store.writing() as store:
        _need_own(
            visitor, scenarios.read_scenarios(store.connection).get(" ".join(name.split())), "siting_save_only_own"
        )
        scenarios.save(store, answer.scenario(name), by=visitor.name)
    return _to(inquiry, name)


@router.get("/siting/scenarios", include_in_schema=False)
def show_scenarios(inquiry: InquiryDep, name: Annotated[list[Name], Query(max_length=20)] = []) -> Response:  # noqa: B006
    """What is kept, and those named side by side."""
    kept, about = _kept(inquiry)
    with inquiry.parts.snapshots.store.reading() as seen:
        wanted = scenarios.by_names(seen.connection, tuple(dict.fromkeys(name)))

    def compose(shot: Snapshot, _: str | None) -> dict[str, Any]:
        view = comparison_view(shot, compared(shot, wanted), inquiry.visitor.township)
        return {**view, "kept": kept_rows(kept)}

    return inquiry.page("siting_scenarios", compose, about=about)


@router.post("/siting/scenarios/plan", include_in_schema=False)
def plan_scenario(
    inquiry: InquiryDep,
    visitor: VisitorDep,
    name: Annotated[Name, Form()],
    who: Annotated[str, Form(max_length=2000)],
    due_on: Annotated[date, Form()],
) -> Response:
    """Hand out what a scenario would mend; a township's planner only in that township."""
    shot, store = _shot(inquiry), inquiry.parts.snapshots.store
    with store.reading() as seen:
        wanted = scenarios.by_names(seen.connection, [name])
    (found,) = compared(shot, wanted)
    if not lies_in(found, visitor.township):
        raise NotAllowed(TEXTS["scenario_only_own"])
    with store.writing() as open_:
        scenarios.plan_works(open_, found, who=who, due_on=due_on, by=visitor.name)
    return _to(inquiry, name)


@router.post("/siting/scenarios/drop", include_in_schema=False)
def drop_scenario(inquiry: InquiryDep, visitor: VisitorDep, name: Annotated[Name, Form()]) -> Response:
    """Forget a scenario; a township's planner only an own one."""
    with inquiry.parts.snapshots.store.writing() as store:
        _need_own(visitor, scenarios.find_scenario(store.connection, name), "scenario_drop_only_own")
        scenarios.drop(store, name, by=visitor.name)
    return _to(inquiry)


def _shot(inquiry: Inquiry) -> Snapshot:
    return inquiry.parts.snapshots.at(inquiry.as_of, inquiry.known_on)


def _kept(inquiry: Inquiry) -> tuple[list[KeptScenario], str]:
    """What is kept, and a mark that changes with it."""
    parts, day = inquiry.parts, inquiry.known_on
    found = parts.recall.get(
        parts.snapshots.store, f"scenarios {day}", lambda seen: scenarios.read_scenarios(seen, known_on=day)
    )
    kept = list(found.values())
    return kept, repr([each.number for each in kept])


def _need_own(visitor: Visitor, kept: KeptScenario | None, fault: str) -> None:
    """A township's planner changes nobody else's. Raises NotAllowed."""
    if visitor.township is not None and kept is not None and kept.recorded_by != visitor.name:
        raise NotAllowed(TEXTS[fault])


def _to(inquiry: Inquiry, *names: str) -> Response:
    return RedirectResponse(inquiry.links.scenarios(names), 303, _NO_STORE)
