"""A unit's page as its whole file: history, and forms that change a record as an import of one row would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from api.edit_texts import EDIT_TEXTS
from api.views.edit_fields import form_fields
from api.views.geojson import rows_of
from api.visitors import Kind
from geo.intake.edits import FILE
from geo.schema import LAYERS
from geo.store import Store
from geo.store.audit import read_entries
from geo.store.private import read_people
from geo.store.tables import record_tables
from geo.store.verifying import verify
from tests.map_places import HOSTILE
from tests.people import PEOPLE, People, log_in, make_passwords_cheap
from tests.served import served
from tests.support import EAST, PLACE, RIVER, TOWN, WILLOW_RIVER, WILLOW_TOWN, county
from tests.web_client import PERSON, PHONE, Page, Web, build, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


FIRST = "990101001001"
STATION = "ZD-990101001001-01a6e3"
TYPED = {
    "stations": {
        "活动站名称": "新站", "服务单位": "河口街道柳树村", "专用/共用": "共用", "依托设施": "学校", "设备": "有",
        "面积": "62.5", "建成日期": "2021-05", "停用日期": "2022-03-04", "开放时间": "周一至周五",
        "责任人": PERSON, "联系电话": PHONE,
    },
    "boards": {"宣传栏名称": "新栏", "长度": "6", "更换日期": "2022-05-03、2022-07", "照片编号": "照片1"},
    "communicators": {"科普员人数": "2", "科普员姓名": PERSON, "联系电话": PHONE},
    "schools": {
        "学校名称": "新校", "学段": "小学", "市属": "是", "学生数": "480", "科技活动室": "无", "科学教师": "专职",
    },
    "bases": {
        "基地名称": "新基地", "基地类型": "科普教育基地", "级别": "县市级", "命名日期": "2021-05-03",
        "有效期至": "2026-05-02",
    },
    "organisations": {"组织名称": "小组", "分管领导": "有", "专兼职人员": "3"},
    "associations": {"协会名称": "协会", "民政登记": "是", "登记证号": "证9"},
    "activities": {
        "活动名称": "活动", "活动日期": "2022-05-20", "活动形式": "科普讲座", "覆盖单位": "云岭镇", "参加人数": "120",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Forms:
    """Opens and sends forms as somebody."""

    web: Web
    cookies: str = ""

    def open(self, unit: str, layer: str, **query: str) -> Any:
        """Open a form."""
        return self.web.client.get(f"/edit/{unit}", params={"layer": layer, **query}, headers=self._headers)

    def send(self, opened: Any, typed: dict[str, str], step: str = "save", **more: str) -> Any:
        """Send an opened form with something typed into it."""
        assert opened.status_code == 200, opened.text
        data = {**filled(opened.text), **typed, **more, "step": step}
        unit = Page(opened.text).one("form", class_="edit").attributes["action"]
        return self.web.client.post(unit, data=data, headers=self._headers, follow_redirects=False)

    def save(self, unit: str, layer: str, typed: dict[str, str], **query: str) -> Any:
        """Open a form, type and save; it must go well."""
        answer = self.send(self.open(unit, layer, **query), typed)
        assert answer.status_code == 303, answer.text
        return answer

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": self.cookies} if self.cookies else {}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The county's store, made once."""
    folder = tmp_path_factory.mktemp("made")
    build(folder).close()
    return (folder / "kepu.db").read_bytes()


@pytest.fixture
def fresh(made: bytes, tmp_path: Path) -> Iterator[Web]:
    """The county in a store of the test's own."""
    (tmp_path / "kepu.db").write_bytes(made)
    store = Store.open(f"sqlite:///{tmp_path / 'kepu.db'}")
    with client_of(store.url) as client:
        yield Web(client, store, tmp_path)


@pytest.fixture
def forms(fresh: Web) -> Forms:
    return Forms(fresh)


@pytest.fixture
def people(fresh: Web, monkeypatch: pytest.MonkeyPatch) -> People:
    make_passwords_cheap(monkeypatch)
    return People.of(fresh.store)


