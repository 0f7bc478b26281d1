"""The pages' templates: escaping by default, undefined names are errors, texts from one catalogue."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import jinja2

from api.assets import address
from api.texts import TEXTS
from api.views import words

SUFFIX: Final = ".html.jinja"


@lru_cache
def environment() -> jinja2.Environment:
    """The one environment of all pages."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(files("api").joinpath("templates"))),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    env.globals.update(t=TEXTS, asset=address)
    env.filters.update(
        percent=words.percent, number=words.number, chinese_date=words.chinese_date, evidence=words.evidence
    )
    return env


def page(name: str, **values: Any) -> bytes:
    """Render a page as UTF-8; text that UTF-8 cannot hold becomes "?"."""
    return environment().get_template(name + SUFFIX).render(**values).encode("utf-8", "replace")
