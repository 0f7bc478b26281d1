"""The list of gaps as planners work with it: filters, search, order, totals, files, and what comes."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import openpyxl
import pytest

from api.views.gap_files import COLUMNS
from api.views.gap_list import is_named
from geo.list_books import list_book
from tests.map_places import HOSTILE
from tests.support import TOWN, VILLAGES, WILLOW_TOWN
from tests.web_client import DAY, Page, Web, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

DESKTOP = (1366, 768)


def rows(page: Page) -> list[tuple[str, str, str]]:
    """Rule, unit and state of the rows of a page."""
    return [tuple(r.attributes[f"data-{k}"] for k in ("rule", "unit", "state")) for r in page.find("tr", data_unit="")]  # type: ignore[misc]


def listed(web: Web, **query: str) -> list[tuple[str, str, str]]:
    """The rows that a question lists."""
    return rows(page_of(web.get("/gaps", **query)))


def findings(web: Web) -> list[dict[str, Any]]:
    """Every finding of assessment.json with its rule and task."""
    return [
        {**found, "rule": rule["id"], "level": rule["unit"], "task": task["no"]}
        for task in web.json("/api/v1/assessment")["tasks"]
        for rule in task["rules"]
        for found in rule["findings"]
    ]


# ── totals ───────────────────────────────────────────────────────────────────


def test_totals_are_those_of_the_assessment_and_the_overview(client: Web) -> None:
    totals = page_of(client.get("/gaps")).one("p", id="totals").attributes
    units = [rule["units"] for task in client.json("/api/v1/assessment")["tasks"] for rule in task["rules"]]
    for state in ("not_met", "unknown", "met"):
        assert int(totals[f"data-{state.replace('_', '-')}"]) == sum(unit[state] for unit in units) > 0
        assert len(listed(client, state=state)) == min(100, sum(unit[state] for unit in units))
    for township in page_of(client.get("/")).find("tr", data_township=""):
        code = township.attributes["data-township"]
        own = page_of(client.get("/gaps", township=code)).one("p", id="totals").attributes
        for state in ("data-not-met", "data-unknown", "data-met"):
            assert own[state] == township.attributes[state], code


# ── filters ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [({"level": "school"}, "level", "school"), ({"level": "city"}, "level", "city"), ({"task": "1"}, "task", 1),
     ({"township": TOWN}, "township_code", TOWN)],
)  # fmt: skip
def test_filters(client: Web, query: dict[str, str], field: str, value: Any) -> None:
    wanted = {
        (f["rule"], f["unit_code"], f["state"]) for f in findings(client) if f[field] == value and f["state"] != "met"
    }
    assert set(listed(client, **query)) == wanted
    assert wanted


@pytest.mark.parametrize("query", [{"level": "moon"}, {"task": "x"}, {"due": "31"}, {"taken": "maybe"}, {"sort": "x"}])
def test_what_cannot_be_asked(client: Web, query: dict[str, str]) -> None:
    assert client.get("/gaps", **query).status_code == 422
    assert client.get("/gaps.xlsx", **query).status_code == 422


@pytest.mark.parametrize(
    ("name", "code", "text", "found"),
    [
        ("柳树村", "990101100201", "柳树", True),
        ("柳树村", "990101100201", " 柳 树 ", True),
        ("柳树村", "990101100201", "990101100", True),
        ("柳树村", "990101100201", "100201", False),
        ("柳树村", "990101100201", "liushu", True),
        ("柳树村", "990101100201", "LSC", True),
        ("柳树村", "990101100201", "shucun", True),
        ("柳树村", "990101100201", "sc", False),
        ("柳树村", "990101100201", "河口", False),
        (None, None, "x", False),
        ("Ǆ(.*", "X/1 号", "(.*", True),
    ],
)
def test_names_codes_and_pinyin(name: str | None, code: str | None, text: str, found: bool) -> None:  # noqa: FBT001
    assert is_named(name, code, text) is found


def test_search_finds_units_and_what_lies_in_a_township(client: Web) -> None:
    by_code = listed(client, q=WILLOW_TOWN)
    assert {unit for _, unit, _ in by_code} == {WILLOW_TOWN}
    own = {(f["rule"], f["unit_code"]) for f in findings(client) if f["township_code"] == TOWN and f["state"] != "met"}
    assert {(rule, unit) for rule, unit, _ in listed(client, q=TOWN)} == own
    assert page_of(client.get("/gaps", q="没有这个")).one("p", class_="empty").text


def test_the_address_keeps_everything(client: Web) -> None:
    asked = {"township": TOWN, "state": "unknown", "level": "village", "q": "liu", "sort": "unit", "order": "desc"}
    page = page_of(client.get("/gaps", **asked))
    for link in [*page.find("a", class_="total"), *page.find("a", download=""), *page.find("a", class_="sort")]:
        for name in ("township", "level", "q"):
            assert f"{name}={asked[name]}" in link.attributes["href"]
    hidden = {e.attributes["name"]: e.attributes["value"] for e in page.find("input", type="hidden")}
    assert hidden["order"] == "desc"
    assert page.one("input", id="q").attributes["value"] == "liu"


# ── order ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("column", ["unit", "township", "state", "since", "task", "comes", "taken"])
def test_every_column_sorts_both_ways(client: Web, column: str) -> None:
    plain, up, down = (
        listed(client, **query)
        for query in ({"due": ""}, {"sort": column}, {"sort": column, "order": "desc"})
    )  # fmt: skip
    assert sorted(plain) == sorted(up) == sorted(down)
    if column in ("unit", "state", "since", "task"):
        assert up != down
    page = page_of(client.get("/gaps", sort=column))
    sorted_ = [th for th in page.find("th") if "aria-sort" in th.attributes]
    assert len(sorted_) == (0 if column == "township" else 1)
    if sorted_:
        assert sorted_[0].attributes["aria-sort"] == "ascending"
        back = [link.attributes["href"] for link in page.find("a", class_="sort") if "▲" in link.text]
        assert len(back) == 1
        assert "order=desc" in back[0]


def test_since_when_sorts_by_day(client: Web) -> None:
    told = [
        (r["自何时的依据"].startswith("最早"), r["自何时"])
        for r in read_csv(client.get("/gaps.csv", sort="since", order="desc").content)
    ]
    assert [early for early, _ in told] == sorted(early for early, _ in told)


# ── files ────────────────────────────────────────────────────────────────────


def read_csv(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "query",
    [{}, {"township": TOWN, "sort": "unit", "order": "desc"}, {"due": "60"}, {"q": "liushu", "state": "met"},
     {"q": "没有"}],
)  # fmt: skip
def test_files_hold_exactly_the_list(client: Web, query: dict[str, str]) -> None:
    told = read_csv(client.get("/gaps.csv", **query).content)
    shown = [(rule, unit) for rule, unit, _ in listed(client, **query)]
    assert [(r["规则"], r["单位代码"]) for r in told][:100] == shown
    answer = client.get("/gaps.xlsx", **query)
    assert answer.headers["content-disposition"] == f'attachment; filename="gaps-{DAY}.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book["清单"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    cells = [[_plain(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row for row in cells if any(row)] == [list(row.values()) for row in told]
    (table,) = sheet.tables.values()
    assert table.ref == f"A1:R{max(2, len(told) + 1)}"
    assert table.autoFilter is not None
    assert sheet.freeze_panes == "A2"
    assert sheet.print_area.replace("$", "") == f"'清单'!{table.ref}"
    assert sheet.print_title_rows == "$1:$1"
    assert all(8 <= dimension.width <= 60 for dimension in sheet.column_dimensions.values())
    assert any(row[1] == len(told) for row in book["说明"].iter_rows(values_only=True))


def _plain(value: Any) -> str:
    return "" if value is None else value.date().isoformat() if hasattr(value, "date") else str(value)


def test_no_text_becomes_a_formula(hostile: Web) -> None:
    content = hostile.get("/gaps.xlsx").content
    with ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    assert not [sheet for sheet in sheets if re.search(r"<f[ >]|<hyperlink", sheet)]
    texts = [*HOSTILE, '=HYPERLINK("http://x","y")', "+1", "-1", "@x", "http://x.example/", "{=1}", "12"]
    book = list_book([{"甲": t} for t in texts], ["甲"], title="题", sheets=("清单", "说明"), about=[("=1", "=2")])
    cells = openpyxl.load_workbook(io.BytesIO(book))["清单"]["A"][1:]
    assert {cell.data_type for cell in cells} == {"s"}
    for row in read_csv(hostile.get("/gaps.csv").content):
        assert not [value for value in row.values() if re.match(r"\s*[=+@]", value)]


# ── what comes ───────────────────────────────────────────────────────────────


def test_what_becomes_due(client: Web) -> None:
    """The board of the first village was changed on 20 September: the next change is due by 20 December."""
    board = ("1.village.quarterly", VILLAGES[0], "met")
    assert board not in listed(client, due="30")
    assert board in listed(client, due="60")
    told = [r for r in read_csv(client.get("/gaps.csv", due="60").content) if r["单位代码"] == VILLAGES[0]]
    assert [(r["到期日"], r["到期事项"]) for r in told] == [("2022-12-20", "宣传栏内容最迟这天更换")]
    later = client.client.get("/gaps", params={"as_of": "2022-12-21", "due": "60"})
    assert board not in rows(page_of(later))
    assert listed(client, due="60", state="not_met") == []


def test_a_taken_gap_comes_on_its_day(fresh: Web) -> None:
    form = {"rule": "1.village.station", "unit": WILLOW_TOWN, "action": "taken", "who": "站", "as_of": DAY}
    for due, windows in (("2022-11-25", ("30", "60")), ("2022-12-20", ("60",)), ("2022-10-01", ("30", "60"))):
        sent = fresh.client.post("/gaps/tasks", data={**form, "due_on": due}, follow_redirects=False)
        assert sent.status_code == 303
        for days in ("30", "60"):
            found = {(rule, unit) for rule, unit, _ in listed(fresh, due=days)}
            assert (("1.village.station", WILLOW_TOWN) in found) == (days in windows), due
    assert "认领期限已过" in fresh.get("/gaps", due="30").text


def test_the_first_day_is_told(client: Web) -> None:
    told = {(r["规则"], r["单位代码"]): r["自何时"] for r in read_csv(client.get("/gaps.csv").content)}
    overdue = next(f for f in findings(client) if f["state"] == "not_met" and f.get("due"))
    day = date.fromordinal(date.fromisoformat(overdue["due"]).toordinal() + 1)
    assert told[overdue["rule"], overdue["unit_code"]] == f"{day.year}年{day.month}月{day.day}日起"
    assert all(told.values())


# ── in a browser ─────────────────────────────────────────────────────────────


@pytest.fixture
def own_address(fresh: Web) -> Any:
    from tests.served import served

    with served(fresh) as url:
        yield url


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with", "without"])
def test_filter_take_see_and_release(own_address: str, visit: Any, scripts: bool) -> None:  # noqa: FBT001
    page, heard = visit(f"{own_address}/gaps?as_of={DAY}", java_script_enabled=scripts)
    page.select_option("#township", TOWN)
    if not scripts:
        page.get_by_role("button", name="筛选").click()
    page.wait_for_url(f"**township={TOWN}*")
    if scripts:
        page.locator(f"#gap-list[data-township='{TOWN}']").wait_for()
    row = page.locator(f"tr[data-rule='1.village.station'][data-unit='{WILLOW_TOWN}']")
    row.locator("summary", has_text="认领").click()
    row.get_by_label("承办").fill("文化站")
    row.get_by_label("期限").fill("2022-12-01")
    row.get_by_label("备注").fill("<img src=x onerror=window.__pwned=1>")
    row.get_by_role("button", name="保存").click()
    taken = row.locator(".taken")
    taken.wait_for()
    assert taken.inner_text() == "文化站，2022年12月1日前"
    assert f"township={TOWN}" in page.url
    row.get_by_role("button", name="释放").click()
    taken.wait_for(state="detached")
    assert heard == []
    if scripts:
        assert page.evaluate("window.__pwned") is None


def chosen(page: Tab, code: str) -> None:
    page.locator(f"#gap-list[data-township='{code}']").wait_for()


@pytest.mark.browser
def test_list_and_map_lead_to_each_other(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/gaps?as_of={DAY}", DESKTOP)
    page.locator(".map-button").click()
    page.frame_locator("#gap-map").locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    row = page.locator(f"tr[data-unit='{WILLOW_TOWN}']").first
    row.locator(".locate").click()
    page.wait_for_function("document.getElementById('gap-map').contentWindow.location.hash.includes('unit=')")
    frame = page.frame(name="gap-map")
    assert frame is not None
    assert f"unit={WILLOW_TOWN}" in frame.evaluate("location.hash")
    assert f"rule={row.get_attribute('data-rule')}" in frame.evaluate("decodeURIComponent(location.hash)")
    frame.evaluate("code => kepu.state.set({township: kepu.data.byCode.get(code).index})", TOWN)
    chosen(page, TOWN)
    assert page.locator("#township").input_value() == TOWN
    assert f"township={TOWN}" in page.url
    page.locator("a.sort").first.click()
    page.wait_for_url("**sort=unit*")
    page.fill("#q", "liushu")
    page.wait_for_url("**q=liushu*")
    page.go_back()
    page.wait_for_function("!location.search.includes('liushu')")
    assert heard == []


@pytest.mark.browser
def test_the_map_follows_the_list_and_the_list_the_map(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/gaps?as_of={DAY}&map=1&state=not_met&rule=1.village.station", DESKTOP)
    page.frame_locator("#gap-map").locator("html[data-ready]").wait_for(state="attached", timeout=20_000)
    frame = page.frame(name="gap-map")
    assert frame is not None

    def shows(**wanted: str | None) -> None:
        """Wait until the map shows a township, a requirement and a state."""
        told = """() => { const now = kepu.state.now, unit = kepu.data.units[now.township];
        return {township: unit ? unit.code : null, rule: now.rule, state: now.state}; }"""
        for _ in range(100):
            known = frame.evaluate(told)
            if all(known[name] == value for name, value in wanted.items()):
                return
            page.wait_for_timeout(50)
        raise AssertionError((wanted, known))

    shows(township=None, rule="1.village.station", state="not_met")  # as it was opened
    page.select_option("#township", TOWN)
    shows(township=TOWN, rule="1.village.station", state="not_met")
    page.select_option("#state", "unknown")
    page.select_option("#rule", "1.village.quarterly")
    shows(township=TOWN, rule="1.village.quarterly", state="unknown")
    chosen(page, TOWN)
    # and back: a requirement chosen in the map filters the list, the rest of its question stays
    frame.evaluate("kepu.state.set({rule: '1.village.station'})")
    page.wait_for_url("**rule=1.village.station*")
    page.locator("#rule:has(option[value='1.village.station']:checked)").wait_for()
    assert "state=unknown" in page.url
    assert f"township={TOWN}" in page.url
    frame.evaluate("kepu.state.set({township: null})")
    chosen(page, "")
    shows(township=None, rule="1.village.station")
    # a list of all requirements leaves the map the one that it has, and "locate" narrows no list
    page.select_option("#rule", "")
    page.wait_for_url(lambda address: "rule=" not in address)
    page.locator("tr[data-rule='1.village.station'] .locate").first.click()
    page.wait_for_timeout(300)
    assert "rule=" not in page.url
    assert heard == []


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, (390, 844), (1920, 1080)], ids=["desktop", "phone", "projector"])
@pytest.mark.parametrize("query", ["", "&map=1", "&due=60"])
def test_it_fits(address: str, visit: Any, size: tuple[int, int], query: str) -> None:
    page, heard = visit(f"{address}/gaps?as_of={DAY}{query}", size)
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