def acting(web: Web, people: People, kind: Kind) -> Forms:
    web.client.cookies.clear()
    return Forms(web, "; ".join(f"{name}={value}" for name, value in people.cookies(kind).items()))


def filled(html: str) -> dict[str, str]:
    """What a browser would send of a form as it stands, but for its lists."""
    page = Page(html)
    fields = [*page.find("input", name=""), *page.find("textarea", name="")]
    found = {e.attributes["name"]: e.attributes.get("value", e.text.strip()) for e in fields}
    for chooser in page.find("select", name=""):
        name = chooser.attributes["name"]
        at = page.elements.index(chooser)
        options = [e for e in page.elements[at + 1 :] if e.tag in ("option", "select")]
        chosen = ""
        for option in options:
            if option.tag == "select":
                break
            if "selected" in option.attributes:
                chosen = option.attributes.get("value", option.text)
        found[name] = chosen
    return found


def row_named(store: Store, layer: str, unit: str, name: str | None) -> dict[str, Any]:
    rows = [row for row in rows_of(store.layers()[layer]) if row["unit_code"] == unit]
    (row,) = [row for row in rows if name in (None, row["name"])]
    return row


# -- widgets -------------------------------------------------------------------------


@pytest.mark.parametrize("layer", TYPED)
def test_what_is_typed_comes_back_as_typed(forms: Forms, layer: str) -> None:
    """Every widget: what was stored is shown as it was typed, and saving it again changes nothing."""
    unit = EAST if layer != "bases" else PLACE
    unit = "990101200200" if layer in ("stations", "boards", "communicators") else unit
    forms.save(unit, layer, TYPED[layer])
    name = None if layer == "communicators" else next(iter(TYPED[layer].values()))
    store = forms.web.store
    row = row_named(store, layer, unit, name)
    assert row["file"] == FILE
    with store.reading() as seen:
        told = read_people(seen.connection, layer, row["id"])
    shown = {f.header: f.stored for f in form_fields(LAYERS[layer], county().gazetteer, row, told) if f.stored}
    expected = dict(TYPED[layer])
    if layer == "stations":
        expected["服务单位"] = "河口街道柳树村村民委员会"
    assert shown == expected
    path = row["id"] if layer in ("schools", "bases") else unit
    again = forms.send(forms.open(path, layer, id=row["id"]), {}, "preview")
    assert EDIT_TEXTS["edit_will_same"] in again.text


@pytest.mark.parametrize(
    ("written", "datum", "point"),
    [
        ("102.0556,30.0673", "CGCS2000", (102.0556, 30.0673)),
        ("北纬30°04′02.3″ 东经102°03′20.2″", "WGS 84", (102.05561, 30.06731)),
        ("102.0556 30.0673", "GCJ-02（高德、腾讯）", (102.053, 30.070)),
    ],
)
def test_a_point_is_pasted_in_any_form(forms: Forms, written: str, datum: str, point: tuple[float, float]) -> None:
    opened = forms.open(FIRST, "boards")
    typed = {"宣传栏名称": "二号栏", "经纬度": written, "坐标系": datum}
    checked = forms.send(opened, typed, "check")
    assert "读作东经102.05" in checked.text
    assert "离" in checked.text
    forms.save(FIRST, "boards", typed)
    row = row_named(forms.web.store, "boards", FIRST, "二号栏")
    assert (row["geometry"].x, row["geometry"].y) == pytest.approx(point, abs=0.001)
    again = forms.open(FIRST, "boards", id=row["id"])
    lon, lat = map(float, filled(again.text)["经纬度"].split(","))
    assert filled(again.text)["坐标系"] == datum
    assert "已登记" in again.text or (lon, lat) == pytest.approx((102.0556, 30.0673), abs=1e-5)


