"""Catalogues of Chinese texts by key, each read in the language of the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from api.i18n import gettext, ngettext


class Texts(Mapping[str, str]):
    """Key → text, translated whenever it is read, so that one mapping serves all requests."""

    def __init__(self, chinese: Mapping[str, str]) -> None:
        self._chinese = dict(chinese)

    def __getitem__(self, key: str) -> str:
        text = self._chinese[key]
        return text if isinstance(text, Counted) else gettext(text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._chinese)

    def __len__(self) -> int:
        return len(self._chinese)

    def __contains__(self, key: object) -> bool:
        return key in self._chinese

    @property
    def chinese(self) -> Mapping[str, str]:
        """The texts as they are written."""
        return self._chinese


class Counted(str):
    """A text whose form goes with the first number that is filled in; translated when that happens."""

    __slots__ = ()

    def format(self, *args: Any, **values: Any) -> str:
        """Fill in the fields, in the form that the number asks for."""
        names = (name for _, name, _, _ in Formatter().parse(self) if name)
        counts = (values[name] for name in names if isinstance(values[name], int | float))
        return ngettext(str(self), str(self), next(counts, 0)).format(*args, **values)
