"""Bad input: one clear Chinese line per fault on stderr, exit code 2, and the store as it was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import Done, kepu
from tests.stored import contents, fresh_store
from tests.writing import csv_text, write_book, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo.store import Store

WHERE: list[Any] = ["乡镇", "村"]
HEADER: list[Any] = [*WHERE, "活动站名称", "建成日期", "经度", "纬度"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
GOOD: list[list[Any]] = [HEADER, [*WILLOW, "柳树站", "2019-05-03", 102.0514, 30.1872]]
CJK = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that holds one batch."""
    made = fresh_store(tmp_path / "k.db")
    done = kepu(
        "import", "stations", write_book(tmp_path / "先有的.xlsx", GOOD), "--datum", "cgcs2000", "--store", made.url
    )
    assert done.code == 0, done.err
    return made


def refused(store: Store, *arguments: str | Path) -> Done:
    """Run a command that must be refused in clear lines and leave the store as it was."""
    path = Path(store.url.removeprefix("sqlite:///"))
    before, content = path.read_bytes(), contents(store)
    done = kepu(*arguments, "--store", store.url)
    assert done.code == 2, (done.out, done.err)
    assert done.lines
    assert "Traceback" not in done.err
    for line in done.lines:
        assert CJK.search(line), line
    assert contents(store) == content
    assert path.read_bytes() == before
    return done


def row_case(**cells: Any) -> list[list[Any]]:
    names = ["乡镇", "村", "活动站名称", "建成日期", "经度", "纬度"]
    row = dict(zip(names, ["云岭镇", "云岭村", "云岭站", "2019-05-03", 102.2555, 30.0521], strict=True)) | cells
    return [HEADER, [row[name] for name in names]]


@pytest.mark.parametrize(
    ("cells", "column", "told"),
    [
        ({"村": "某某村"}, "村", "没有这个村"),
        ({"乡镇": "某某镇"}, "乡镇", "没有这个乡镇"),
        ({"乡镇": None, "村": "柳树村"}, "乡镇", "只有村名"),
        ({"村": None}, "村", "村（社区）没有填"),
        ({"建成日期": "2022.13"}, "建成日期", "没有13月"),
        ({"建成日期": 2022.13}, "建成日期", "没有13月"),
        ({"建成日期": "2022-02-30"}, "建成日期", "没有30日"),
        ({"经度": 116.4, "纬度": 39.9}, "经度", "云岭县之外"),
        ({"经度": 30.0521, "纬度": 102.2555}, "经度", "填反"),
        ({"经度": 0.5, "纬度": 0.5}, "经度", "不在中国"),
        ({"纬度": None}, "纬度", "只填了一个"),
    ],
)  # fmt: skip
def test_bad_rows(store: Store, tmp_path: Path, cells: dict[str, Any], column: str, told: str) -> None:
    path = write_book(tmp_path / "坏行.xlsx", row_case(**cells))
    (line,) = refused(store, "import", "stations", path, "--datum", "cgcs2000").lines
    assert line.startswith("错误：坏行.xlsx · 工作表“Sheet1” · 第2行 · ")
    assert f"“{column}”列" in line
    assert told in line