def test_a_list_of_days_that_is_not_touched_tells_of_no_new_day(forms: Forms) -> None:
    row = row_named(forms.web.store, "boards", FIRST, "河口栏")
    before = forms.web.store.layers()["boards"].set_index("id").loc[row["id"], "updates"]
    forms.save(FIRST, "boards", {"长度": "8"}, id=row["id"])
    with forms.web.store.reading() as seen:
        told = seen.connection.execute(select(record_tables["boards"].c.updates)).scalars().all()
    assert told[-1] is None
    after = forms.web.store.layers()["boards"].set_index("id").loc[row["id"]]
    assert (after["updates"], after["length_m"]) == (before, 8)


def test_units_are_found_by_a_part_of_their_name(forms: Forms) -> None:
    found = Page(forms.web.client.get("/units-found", params={"q": "柳树"}).text).find("button", data_name="")
    assert [e.attributes["data-name"] for e in found] == ["河口街道柳树村村民委员会", "云岭镇柳树村村民委员会"]


# -- checks and effects --------------------------------------------------------------


def test_checks_while_typing_are_those_of_an_import(forms: Forms) -> None:
    opened = forms.open(WILLOW_TOWN, "stations")
    typed = {
        "活动站名称": "站",
        "面积": "六十",
        "设备": "坏了",
        "建成日期": "2021-13-05",
        "经纬度": "abc",
        "服务单位": "没有村",
    }
    checked = Page(forms.send(opened, typed, "check").text)
    told = " ".join(e.text for e in checked.find("li", class_="told-error"))
    for part in ("应为数字", "看不出是有还是无", "没有13月", "看不出经度和纬度", "认不出是哪个单位"):
        assert part in told
    assert len(forms.web.store.batches()) == 9
    refused = forms.send(opened, typed)
    assert refused.status_code == 422
    assert typed.items() <= filled(refused.text).items()


def test_the_effect_is_shown_before_anything_is_stored(forms: Forms) -> None:
    opened = forms.open(WILLOW_TOWN, "stations")
    shown = forms.send(opened, {"活动站名称": "新站"}, "preview")
    effects = Page(shown.text).one("section", class_="effects").text
    assert "九成以上的村有活动站" in effects
    assert effects.index("未达标") < effects.index("达标", effects.index("未达标") + 3)
    assert len(forms.web.store.batches()) == 9
    saved = forms.send(opened, {"活动站名称": "新站"})
    assert saved.headers["location"] == f"/units/{WILLOW_TOWN}?saved=10"


@pytest.mark.parametrize(("layer", "unit"), [("boards", WILLOW_TOWN), ("communicators", FIRST), ("stations", TOWN)])
def test_none_is_reported(forms: Forms, layer: str, unit: str) -> None:
    opened = forms.open(unit, layer, none="1")
    assert EDIT_TEXTS["edit_will_none"] in opened.text
    forms.save(unit, layer, {}, none="1")
    layers = forms.web.store.layers()
    assert unit not in set(layers[layer]["unit_code"])
    assert (layer, unit) in set(zip(layers.none["layer"], layers.none["unit_code"], strict=True))


def test_a_second_one_of_the_same_name_is_not_taken_for_the_first(forms: Forms) -> None:
    answer = forms.send(forms.open(FIRST, "stations"), {"活动站名称": "河口站"})
    assert answer.status_code == 422
    assert "已登记了同名" in answer.text


def test_emptying_a_field_is_warned_of_and_takes_nothing_away(forms: Forms) -> None:
    opened = forms.open(FIRST, "stations", id=STATION)
    assert "清空不起作用" in forms.send(opened, {"面积": ""}, "check").text
    forms.save(FIRST, "stations", {"面积": "", "依托设施": "书屋"}, id=STATION)
    row = row_named(forms.web.store, "stations", FIRST, "河口站")
    assert (row["area_m2"], row["host"]) == (60, "书屋")


# -- history, conflict, audit --------------------------------------------------------


