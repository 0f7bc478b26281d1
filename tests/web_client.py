"""A store of the invented county, filled through the real import, and clients of the app over it.

The fixtures are in tests/web_fixtures.py.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import cycle
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from geo.intake.imports import ImportReport, import_file
from geo.store import Store
from tests.map_places import HOSTILE
from tests.support import EAST, RIVER, TOWN, VILLAGES, WILLOW_RIVER, WILLOW_TOWN, county, county_plan_text

if TYPE_CHECKING:
    from pathlib import Path

    from geo.place import Place

DAY = "2022-10-31"
PERSON, PHONE = "欧阳测试员", "13000000000"
TRUE_DAY = {"as_of": DAY}

Spoil = Callable[[str], str]


@dataclass(frozen=True)
class Web:
    """A client, and the store behind it."""

    client: TestClient
    store: Store
    folder: Path

    def get(self, path: str, **params: str) -> Any:
        """GET as of the demo's day."""
        return self.client.get(path, params={**TRUE_DAY, **params})

    def json(self, path: str, **params: str) -> Any:
        """GET, and it must go well."""
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


def tables(name: Spoil) -> dict[str, tuple[Sequence[str], list[Sequence[object]]]]:
    """Layer → header and rows; `name` may spoil every free text."""
    who = ("责任人", "联系电话")
    people = (PERSON, PHONE)
    first, *others = VILLAGES
    return {
        "stations": (
            ("单位代码", "名称", "专用/共用", "服务单位", "依托设施", "设备", "面积", "建成日期", "开放时间", "经度",
             "纬度", *who),
            [
                (first, name("河口站"), "专用", "", name("文化站"), "有", 60, "2020-05-01", name("周一"), 102.0556,
                 30.0673, *people),
                (WILLOW_RIVER, name("柳树站"), "共用", others[1], name("学校"), "", 40, "2020-05-01", "", "",
                 "", *people),
                (TOWN, name("镇站"), "专用", "", "", "无", 90, "2020-05-01", "", "", "", *people),
                (WILLOW_TOWN, "无", "", "", "", "", "", "", "", "", "", "", ""),
                (EAST, name("晚建的站"), "专用", "", "", "有", 90, "2022-12-01", "", "", "", *people),
            ],
        ),
        "boards": (
            ("单位代码", "名称", "长度", "建成日期", "更换日期", "照片编号", *who),
            [
                (first, name("河口栏"), 6, "2019-01-01", "2022-06-01、2022-09-20", name("P1"), *people),
                (WILLOW_TOWN, name("柳树栏"), 6, "2019-01-01", "2022-03-01", "", *people),
                (RIVER, name("街道栏"), 6, "2019-01-01", "", "", *people),
            ],
        ),
        "communicators": (("单位代码", "名称", "人数", *who), [(first, name("员"), 1, *people)]),
        "schools": (
            ("单位代码", "学校编号", "学校名称", "学段", "市属", "科技活动室", *who),
            [
                (TOWN, "X/1 号", name("一小"), "小学", "是", "有", *people),
                (TOWN, "X2", name("二小"), "小学", "是", "无", *people),
                (RIVER, "X3", name("三小"), "小学", "是", "", *people),
            ],
        ),
        "bases": (
            ("单位代码", "基地编号", "基地名称", "基地类型", "级别", "命名日期", *who),
            [(TOWN, "J1", name("基地"), "科普教育基地", "县市级", "2020-01-01", *people)],
        ),
        "organisations": (("单位代码", "名称", "分管领导", *who), [(TOWN, name("科协"), "有", *people)]),
        "associations": (
            ("单位代码", "名称", "民政登记", "登记证号", *who),
            [(TOWN, name("蜂业协会"), "是", name("证1"), *people)],
        ),
        "activities": (
            ("单位代码", "名称", "活动日期", "地点", "活动形式", "覆盖单位", "参加人数"),
            [(TOWN, name("讲座"), "2022-05-01", name("广场"), "科普讲座", WILLOW_TOWN, 100)],
        ),
        "figures": (
            ("任务号", "指标", "数值", "计量单位", "数据日期", "佐证材料"),
            [(5, "投诉件数", 1, "件", "2022-09-01", name("记录")),
             (5, "经费管理制度", 1, "", "2022-03-01", name("文件"))],
        ),
    }  # fmt: skip


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """A CSV as WPS writes it."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def build(folder: Path, *, name: Spoil = str, place: Place | None = None, plan: str | None = None) -> Store:
    """A store of the county with all layers imported; fails where the import found an error."""
    url = f"sqlite:///{folder / 'kepu.db'}"
    store = Store.create(url, place or county(), plan or county_plan_text())
    for layer, (header, rows) in tables(name).items():
        path = write_csv(folder / f"{layer}.csv", header, rows)
        report = import_file(store, path, layer, shown_as=name(path.name), complete=layer == "schools")
        assert report.outcome == "stored", [fault.line() for fault in report.faults]
    return store


def client_of(url: str, **settings: Any) -> TestClient:
    """A client of an app over a store, as over the wire."""
    app = create_app(Settings(database_url=url, **settings))
    return TestClient(app, base_url="http://127.0.0.1:8000")


def spoiler() -> Spoil:
    """Puts the next hostile text before each text."""
    texts = cycle(HOSTILE)
    return lambda text: f"{next(texts)}{text}"


def spoilt(place: Place) -> Place:
    """A place whose names are all hostile."""
    name = spoiler()
    towns, hamlets = place.townships.copy(), place.villages.copy()
    for table in (towns, hamlets):
        table["name"] = [name(text) for text in table["name"]]
    sources = tuple({key: name(str(value)) for key, value in source.items()} for source in place.sources)
    return replace(
        place, name=name(place.name), maker=name(place.maker), demo_note=name(place.demo_note), townships=towns,
        villages=hamlets, sources=sources,
    )  # fmt: skip


def spoilt_plan() -> str:
    """The county's plan with hostile titles, requirements and units."""
    name = spoiler()
    lines = []
    for line in county_plan_text().splitlines():
        key, _, value = line.partition(" = ")
        if key in {"title", "requirement", "document", "issuer", "name"}:
            line = f"{key} = {_toml(name(json.loads(value)))}"
        elif key in {"lead", "cooperating"}:
            line = f"{key} = [{', '.join(_toml(name(text)) for text in json.loads(value))}]"
        lines.append(line)
    return "\n".join(lines)


def _toml(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text)
    return f'"{escaped}"'


@dataclass
class Element:
    """A start tag with its attributes, and the text inside it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class Page(HTMLParser):
    """A page read without running anything: its elements in order, each with its text."""

    _VOID = frozenset({"meta", "link", "input", "br", "img", "circle", "path", "rect"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(tag, {key: value or "" for key, value in attrs})
        self.elements.append(element)
        if tag not in self._VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.elements.append(Element(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close elements up to the one named."""
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text counts for every open element."""
        for element in self._open:
            element.text += data

    def find(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag that have these attributes; "" means any value. Underscores stand for hyphens."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(
                key in element.attributes and value in ("", element.attributes[key]) for key, value in wanted.items()
            )
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        (element,) = self.find(tag, **attributes)
        return element


def page_of(answer: Any) -> Page:
    """The page of a good answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def imported(store: Store, path: Path, layer: str) -> ImportReport:
    """Import another file, as somebody else would while the server runs."""
    report = import_file(store, path, layer)
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    return report
