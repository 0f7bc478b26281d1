"""Telephone and identity numbers inside public texts: covered up on import, and nowhere to be seen afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from geo.files.sheets import RawTable
from geo.intake.normalise import Normaliser
from geo.words.phones import covered
from tests.command_line import kepu
from tests.stored import fresh_store
from tests.support import AS_OF, county
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path


PHONE, SPACED, WIDE, LAND, SHORT = "13900000000", "139 0000 0001", "１３９００００００02", "0994-2000003", "2000004"
IDENTITY = "990101199002301234"
NUMBERS = (PHONE, SPACED, WIDE, LAND, SHORT, IDENTITY)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"文化室（某人甲{PHONE}）", "文化室（某人甲139****）"),
        (f"某人乙 {SPACED}、{PHONE}", "某人乙 139****、139****"),
        (f"手机{WIDE}", "手机１３９****"),
        (f"联系{LAND}", "联系099****"),
        (f"周一，电话：{SHORT}", "周一，电话：200****"),
        (f"身份证{IDENTITY}某人", "身份证990****某人"),
        ("99010119900101123x", "990****"),
        ("139.0000.0001", "139****"),
    ],
)
def test_numbers_of_people_are_covered(text: str, shown: str) -> None:
    assert covered(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "990101100201", "990101100201001", "周一至周五9:00-18:00", "2022-05-03、2022-07-03", "102.0512345,30.1871234",
        "云岭路139号", "P20220503-0001", "社证字第2022000139号", "102030405060", "52990101MJY1234567",
        "2022.5.3—2022.7.3",
        "4873428.22，28759903.36", "微信公众号", "电话亭旁", "QQ群",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert covered(text) == text


def test_a_public_text_is_kept_without_them_and_said_so_once() -> None:
    where = ("云岭镇", "云岭村")
    found = Normaliser(county()).read(
        [
            RawTable(
                "a.xlsx", "表", ("编号", "乡镇", "村", "活动站名称", "依托设施", "联系电话"),
                (
                    ("甲1", *where, f"云岭村科普一站{PHONE}", "文化室", PHONE),
                    ("甲2", *where, "乙站", f"某人甲{IDENTITY}", None),
                    (PHONE, *where, "丙站", "文化室", None), ("甲4", *where, f"云岭村科普二站{LAND}", "文化室", None),
                ),
            )
        ],
        "stations",
    )  # fmt: skip
    one, two, three, four = found.records["stations"]
    assert (one["name"], one["phone"], two["host"]) == ("云岭村科普一站139****", PHONE, "某人甲990****")
    assert (four["name"], PHONE in str(three["id"])) == ("云岭村科普二站099****", False)
    told = [fault for fault in found.faults if fault.code == "cell-private"]
    assert sorted((fault.severity, fault.column, fault.row, fault.value) for fault in told) == [
        ("warning", "依托设施", 3, None), ("warning", "活动站名称", 2, None), ("warning", "编号", 4, None),
    ]  # fmt: skip
    assert any("第5行共2行如此" in fault.message for fault in told)


def test_a_ledger_keeps_them_out_too() -> None:
    table = RawTable(
        "a.xlsx", "表", ("乡镇", "村", "活动站", "活动站名称"), (("云岭镇", "云岭村", "有", f"云岭村科普一站{PHONE}"),)
    )
    found = Normaliser(county()).read([table], "ledger")
    assert found.records["stations"][0]["name"] == "云岭村科普一站139****"
    assert [fault.column for fault in found.faults if fault.code == "cell-private"] == ["活动站名称"]


def test_no_map_table_export_answer_or_log_shows_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = fresh_store(tmp_path / "k.db")
    header = ("乡镇", "村", "活动站名称", "依托设施", "开放时间", "备注", "经度", "纬度")
    where = ("云岭镇", "云岭村")
    rows = [
        header,
        (*where, f"甲站{PHONE}", f"某人甲{IDENTITY}", f"周一 {LAND}", f"见{SPACED}，每天有人在", 102.1512, 30.1871),
        (*where, "乙站", f"文化室{WIDE}", f"电话：{SHORT}", "每天有人在", 102.1513, 30.1872),
        (*where, "丙站", "文化室", "周一", "每天有人在", 102.1514, 30.1873),
    ]
    book = write_book(tmp_path / f"某人甲{PHONE}.xlsx", {f"活动站{PHONE}": rows})
    day = ("--store", store.url, "--as-of", AS_OF.isoformat())
    told = kepu("import", "auto", book, "--report", tmp_path / "清单.json", *day[:2])
    assert told.code == 1, told.err
    seen = [told.err.encode(), told.out.encode(), (tmp_path / "清单.json").read_bytes(), caplog.text.encode()]
    for command, name in (("map", "地图.html"), ("gaps", "缺口.csv"), ("export", "成果.gpkg")):
        done = kepu(command, "-o", tmp_path / name, *day)
        assert done.code == 0, done.err
        seen.append((tmp_path / name).read_bytes())
    assert "甲站139****".encode() in seen[4], "the map shows the station"
    seen.append(kepu("history", *day[:2]).raw)
    with TestClient(create_app(Settings(database_url=store.url))) as client:
        for path in ("/api/v1/layers/stations", "/api/v1/layers/reported_none", "/map", "/units/990101100200", "/"):
            answer = client.get(path, params={"as_of": AS_OF.isoformat()})
            seen.append(answer.content)
        assert "甲站139****" in client.get("/api/v1/layers/stations", params={"as_of": AS_OF.isoformat()}).text
    for content in seen:
        for number in NUMBERS:
            assert number.encode() not in content, number