def test_an_edit_is_a_batch_like_any_other(fresh: Web, people: People) -> None:
    forms = acting(fresh, people, Kind.PLANNER)
    forms.save(FIRST, "stations", {"面积": "75"}, id=STATION)
    forms.save(FIRST, "stations", {"面积": "80"}, id=STATION)
    one, two = fresh.store.batches()[-2:]
    assert [(b.kind, b.file, b.recorded_by) for b in (one, two)] == [("import", FILE, "填报员")] * 2
    page = Page(fresh.client.get(f"/units/{FIRST}", headers=forms._headers).text)
    lines = [e.text.split() for e in page.find("tr") if FILE in e.text and "有效" in e.text]
    assert {"填报员", f"{FILE}，第2行", str(two.batch)} <= set(lines[0])
    outside = acting(fresh, people, Kind.SHARE)
    assert "填报员" not in fresh.client.get(f"/units/{FIRST}", headers=outside._headers).text
    fresh.store.undo(two.batch)
    assert row_named(fresh.store, "stations", FIRST, "河口站")["area_m2"] == 75
    page = Page(fresh.client.get(f"/units/{FIRST}", headers=forms._headers).text)
    (line,) = page.find("tr", class_="undone")
    assert f"已由第{two.batch + 1}批撤销" in line.text
    with fresh.store.reading() as seen:
        assert not verify(seen.connection).findings


def test_who_was_overtaken_sees_both_versions_and_loses_nothing(fresh: Web, people: People) -> None:
    mine, theirs = acting(fresh, people, Kind.TOWNSHIP_PLANNER), acting(fresh, people, Kind.PLANNER)
    school = "X2"
    opened = mine.open(school, "schools")
    theirs.save(school, "schools", {"学生数": "300"})
    met = mine.send(opened, {"学生数": "480", "科技活动室": "有"})
    assert met.status_code == 409
    assert {"学生数300480", "科技活动室无有"} <= {e.text for e in Page(met.text).find("tr")}
    assert row_named(fresh.store, "schools", TOWN, "二小")["students"] == 300
    again = mine.web.client.post(
        f"/edit/{school}", data={**filled(met.text), "step": "save"}, headers=mine._headers, follow_redirects=False
    )
    assert again.status_code == 303
    row = row_named(fresh.store, "schools", TOWN, "二小")
    assert (row["students"], row["lab"]) == (480, True)


def test_a_session_that_ran_out_keeps_what_was_typed(fresh: Web, people: People) -> None:
    forms = acting(fresh, people, Kind.PLANNER)
    opened = forms.open(WILLOW_TOWN, "stations")
    lost = Forms(fresh).send(opened, {"活动站名称": "新站"})
    assert lost.status_code == 401
    kept = Page(lost.text).one("input", name="kept").attributes["value"]
    resumed = log_in(fresh.client, PEOPLE[Kind.PLANNER][0], kept=kept)
    data = {e.attributes["name"]: e.attributes["value"] for e in Page(resumed.text).find("input", type="hidden")}
    assert data["活动站名称"] == "新站"
    saved = fresh.client.post(f"/edit/{WILLOW_TOWN}", data=data, follow_redirects=False)
    assert (saved.status_code, "saved=10" in saved.headers["location"]) == (303, True)


def test_a_form_without_its_mark_changes_nothing(fresh: Web, people: People) -> None:
    forms = acting(fresh, people, Kind.PLANNER)
    answer = forms.send(forms.open(WILLOW_TOWN, "stations"), {"活动站名称": "新站"}, csrf_token="x")
    assert answer.status_code == 403
    assert len(fresh.store.batches()) == 9


@pytest.mark.parametrize("unit", [RIVER, WILLOW_RIVER, "X3", PLACE])
def test_a_planner_of_another_township_is_refused(fresh: Web, people: People, unit: str) -> None:
    forms = acting(fresh, people, Kind.TOWNSHIP_PLANNER)
    layer = {"X3": "schools", PLACE: "bases"}.get(unit, "stations")
    assert forms.open(unit, layer).status_code == 403
    own = forms.open(WILLOW_TOWN, "stations").text
    data = {**filled(own), "活动站名称": "x", "layer": layer, "step": "save"}
    assert fresh.client.post(f"/edit/{unit}", data=data, headers=forms._headers).status_code == 403
    assert "/edit/" not in fresh.client.get(f"/units/{unit}", headers=forms._headers).text
    assert len(fresh.store.batches()) == 9