def test_two_villages_of_one_name_are_both_named(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", row_case(乡镇=None, 村="柳树村"))
    (line,) = refused(store, "import", "stations", path, "--datum", "cgcs2000").lines
    assert "河口街道柳树村" in line
    assert "云岭镇柳树村" in line


def test_one_bad_row_among_fifty_imports_nothing(store: Store, tmp_path: Path) -> None:
    rows: list[Any] = [HEADER, *([*WILLOW, f"站{n}", 2019.5, None, None] for n in range(1, 51))]
    rows[27][3] = "2022.13"
    done = refused(store, "import", "stations", write_book(tmp_path / "a.xlsx", rows), "--datum", "cgcs2000")
    assert len(done.lines) == 1
    assert "第28行" in done.err
    assert "未导入" in done.out


def test_every_fault_has_its_line(store: Store, tmp_path: Path) -> None:
    rows: list[Any] = [HEADER, ["某镇", "某村", "甲", "2022.13", None, None], [*WILLOW, "乙", "昨天", 30.1, 102.1]]
    done = refused(store, "import", "stations", write_book(tmp_path / "a.xlsx", rows), "--datum", "cgcs2000")
    assert [re.search(r"第(\d)行", line)[1] for line in done.lines] == ["2", "2", "3", "3"]  # type: ignore[index]


PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def put(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        ("列不对.xlsx", lambda path: write_book(path, [["甲", "乙"], [1, 2]]), "缺少指明单位的列"),
        ("只有单位.xlsx", lambda path: write_book(path, [WHERE, WILLOW]), "没有认出"),
        ("重列.xlsx", lambda path: write_book(path, [[*WHERE, "名称", "设施名称"], [*WILLOW, "a", "b"]]), "意思重复"),
        ("只有表头.xlsx", lambda path: write_book(path, [HEADER]), "没有数据行"),
        ("只有空行.csv", lambda path: write_csv(path, [HEADER, ["", "", ""], [" "]]), "没有数据行"),
        ("空表.xlsx", lambda path: write_book(path, []), "没有任何内容"),
        ("空.xlsx", put(b""), "空文件"),
        ("空.csv", put(b""), "空文件"),
        ("只有BOM.csv", put(b"\xef\xbb\xbf"), "没有任何内容"),
        ("夹.xlsx", lambda path: path.mkdir(), "文件夹"),
        ("没有.xlsx", lambda path: None, "没有这个文件"),
        ("文本.xlsx", put(csv_text(GOOD).encode()), "内容不是"),
        ("图.xlsx", put(PNG), "其实是图片"),
        ("图.csv", put(PNG), "不是文本"),
        ("图.png", put(PNG), "不支持的文件类型"),
        ("密.xlsx", put(ENCRYPTED), "有密码"),
        ("坏.xlsx", put(b"PK\x03\x04" + bytes(200)), "不是完好的工作簿"),
        ("文档.docx", put(b"PK\x03\x04"), "不支持的文件类型"),
    ],
)  # fmt: skip
def test_bad_files(store: Store, tmp_path: Path, name: str, make: Callable[[Path], object], told: str) -> None:
    make(tmp_path / name)
    for layer in ("stations", "auto"):
        done = refused(store, "import", layer, tmp_path / name)
        if layer == "stations":
            errors = [line for line in done.lines if line.startswith("错误：")]
            assert any(told in line for line in errors), done.err
            assert all(name in line for line in errors)


