"""The office's story in Chromium: drop a wild file, decide, see what it would change, commit, see the batch, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.map_places import HOSTILE
from tests.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.web_client import Web

pytestmark = pytest.mark.browser
PHONE = (390, 844)
WILD = """云岭镇科普活动站登记表（2022年10月）,,,,
序号,乡镇,村（社区）,活动站名称,专用/共用
1,云岭镇,柳数村,甲站,专用
2,云岭镇,柳树屯,乙站,共用
合计,,,2个,
"""


@pytest.fixture
def address(fresh: Web) -> Iterator[str]:
    with served(fresh) as url:
        yield url


def upload(page: Page, name: str = "云岭镇 活动站（终稿）.csv", text: str = WILD) -> None:
    """Choose a file, and go on to the end of its check."""
    page.set_input_files("#files", {"name": name, "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")})
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_selector("#faults-title", timeout=20_000)


def decide(page: Page) -> None:
    """Take the first candidate of each unit that is asked about."""
    asked = page.locator("fieldset[data-kind=unit]")
    assert asked.count() == 2
    for at in range(asked.count()):
        choice = asked.nth(at).locator("label.choice").first
        assert choice.locator("small").inner_text()
        choice.click()
    page.get_by_role("button", name="按所选重新检查").click()
    page.wait_for_selector("form.commit", timeout=20_000)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_the_offices_story(fresh: Web, address: str, visit: Any, *, scripts: bool) -> None:
    before = len(fresh.store.batches())
    page, heard = visit(f"{address}/imports", java_script_enabled=scripts)
    page.fill("#sender", "云岭镇")
    page.fill("#received-on", "2022-10-20")
    upload(page)
    assert "有2个问题要您决定" in page.locator(".standing").inner_text()
    assert "第2行是表头" in page.locator(".table-read summary").inner_text()
    decide(page)
    assert len(fresh.store.batches()) == before
    assert page.locator(".changes tbody tr").inner_text().split()[1:4] == ["2", "0", "0"]
    assert page.locator("details.effect").count() > 0
    page.get_by_role("button", name="确认导入").click()
    page.wait_for_selector(".told-good", timeout=20_000)
    number = before + 1
    assert f"批次号 {number}" in page.locator(".told-good").inner_text()
    page.get_by_role("link", name="查看批次").click()
    row = page.locator(f"#batch-{number}")
    assert "云岭镇" in row.inner_text()
    row.get_by_role("button", name="撤销").click()
    assert f"第{number}批已撤销" in page.locator(".told-good").inner_text()
    assert fresh.store.batches()[number - 1].undone_by == number + 1
    assert heard == []


def test_what_is_dropped_is_chosen(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/imports")
    page.evaluate("""() => {
        const carried = new DataTransfer();
        for (const name of ["一.csv", "<img src=x onerror=alert(1)>.csv"]) carried.items.add(new File(["a,b"], name));
        document.querySelector(".drop").dispatchEvent(new DragEvent("drop", {dataTransfer: carried, cancelable: true}));
    }""")
    page.wait_for_selector("#chosen:not([hidden])")
    assert page.locator("#chosen").inner_text().startswith("已选2个文件")
    assert page.evaluate("document.getElementById('files').files.length") == 2
    too_large = {"name": "大.csv", "mimeType": "text/csv", "buffer": b"x" * (1024 * 1024 + 1)}
    page.set_input_files("#files", too_large)
    assert "上限" in page.locator("#chosen").inner_text()
    assert page.get_by_role("button", name="上传并检查").is_disabled()
    assert heard == []


def test_the_pages_fit_a_phone_and_hostile_texts_never_run(address: str, visit: Any) -> None:
    page, heard = visit(f"{address}/imports", PHONE)
    rows = "".join(f'云岭镇,"{text.replace(chr(34), chr(34) * 2)}",站{n},专用\n' for n, text in enumerate(HOSTILE))
    page.fill("#sender", HOSTILE[0])
    upload(page, f"{HOSTILE[0].replace('/', '')}.csv", f"乡镇,村,活动站名称,专用/共用\n{rows}")
    for path in ("", "/imports"):
        if path:
            page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        assert page.evaluate("window.__pwned") is None
    assert heard == []