def test_people_are_shown_in_the_form_alone_and_their_view_is_noted(fresh: Web, people: People) -> None:
    forms = acting(fresh, people, Kind.PLANNER)
    opened = forms.open(FIRST, "stations", id=STATION)
    assert (PERSON in opened.text, PHONE in opened.text) == (True, True)
    with fresh.store.reading() as seen:
        views = [e for e in read_entries(seen.connection) if e.action == "viewed"]
    told = {"layer": "stations", "unit_code": FIRST, "page": f"/edit/{FIRST}"}
    assert [(e.by, e.detail) for e in views] == [("填报员", told)]
    viewer = acting(fresh, people, Kind.VIEWER)
    assert viewer.open(FIRST, "stations", id=STATION).status_code == 403
    for kind in (Kind.VIEWER, Kind.PLANNER, Kind.SHARE):
        somebody = acting(fresh, people, kind)
        for path in (f"/units/{FIRST}", f"/api/v1/units/{FIRST}", "/api/v1/layers/stations", "/gaps.csv"):
            text = fresh.client.get(path, headers=somebody._headers).text
            assert PERSON not in text
            assert PHONE not in text


# -- in the browser ------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("layer", ["stations", "boards", "organisations", "activities"])
def test_hostile_texts_never_run(fresh: Web, chromium: Browser, layer: str) -> None:
    with served(fresh) as address:
        page = chromium.new_context().new_page()
        page.goto(f"{address}/edit/{WILLOW_TOWN}?layer={layer}")
        boxes = page.locator(".fields input:not([type=date]):not([type=search]), .fields textarea")
        for at in range(boxes.count()):
            boxes.nth(at).fill(HOSTILE[at % len(HOSTILE)])
        page.wait_for_timeout(900)
        page.get_by_role("button", name="看看影响").click()
        page.wait_for_load_state()
        assert page.evaluate("window.__pwned") is None
        name = boxes.first.input_value()
        assert name
        page.context.close()
    forms = Forms(fresh)
    forms.save(WILLOW_TOWN, "organisations", {"组织名称": HOSTILE[0], "专兼职人员": "1"})
    with served(fresh) as address:
        page = chromium.new_context().new_page()
        page.goto(f"{address}/units/{WILLOW_TOWN}")
        assert page.evaluate("window.__pwned") is None
        page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desktop", "phone"])
def test_a_planner_gets_from_a_gap_to_met(fresh: Web, chromium: Browser, size: tuple[int, int]) -> None:
    """Open the unit, add a station, see what it changes, save: the requirement is met."""
    with served(fresh) as address:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
        page, heard = context.new_page(), list[str]()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(f"{address}/units/{WILLOW_TOWN}")
        requirement = page.locator("table.requirements tbody tr").first
        assert requirement.get_attribute("data-state") == "not_met"
        page.get_by_role("link", name="新增科普活动站（室）").click()
        page.get_by_label("活动站名称").fill("柳树新站")
        page.get_by_label("面积").fill("很大")
        page.locator(".field-number .told-error").wait_for()
        page.get_by_label("面积").fill("80")
        page.locator(".field-number .told-error").wait_for(state="detached")
        page.get_by_label("查找单位").first.fill("河口")
        page.locator(".found button").first.click()
        assert "河口" in page.get_by_label("服务单位").input_value()
        page.locator(".pick summary").click()
        page.locator(".pick svg").first.click(position={"x": 100, "y": 60})
        lon, lat = map(float, page.get_by_label("经纬度").input_value().split(","))
        page.locator("#checked", has_text=f"读作东经{lon:.5f}、北纬{lat:.5f}").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        page.get_by_role("button", name="看看影响").click()
        assert "柳树村" in page.locator(".effects tbody").inner_text()
        page.get_by_role("button", name="保存").click()
        assert "第10批" in page.locator(".saved").inner_text()
        assert page.locator("table.requirements tbody tr").first.get_attribute("data-state") == "met"
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        assert heard == []
        context.close()
