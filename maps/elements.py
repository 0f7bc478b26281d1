"""The parts of our folium map: a page that is one closed file, and controls of three files each.

folium's own classes parse what they are given as a Jinja template and, in the end, as JavaScript, so
nothing that users typed may pass through them. Here markup comes from our templates, and facts from
one JSON block that the scripts read as data.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cached_property, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import folium
import jinja2
from branca.element import Element, Figure

from maps.errors import AssetsMissing
from maps.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final = SimpleNamespace(**TEXTS)
HERE: Final = Path(__file__).parent
VENDOR: Final = HERE / "assets" / "vendor"
_MARK: Final = "\0"  # in none of our files


# The map's own scripts, each building on those before it.
CORE: Final = ("core", "data", "dates", "geodesy", "state", "symbols", "world", "draw", "marks", "scene", "map")


class Page(Figure):
    """The HTML document. Scripts and styles are collected here and named by hash in its policy.

    What is the same for every place is put together once; `filled` adds title and data.
    `images`: sources of images that the policy allows beside those inside the document; `texts`: the
    catalogue of Chinese texts.
    """

    def __init__(self, *, images: str = "", texts: Mapping[str, str] = TEXTS) -> None:
        super().__init__()
        self._id = "page"
        self.images = images
        self.words = SimpleNamespace(**texts)
        self.styles: list[str] = []
        self.scripts: list[str] = []

    def render(self, **kwargs: object) -> str:
        """The document with a mark each in place of the title and the data."""
        self.styles, self.scripts = [], []
        body = "".join(child.render(**kwargs) for child in self._children.values())
        return template("page").render(
            title=_MARK, data=_MARK, images=self.images, body=body, styles=self.styles, scripts=self.scripts,
            script_hashes=[_hash(text) for text in self.scripts],
            style_hashes=[_hash(text) for text in self.styles], t=self.words,
        )  # fmt: skip

    @cached_property
    def _parts(self) -> list[str]:
        return self.render().split(_MARK)

    def filled(self, *, title: str, data: str) -> str:
        """The document: the same children, title and data (of `maps.datablock.dumps`), the same text."""
        head, middle, tail = self._parts
        return "".join((head, html.escape(title), middle, data, tail))


class CoverageMap(folium.Map):
    """A folium map without its defaults: no tile layer, nothing from a CDN, a name that never changes."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 — folium declares them so
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self, page: Page) -> None:
        super().__init__(tiles=None)
        self._id = "coverage"
        self.page = page
        page.add_child(self)

    def render(self, **kwargs: object) -> str:
        """Markup of the map with its controls in their slots; styles and scripts go to the page."""
        page = self.page
        controls = [child for child in self._children.values() if isinstance(child, Control)]
        page.styles += [vendor("leaflet.css"), *(style(name) for name in ("base", "map", "print"))]
        page.scripts.append(vendor("leaflet.js"))
        scripts = [script(name) for name in CORE]
        slots: dict[str, list[str]] = {}
        for control in controls:
            slots.setdefault(control.slot, []).append(control.render(**kwargs | {"t": page.words}))
            page.styles += control.styles()
            scripts += control.scripts()
        page.scripts.append("\n".join([*scripts, script("boot")]))
        return template("map").render(slots=slots, t=page.words)


class Control(Element):
    """One control: templates/NAME.html.jinja, assets/NAME.js and, if it has its own, assets/NAME.css."""

    def __init__(self, name: str, *, slot: str) -> None:
        super().__init__()
        self._name, self._id = name, "control"
        self.file = name
        self.slot = slot

    def render(self, *, t: object = _WORDS, **_: object) -> str:
        """The control's empty markup; its script fills it from the data block."""
        return template(self.file).render(t=t)

    def styles(self) -> list[str]:
        """Its style sheet, if there is one."""
        return [style(self.file)] if (HERE / "assets" / f"{self.file}.css").exists() else []

    def scripts(self) -> list[str]:
        """Its script, if there is one."""
        return [script(self.file)] if (HERE / "assets" / f"{self.file}.js").exists() else []


@lru_cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=False,
    )  # fmt: skip


def template(name: str) -> jinja2.Template:
    """One of our templates, escaping by default."""
    return _environment().get_template(f"{name}.html.jinja")


@lru_cache
def script(name: str) -> str:
    """One of our scripts."""
    return _closed((HERE / "assets" / f"{name}.js").read_text(encoding="utf-8"), "script")


@lru_cache
def style(name: str) -> str:
    """One of our style sheets."""
    return _closed((HERE / "assets" / f"{name}.css").read_text(encoding="utf-8"), "style")


@lru_cache
def vendor(name: str) -> str:
    """A file of Leaflet, without references to other files.

    Raises AssetsMissing when the front end was not installed.
    """
    path = VENDOR / "leaflet" / name
    if not path.exists():
        msg = f"缺少前端文件 {name}：请先运行 make assets"
        raise AssetsMissing(msg)
    text = re.sub(r"(?m)^//# sourceMappingURL=.*$", "", path.read_text(encoding="utf-8"))
    text = re.sub(r'href="https?://[^"]*"', 'href="#"', text)
    text = re.sub(r"url\([^)]*\)", "none", text) if name.endswith(".css") else text
    return _closed(text, "style" if name.endswith(".css") else "script")


def _closed(text: str, tag: str) -> str:
    if re.search(rf"</{tag}|<!--", text, re.IGNORECASE):
        msg = f"asset would end its own <{tag}> element"
        raise ValueError(msg)
    return text.replace("\r\n", "\n").strip()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