def test_a_workbook_named_csv(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", GOOD).rename(tmp_path / "表.csv")
    assert "内容是工作簿" in refused(store, "import", "stations", path).err


def test_good_files_are_imported_although_another_is_refused(store: Store, tmp_path: Path) -> None:
    good = write_book(tmp_path / "好.xlsx", row_case())
    bad = write_book(tmp_path / "坏.xlsx", row_case(村="某村"))
    done = kepu("import", "stations", bad, good, "--datum", "cgcs2000", "--store", store.url)
    assert done.code == 2
    assert [batch.file for batch in store.batches()] == ["先有的.xlsx", "好.xlsx"]


def test_people_are_never_printed(store: Store, tmp_path: Path) -> None:
    header: list[Any] = [*HEADER, "责任人", "联系电话"]
    rows: list[Any] = [header, ["某镇", "某村", "站", "2022.13", 1, None, "甲乙丙", "13900000000"]]
    done = refused(store, "import", "stations", write_book(tmp_path / "a.xlsx", rows))
    assert "甲乙丙" not in done.err + done.out
    assert "13900000000" not in done.err + done.out


def test_a_name_forges_no_line(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", row_case(村="某村\n错误：伪造.xlsx\x1b[31m\u202e"))
    done = refused(store, "import", "stations", path, "--datum", "cgcs2000")
    assert len(done.lines) == 1
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "station", "a.xlsx"),
        ("import", "stations", "a.xlsx", "--complete", "--scope", "某镇"),
        ("import", "stations", "a.xlsx", "--report", "问题.doc"),
        ("import", "stations", "a.xlsx", "--report", "a.xlsx"),
        ("import", "stations", "a.xlsx", "--report", "没有这个夹/问题.xlsx"),
        ("import", "stations", "a.xlsx", "--scope", "云岭镇"),
        ("assess", "--plan", "没有.toml"),
        ("assess", "--plan", "k.db"),
        ("assess", "-o", "表.txt"),
        ("assess", "-o", "没有这个夹/a.json"),
        ("gaps", "--township", "某镇"),
        ("gaps", "--township", "990101999000"),
        ("gaps", "--rule", "99.village.nothing"),
        ("gaps", "-o", "a.txt"),
        ("gaps", "-o", "没有这个夹/a.csv"),
        ("gaps", "-o", "没有这个夹/a.xlsx"),
        ("map", "-o", "没有这个夹/a.html"),
        ("map", "-o", "a.html", "--township", "某镇"),
        ("export", "-o", "a.shp"),
        ("export", "-o", "没有这个夹/a.gpkg"),
        ("undo", "99"),
        ("init",),
    ],
)
def test_bad_options(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    write_book(tmp_path / "a.xlsx", row_case())
    before = sorted(path.name for path in tmp_path.iterdir())
    assert len([line for line in refused(store, *arguments).lines if not line.startswith("说明：")]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("assess", "--as-of", "2022-13-01"), "2022-10-31"),
        (("assess", "--as-of", "昨天"), "--as-of"),
        (("assess", "--as-of"), "--as-of"),
        (("assess", "--asof", "x"), "--as-of"),
        (("assess", "x"), "多出来"),
        (("gaps", "--state", "bad"), "not_met"),
        (("import", "stations"), "FILE"),
        (("import", "stations", "a.xlsx", "--datum", "beijing54"), "gcj02"),
        (("import", "stations", "a.xlsx", "--received-on", "2999-01-01"), "2999-01-01"),
        (("undo", "一"), "批次号"),
        (("history", "99"), "99"),
        (("nothing",), "nothing"),
        (("noth\x1b[31ming",), "没有命令"),
        (("assess", "--format", "pdf"), "json"),
        (("serve", "--port", "99999"), "65535"),
        (("map",), "--output"),
    ],
)
def test_usage_errors(store: Store, arguments: tuple[str, ...], told: str) -> None:
    before = contents(store)
    url = [] if "noth" in arguments[0] or arguments[-1] == "--as-of" else ["--store", store.url]
    done = kepu(*arguments, *url, columns=80)
    assert done.code == 2
    (line,) = done.lines
    assert line.startswith("错误：")
    assert CJK.search(line)
    assert told in line
    assert "\x1b" not in line
    assert contents(store) == before


COMMANDS = [
    ("import", "stations", "a.xlsx"), ("assess",), ("gaps",), ("map", "-o", "a.html"), ("export", "-o", "a.gpkg"),
    ("history",), ("undo", "1"), ("serve",),
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=[arguments[0] for arguments in COMMANDS])
def test_stores_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "文本.db").write_text("不是数据库" * 200, encoding="utf-8")
    for url in ("sqlite:///没有.db", "sqlite:///文本.db", "k.db", "nosuch://u:geheim@h/k"):
        done = kepu(*arguments, "--store", url)
        assert done.code == 2
        assert len(done.lines) == 1, done.err
        assert CJK.search(done.err)
        assert "geheim" not in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["文本.db"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--place", "没有"), "place.toml"),
        (("--place", "空"), "place.toml"),
        (("--place", "county", "--plan", "没有.toml"), "方案"),
        (("--place", "county", "--plan", "坏.toml"), "坏.toml"),
    ],
)
def test_init_with_a_bad_place_or_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    from tests.support import COUNTY

    monkeypatch.chdir(tmp_path)
    (tmp_path / "空").mkdir()
    (tmp_path / "坏.toml").write_text('[plan]\nid = "x"\ncolour = "red"\n', encoding="utf-8")
    where = [str(COUNTY) if word == "county" else word for word in arguments]
    done = kepu("init", *where, "--store", "sqlite:///neu.db")
    assert done.code == 2
    assert told in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "neu.db").exists()
