"""What handlers are given: the app's parts, and the reader's question in checked form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, BeforeValidator, StringConstraints

from api.answers import HTML, JSON, Answer, Answers, as_json, etag
from api.basemaps import Served
from api.jobs import Jobs
from api.settings import Settings
from api.snapshots import Ground, Snapshot, Snapshots
from api.templating import page
from api.texts import DAY_FORM, DAY_RANGE
from api.views.links import Links

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
    basemap: Served | None = None


async def get_parts(request: Request) -> Parts:
    """The parts of the app that answers."""
    return cast("Parts", request.app.state.parts)


def _blank_is_none(value: object) -> object:
    """Forms send an empty text for a field that was left blank."""
    return None if value == "" else value


def _only_iso(value: object) -> object:
    """Take a day only as people write it in an address: no time, no seconds since 1970."""
    if isinstance(value, str) and value and not _ISO_DAY.fullmatch(value):
        raise ValueError(DAY_FORM)
    return value


def _in_range(day: date | None) -> date | None:
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(DAY_RANGE.format(first=FIRST_DAY, last=LAST_DAY))
    return day


Optional = BeforeValidator(_blank_is_none)
AsOf = Annotated[
    date | None,
    BeforeValidator(_only_iso),
    Optional,
    AfterValidator(_in_range),
    Query(description="The day that is asked about, ISO 8601; today by default.", examples=["2022-10-31"]),
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
PartsDep = Annotated[Parts, Depends(get_parts)]


@dataclass(frozen=True)
class Inquiry:
    """A GET about a day, maybe about a township; answers it from kept bytes where it can.

    `as_of` is the day asked about: the chosen one, else the day on which the request came.
    """

    request: Request
    parts: Parts
    chosen_day: date | None
    as_of: date
    wanted_township: str | None

    @property
    def links(self) -> Links:
        """Addresses that keep the chosen day."""
        return Links(self.chosen_day)

    def township(self, ground: Ground) -> str | None:
        """The 12-digit code of the township asked about. Raises UnknownUnit."""
        return ground.gazetteer.township_code(self.wanted_township) if self.wanted_township else None

    def answer(self, make: Callable[[Snapshot, str | None], Answer], *, about: str = "") -> Response:
        """Answer with what `make` composes from a snapshot and a township's code, or 304.

        `about` is what else the answer depends on.
        """
        ground = self.parts.snapshots.ground()
        address = str(self.request.url.replace(netloc="", scheme=""))
        tag = etag(ground.version, ground.plan.sha256, self.as_of, address, about)

        def compose() -> Answer:
            township = self.township(ground)
            return make(self.parts.snapshots.at(self.as_of), township)

        return self.parts.answers.respond(self.request, tag, compose)

    def json(self, make: Callable[[Snapshot, str | None], Any], *, media_type: str = JSON) -> Response:
        """Answer with plain values as JSON."""
        return self.answer(lambda shot, town: Answer(as_json(make(shot, town)), media_type))

    def page(self, name: str, make: Callable[[Snapshot, str | None], dict[str, Any]]) -> Response:
        """Answer with a page; `make` gives what it needs beside the frame of every page."""
        return self.answer(lambda shot, town: Answer(page(name, **self._frame(shot), **make(shot, town)), HTML))

    def _frame(self, shot: Snapshot) -> dict[str, Any]:
        return {
            "link": self.links,
            "place": shot.place,
            "plan": shot.plan.plan,
            "as_of": shot.as_of,
            "today": self.chosen_day is None,
        }


async def get_inquiry(request: Request, parts: PartsDep, as_of: AsOf = None, township: Township = None) -> Inquiry:
    """Check what every GET about the place may ask."""
    return Inquiry(request, parts, as_of, as_of or date.today(), township)


InquiryDep = Annotated[Inquiry, Depends(get_inquiry)]
