"""The language of an answer: Chinese as written in the code, or another by its gettext catalogue.

Message ids are the Chinese texts themselves, so that Chinese needs no catalogue. Every other language is a
folder `api/locale/<language>/LC_MESSAGES` with `kepu.po`, read when somebody first asks for the language.
The language of a request stands in a context variable (`api.i18n.asked` sets it); outside of requests, as on
the command line and in import jobs, it is Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

SOURCE: Final = "zh_CN"
DOMAIN: Final = "kepu"
DATE_PATTERN: Final = "y年M月d日"
"""How a day reads, in the letters of Unicode's CLDR; a catalogue says another language's way."""
LANGUAGE: Final[ContextVar[str]] = ContextVar("language", default=SOURCE)


def language() -> str:
    """The language of the answer in work, as in `LANGUAGES`; part of the key of whatever is kept of an answer."""
    return LANGUAGE.get()


def html_language() -> str:
    """The language as HTML names it (BCP 47)."""
    return language().replace("_", "-")


@contextmanager
def in_language(name: str) -> Iterator[None]:
    """Answer in a language for a while: what leaves for other offices is Chinese for every reader."""
    before = LANGUAGE.set(name)
    try:
        yield
    finally:
        LANGUAGE.reset(before)


@cache
def languages() -> Mapping[str, str]:
    """Every language there is → its own name, Chinese first."""
    from babel import Locale

    found = sorted(path.parent.parent.name for path in locale_home().glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return MappingProxyType({name: str(Locale.parse(name).get_language_name(name)) for name in (SOURCE, *found)})


def locale_home() -> Path:
    """The folder of the catalogues."""
    return Path(str(files("api").joinpath("locale")))


def gettext(text: str) -> str:
    """A Chinese text in the language of the answer; itself where the catalogue lacks it."""
    name = LANGUAGE.get()
    return text if name == SOURCE or not text else _catalogue(name).gettext(text)


def ngettext(one: str, many: str, n: float) -> str:
    """A text that goes with a number, in the form that the language has for it."""
    name = LANGUAGE.get()
    if name == SOURCE:
        return many
    return _catalogue(name).ngettext(one, many, n)  # type: ignore[arg-type]  # stubs know whole numbers only


_ = gettext


def joined(sentences: Iterable[str]) -> str:
    """Sentences one after another: Chinese ones touch."""
    return ("" if language() == SOURCE else " ").join(sentences)


def date_text(day: date | str) -> str:
    """A day in full: 2022年10月31日, 31 October 2022."""
    return _date_text(date.fromisoformat(day) if isinstance(day, str) else day, language())


@lru_cache(maxsize=4096)
def _date_text(day: date, name: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, gettext(DATE_PATTERN), locale=name))


@cache
def _catalogue(name: str) -> GNUTranslations:
    """The catalogue of a language, from its .po: a few hundredths of a second, once in a process."""
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (locale_home() / name / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return GNUTranslations(compiled)
