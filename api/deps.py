"""What handlers are given: the app's parts, and the reader's question in checked form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from api.answers import HTML, JSON, Answer, Answers, as_json, etag
from api.basemaps import Served
from api.errors import LoginNeeded, NotAllowed, WrongValue
from api.i18n import gettext, language
from api.jobs import Jobs
from api.lasting import lasts
from api.metrics import Counts
from api.oidc import Issuer
from api.settings import Settings
from api.sitings import Sitings
from api.snapshots import Ground, Snapshot, Snapshots
from api.templating import page
from api.texts import BOX_FORM, DAY_FORM, DAY_RANGE, TEXTS
from api.views.links import Links
from api.visitors import Visitor, visitor_of
from geo.accounts import Accounts, User
from geo.accounts.recall import Recall
from geo.layers import Layers
from geo.parts import Box, Part
from maps.dossier.shelf import Shelf

_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2099, 12, 31)


@dataclass(frozen=True)
class Parts:
    """What an app is made of; lives in `app.state.parts`."""

    settings: Settings
    snapshots: Snapshots
    answers: Answers
    jobs: Jobs
    accounts: Accounts
    shelf: Shelf
    basemap: Served | None = None
    recall: Recall = field(default_factory=Recall)
    issuer: Issuer | None = None
    counts: Counts = field(default_factory=Counts)
    sitings: Sitings = field(default_factory=Sitings)


async def get_parts(request: Request) -> Parts:
    """The parts of the app that answers."""
    return cast("Parts", request.app.state.parts)


async def get_visitor(request: Request) -> Visitor:
    """Who asks."""
    return visitor_of(request)


async def get_user(request: Request) -> User:
    """The user who asks. Raises LoginNeeded where there are no users yet."""
    user = visitor_of(request).user
    if user is None:
        raise LoginNeeded(TEXTS["login_no_users"])
    return user


def _blank_is_none(value: object) -> object:
    """Forms send an empty text for a field that was left blank."""
    return None if value == "" else value


def _only_iso(value: object) -> object:
    """Take a day only as people write it in an address: no time, no seconds since 1970."""
    if isinstance(value, str) and value and not _ISO_DAY.fullmatch(value):
        raise WrongValue(gettext(DAY_FORM))
    return value


def _in_range(day: date | None) -> date | None:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise WrongValue(gettext(DAY_RANGE).format(first=FIRST_DAY, last=LAST_DAY))
    return day


Optional = BeforeValidator(_blank_is_none)
AsOf = Annotated[
    date | None,
    BeforeValidator(_only_iso),
    Optional,
    AfterValidator(_in_range),
    Query(description="The day that is asked about, ISO 8601; today by default.", examples=["2022-10-31"]),
]
KnownOn = Annotated[
    date | None,
    BeforeValidator(_only_iso),
    Optional,
    AfterValidator(_in_range),
    Query(
        description="Only what had been recorded by the end of this day counts; by default, all.",
        examples=["2022-11-05"],
    ),
]
Word = Annotated[str, StringConstraints(max_length=80)]
Township = Annotated[
    Word | None,
    Optional,
    Query(
        description="A township by its code (9 or 12 digits) or official name.",
        examples=["990101101000"],
    ),
]


def _box(text: str | None) -> Box | None:
    if text is None:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise WrongValue(gettext(BOX_FORM)) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise WrongValue(gettext(BOX_FORM))
    return west, south, east, north


def _is_box(text: str | None) -> str | None:
    _box(text)
    return text


async def get_box(
    bbox: Annotated[
        Word | None,
        Optional,
        AfterValidator(_is_box),
        Query(
            description="West, south, east and north in degrees (EPSG:4490): only what touches this box.",
            examples=["87.2,43.9,87.4,44.1"],
        ),
    ] = None,
) -> Box | None:
    """The box asked about."""
    return _box(bbox)


BoxDep = Annotated[Box | None, Depends(get_box)]
PartsDep = Annotated[Parts, Depends(get_parts)]
VisitorDep = Annotated[Visitor, Depends(get_visitor)]
UserDep = Annotated[User, Depends(get_user)]


@dataclass(frozen=True)
class Inquiry:
    """A GET about a day, maybe about a township; answers it from kept bytes where it can.

    `as_of` is the day asked about: the chosen one, else the day on which the request came. `known_on`: by
    what had been recorded by the end of that day, None for now.
    """

    request: Request
    parts: Parts
    chosen_day: date | None
    as_of: date
    wanted_township: str | None
    known_on: date | None = None

    @property
    def links(self) -> Links:
        """Addresses that keep the chosen days."""
        return Links(self.chosen_day, self.known_on)

    @property
    def visitor(self) -> Visitor:
        """Who asks."""
        return visitor_of(self.request)

    def township(self, ground: Ground) -> str | None:
        """The 12-digit code of the township asked about, else the only one that the visitor may see.

        Raises UnknownUnit, and NotAllowed for one that the visitor may not see.
        """
        code = ground.gazetteer.township_code(self.wanted_township) if self.wanted_township else self.visitor.only
        self.need_sight(code)
        return code

    def need_sight(self, township: str | None) -> None:
        """Refuse what lies outside the only township that the visitor may see. Raises NotAllowed."""
        if self.visitor.only not in (None, township):
            raise NotAllowed(TEXTS["other_township"])

    def answer(self, make: Callable[[Snapshot, str | None], Answer], *, about: str = "") -> Response:
        """Answer with what `make` composes from a snapshot and a township's code, or 304.

        `about` is what else the answer depends on.
        """
        return self._answer(lambda town: make(self.parts.snapshots.at(self.as_of, self.known_on), town), about=about)

    def of_part(self, make: Callable[[Layers, Part], Any], bbox: Box | None, *, media_type: str) -> Response:
        """Answer with what `make` composes from the layers of a township, a box, both or the whole place, as JSON."""

        def compose(township: str | None) -> Answer:
            part = Part(township, bbox)
            if part == Part():
                layers = self.parts.snapshots.at(self.as_of, self.known_on).layers
            else:
                layers = self.parts.snapshots.layers(self.as_of, self.known_on, part)
            return Answer(as_json(make(layers, part)), media_type)

        return self._answer(compose)

    def _answer(self, compose: Callable[[str | None], Answer], *, about: str = "") -> Response:
        lasts(self.request)
        ground = self.parts.snapshots.ground()
        address = str(self.request.url.replace(netloc="", scheme=""))
        tag = etag(ground.version, ground.plan.sha256, self.as_of, address, about, self.visitor.only, language())
        answers = self.parts.answers

        def make() -> Answer:
            return compose(self.township(ground))

        return answers.respond(self.request, tag, lambda: answers.composed(make))

    def json(self, make: Callable[[Snapshot, str | None], Any], *, media_type: str = JSON) -> Response:
        """Answer with plain values as JSON."""
        return self.answer(lambda shot, town: Answer(as_json(make(shot, town)), media_type))

    def page(self, name: str, make: Callable[[Snapshot, str | None], dict[str, Any]], *, about: str = "") -> Response:
        """Answer with a page; `make` gives what it needs beside the frame of every page, `about` as in `answer`."""
        mark = "\n".join((*self.visitor.page_mark, about))
        return self.answer(
            lambda shot, town: Answer(page(name, **self._frame(shot), **make(shot, town)), HTML), about=mark
        )

    def page_now(self, name: str, shot: Snapshot, values: dict[str, Any], status: int) -> Response:
        """A page that nobody keeps, such as what was refused is shown on."""
        body = page(name, **self._frame(shot), **values)
        return Response(body, status, {"Content-Type": HTML, "Cache-Control": "no-store"})

    def _frame(self, shot: Snapshot) -> dict[str, Any]:
        return {
            "link": self.links,
            "visitor": self.visitor,
            "place": shot.place,
            "plan": shot.plan.plan,
            "clauses": {rule.id: task for task in shot.plan.tasks for rule in task.rules},
            "as_of": shot.as_of,
            "known_on": shot.known_on,
            "today": self.chosen_day is None,
        }


async def get_inquiry(
    request: Request, parts: PartsDep, as_of: AsOf = None, known_on: KnownOn = None, township: Township = None
) -> Inquiry:
    """Check what every GET about the place may ask."""
    return Inquiry(request, parts, as_of, as_of or date.today(), township, known_on)


InquiryDep = Annotated[Inquiry, Depends(get_inquiry)]
