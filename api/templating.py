"""The pages' templates: escaping by default, undefined names are errors, texts from one catalogue."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import jinja2

from api.assets import address
from api.i18n import SOURCE, date_text, gettext, html_language, joined, language, ngettext
from api.i18n.asked import other_languages
from api.i18n.marking import mark_chinese
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
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(gettext, ngettext)  # type: ignore[attr-defined]  # by the extension
    env.globals.update(
        t=TEXTS, asset=address, html_language=html_language, joined=joined, other_languages=other_languages
    )
    env.filters.update(percent=words.percent, number=words.number, date=date_text, evidence=words.evidence)
    return env


def page(name: str, **values: Any) -> bytes:
    """Render a page as UTF-8 in the language of the answer; text that UTF-8 cannot hold becomes "?"."""
    text = environment().get_template(name + SUFFIX).render(**values)
    return (text if language() == SOURCE else mark_chinese(text)).encode("utf-8", "replace")
