"""The pages in English: every text is in the catalogue, data stays Chinese and is marked so, answers are kept apart."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import nodes

from api.examples import EXAMPLES
from api.i18n import SOURCE, date_text, gettext, in_language, languages, locale_home
from api.i18n.extracting import CHINESE
from api.i18n.marking import mark_chinese
from api.i18n.retelling import retold
from api.templating import environment
from api.texts import TEXTS
from geo.schema import LAYERS
from tests.support import TOWN, VILLAGES
from tests.web_client import DAY, Web, client_of

if TYPE_CHECKING:
    from babel.messages.catalog import Message

ROOT = Path(__file__).parent.parent
ENGLISH = {"Cookie": "kepu-language=en"}
HAN = re.compile(r"[\u3400-\u9fff]+")
TEMPLATES = sorted((ROOT / "api" / "templates").glob("*.jinja"))
PAGES = [
    "/", f"/?township={TOWN}", "/brief", "/gaps", f"/units/{VILLAGES[0]}", f"/units/{TOWN}", "/imports", "/login",
    f"/edit/{VILLAGES[0]}?layer=stations", f"/edit/{VILLAGES[0]}?layer=boards", "/account", "/shares", "/audit",
    "/figures", "/siting", "/siting?how=cheapest", "/siting/scenarios", "/api", "/nothing",
]  # fmt: skip


# ── the catalogue ────────────────────────────────────────────────────────────


def _needed() -> set[str]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = parse_keywords(["_", "gettext", "ngettext:1,2"])
    found = extract_from_dir(ROOT, methods, options, keywords, directory_filter=_ours)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def _ours(folder: str) -> bool:
    inside = Path(folder).relative_to(ROOT).parts
    return not inside or inside[0] in ("api", "geo", "maps")


def _messages(language: str) -> dict[str, Message]:
    with (locale_home() / language / "LC_MESSAGES" / "kepu.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue if m.id}


def _forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


OTHERS = [name for name in languages() if name != SOURCE]


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_every_text_with_the_same_fields(language: str) -> None:
    known, needed = _messages(language), _needed()
    assert len(needed) > 500
    assert needed - known.keys() == set(), "make texts, then translate"
    assert known.keys() - needed == set(), "make texts drops them"
    for text, message in known.items():
        for form in _forms(message):
            assert form, text
            assert not message.fuzzy, text
            assert _fields(form) == _fields(text), (text, form)
            assert not CHINESE.search(form), form


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None} | set(re.findall(r"%\(\w+\)s", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_text_of_their_own(path: Path) -> None:
    tree = environment().parse(path.read_text(encoding="utf-8"))
    wrapped = {
        id(text)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext")
        for text in call.find_all(nodes.Const)
    }
    bare = [text.value for text in tree.find_all(nodes.Const) if id(text) not in wrapped]
    written = [text.data for text in tree.find_all(nodes.TemplateData)]
    assert [text for text in bare + written if isinstance(text, str) and CHINESE.search(text)] == []


def test_scripts_hold_no_text_of_their_own() -> None:
    for path in sorted((ROOT / "api" / "static").glob("*.js")):
        code = re.sub(r"/\[[^/]*\]\+?/", "", path.read_text(encoding="utf-8"))  # signs that people type
        assert not CHINESE.search(code), path.name


def test_chinese_needs_no_catalogue() -> None:
    assert gettext("没有这句话") == "没有这句话"
    with in_language("en"):
        assert gettext("没有这句话") == "没有这句话"
        assert TEXTS["overview"] == "Overview"
    assert TEXTS["overview"] == "总览"


def test_days_and_numbers_of_things_read_as_in_official_use() -> None:
    assert (date_text("2022-10-31"), TEXTS["phase_left"].format(days=1)) == ("2022年10月31日", "还有1天")
    with in_language("en"):
        assert date_text("2022-10-31") == "31 October 2022"
        assert [TEXTS["phase_left"].format(days=n) for n in (1, 2)] == ["1 day left", "2 days left"]
        assert "in 1 day" in TEXTS["phase_next"].format(name="三月", date="x", days=1)


def _messages_of(path: Path) -> list[str]:
    """The messages that a module composes, with 7 for each filling."""
    assigned = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "msg"
    ]
    return [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in _parts(text))
        for text in assigned
    ]


def _parts(text: ast.expr) -> list[Any]:
    return text.values if isinstance(text, ast.JoinedStr) else [text]


@pytest.mark.parametrize("path", [*sorted((ROOT / "geo" / "accounts").glob("*.py")), ROOT / "geo/store/gap_tasks.py"])
def test_refusals_of_geo_are_retold(path: Path) -> None:
    for message in _messages_of(path):
        assert retold(message) == message
        with in_language("en"):
            assert not CHINESE.search(retold(message)), message


def test_what_fills_a_refusal_stays() -> None:
    with in_language("en"):
        assert retold("登录失败次数太多，请42秒后再试") == "Too many failed log-ins; try again in 42 seconds"
        assert retold("已有用户“{x}”") == "There is a user “{x}” already"
        assert retold("从没见过的话") == "从没见过的话"


# ── the choice ───────────────────────────────────────────────────────────────


def test_the_choice_is_kept_and_leaves_the_address(client: Web) -> None:
    with client_of(client.store.url) as web:
        answer = web.get(f"/gaps?as_of={DAY}&lang=en&q=%E4%B8%80", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/gaps?as_of={DAY}&q=%E4%B8%80")
        told = answer.headers["set-cookie"]
        assert "kepu-language=en" in told
        assert "HttpOnly" in told
        assert "Max-Age=31536000" in told
        assert '<html lang="en">' in web.get("/").text
        assert '<html lang="zh-CN">' in web.get("/?lang=zh-CN").text
        assert '<html lang="zh-CN">' in web.get("/?lang=xx").text
        assert web.get("/", headers={"Cookie": "kepu-language=../../x"}).status_code == 200


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2fevil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(client: Web, path: str) -> None:
    answer = client.client.get(f"http://testserver{path}?lang=en", follow_redirects=False)
    assert re.match(r"/(?![/\\])", answer.headers.get("location", "/"))


def test_the_setting_is_the_language_until_somebody_chooses(client: Web) -> None:
    with client_of(client.store.url, language="en") as web:
        assert '<html lang="en">' in web.get("/").text
        assert '<html lang="zh-CN">' in web.get("/", headers={"Cookie": "kepu-language=zh_CN"}).text


def test_languages_have_answers_of_their_own(client: Web) -> None:
    ways: list[dict[str, str]] = [{}, ENGLISH, {}, ENGLISH]
    answers = [client.client.get("/", params={"as_of": DAY}, headers=way) for way in ways]
    assert [a.headers["etag"] for a in answers[:2]] == [a.headers["etag"] for a in answers[2:]]
    assert answers[0].headers["etag"] != answers[1].headers["etag"]
    assert answers[0].text != answers[1].text
    for tag, status in ((answers[1].headers["etag"], 304), (answers[0].headers["etag"], 200)):
        again = client.client.get("/", params={"as_of": DAY}, headers={**ENGLISH, "If-None-Match": tag})
        assert again.status_code == status


def test_problems_are_told_in_the_chosen_language(client: Web) -> None:
    told = client.client.get("/api/v1/gaps", params={"as_of": "31/10/2022"}, headers=ENGLISH).json()
    assert told["title"] == "Wrong parameters"
    assert told["errors"][0]["detail"] == "unreadable date; write 2022-10-31"
    assert client.client.post("/api/v1/gaps", headers=ENGLISH).json()["title"] == "Request not taken"


@pytest.mark.parametrize("path", ["/gaps.csv", "/api/v1/assessment"])
def test_files_and_data_are_the_same_for_every_reader(client: Web, path: str) -> None:
    chinese, english = (client.client.get(path, params={"as_of": DAY}, headers=way) for way in ({}, ENGLISH))
    assert chinese.content == english.content


# ── the pages ────────────────────────────────────────────────────────────────


class Texts(HTMLParser):
    """What a page says: its texts and the attributes that people read or hear, each with its language."""

    SAID = ("aria-label", "title", "placeholder", "alt", "data-label")
    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.told: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str]] = [("", "")]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element says; its language is its own or its parent's."""
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang", self._open[-1][1])
        self.told += [(tag, "", given[name]) for name in self.SAID if name in given]
        if tag not in self.VOID:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        """Close elements up to the one named."""
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        tag, language = self._open[-1]
        if tag not in ("script", "style"):
            self.told.append((tag, language, data))


