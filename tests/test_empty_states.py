"""Lists with nothing in them say what to do; requirements say where in the plan they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from geo.store import Store
from tests.support import VILLAGES, county, county_plan_text
from tests.web_client import DAY, Page, Web, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A store into which nothing was imported."""
    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'kepu.db'}"
    Store.create(url, county(), county_plan_text())
    with client_of(url) as web:
        yield web


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "请先导入各单位的报表"),
        ("/gaps?q=没有这样的村", "请放宽条件"),
        (f"/units/{VILLAGES[0]}", "确实没有的请报“无”"),
        (f"/units/{VILLAGES[0]}", "说到这里的每一行都会列出来"),
        ("/imports", "在上面上传一份报表"),
        ("/imports", "第一批确认入库后"),
        ("/shares", "再点“新建”"),
        ("/audit?by=nobody", "或清除筛选"),
    ],
)
def test_nothing_says_what_to_do(empty: TestClient, path: str, told: str) -> None:
    assert told in empty.get(path).text


def test_a_filled_store_is_not_called_empty(client: Web) -> None:
    assert "还没有人上报" not in client.get("/").text


@pytest.mark.parametrize("path", [f"/units/{VILLAGES[0]}", "/gaps", "/"])
def test_requirements_say_where_the_plan_has_them(client: Web, path: str) -> None:
    page = Page(client.get(path).text)
    tasks = {task["no"]: task for task in client.json("/api/v1/assessment", as_of=DAY)["tasks"]}
    opened = page.find("details", class_="clause")
    assert opened
    for clause in opened:
        no = next(no for no in tasks if f"任务{no}（" in clause.text)
        assert tasks[no]["section"] in clause.text
        assert tasks[no]["requirement"] in clause.text
        assert clause.attributes["name"] == "clause"  # one at a time, without script