@pytest.fixture(scope="module")
def data(client: Web) -> str:
    """Everything that people reported, and what the plan and the place say: it stays Chinese."""
    told = [client.json("/api/v1/assessment"), *(client.json(f"/api/v1/layers/{layer}") for layer in LAYERS)]
    ground: Any = client.client.app.state.parts.snapshots.ground()  # type: ignore[attr-defined]
    batches = client.store.batches()
    return f"{told} {ground.plan} {ground.place} {ground.gazetteer.townships} {batches} {EXAMPLES} 原列名 列名 中文"


@pytest.mark.parametrize("path", PAGES)
def test_what_is_chinese_in_english_pages_is_data(client: Web, data: str, path: str) -> None:
    answer = client.client.get(path, params={} if "?" in path else {"as_of": DAY}, headers=ENGLISH)
    assert '<html lang="en">' in answer.text
    for tag, language, text in Texts(answer.text).told:
        for run in HAN.findall(text):
            assert run in data, (tag, text)
            assert language == "zh-CN" or tag in ("title", "option") or not language, (tag, text)
        if language == "en":
            assert not re.search(r"[，。；：（）／]", text), (tag, text)


@pytest.mark.parametrize(
    ("written", "marked"),
    [
        ("<p>of 三工镇 now</p>", '<p>of <bdi lang="zh-CN">三工镇</bdi> now</p>'),
        ('<a href="/">10个村</a>', '<a href="/" lang="zh-CN">10个村</a>'),
        ('<option value="1">庙工村 (a)</option>', '<option value="1">庙工村 (a)</option>'),
        ('<a lang="zh-CN">中文</a>', '<a lang="zh-CN">中文</a>'),
        ("<p>as “专用”、“共用”, x</p>", '<p>as “<bdi lang="zh-CN">专用”、“共用</bdi>”, x</p>'),
        ('<script>"三"</script><p title="三">x</p>', '<script>"三"</script><p title="三">x</p>'),
        ("<p>三&lt;b&gt;</p>", '<p><bdi lang="zh-CN">三</bdi>&lt;b&gt;</p>'),
    ],
)
def test_chinese_runs_are_marked(written: str, marked: str) -> None:
    assert mark_chinese(written) == marked


@pytest.mark.parametrize("path", ["/", "/gaps", f"/units/{VILLAGES[0]}"])
def test_marking_opens_no_way_for_hostile_texts(hostile: Web, path: str) -> None:
    ways: list[dict[str, str]] = [{}, ENGLISH]
    pages = [hostile.client.get(path, params={"as_of": DAY}, headers=way).text for way in ways]
    chinese, english = (set(re.findall(r"<(\w+)", page)) for page in pages)
    assert english - chinese <= {"bdi"}
