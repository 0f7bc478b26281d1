"""Importing files: all of a file or nothing, once, complete or not, and a folder of submissions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from geo.assess import assess_store
from geo.errors import InputRefused, UnknownLayer
from geo.intake.imports import ImportReport, import_file
from geo.intake.submissions import import_submissions, read_manifest
from tests.stored import contents, fresh_store
from tests.support import AS_OF, HILL, PLACE, RIVER, TOWN, WILLOW_RIVER
from tests.writing import write_book, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo.store import Store

pytestmark = pytest.mark.usefixtures("backend")

WHERE: list[Any] = ["乡镇", "村"]
HEADER: list[Any] = [*WHERE, "活动站名称", "面积(㎡)"]
WILLOW: list[Any] = ["河口街道", "柳树村"]
GOOD: list[list[Any]] = [HEADER, [*WILLOW, "柳树站", 60], ["云岭镇", "云岭村", "云岭站", 80]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of the county, without facilities."""
    return fresh_store(tmp_path / "k.db")


def bring(
    store: Store, path: Path, rows: Sequence[Sequence[Any]], layer: str = "stations", **options: Any
) -> ImportReport:
    """Import rows as a workbook; it must be stored."""
    report = import_file(store, write_book(path, rows), layer, **options)
    assert report.outcome == "stored", [fault.line() for fault in report.faults]
    return report


def codes(report: ImportReport) -> list[tuple[str, str]]:
    return [(fault.severity, fault.code) for fault in report.faults]


def test_a_file_becomes_a_batch(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path / "甲.xlsx", GOOD, sender="河口街道", received_on=date(2022, 10, 1))
    assert (report.batch, dict(report.records), report.faults) == (1, {"stations": 2}, ())
    (batch,) = store.batches()
    assert (batch.file, batch.layer, batch.sender, batch.received_on, batch.records) == (
        "甲.xlsx", "stations", "河口街道", date(2022, 10, 1), 2,
    )  # fmt: skip
    found = {row["name"]: row for row in store.layers()["stations"].to_dict("records")}
    assert found["柳树站"]["unit_code"] == WILLOW_RIVER
    assert [found["云岭站"][name] for name in ("file", "sheet", "row", "batch")] == ["甲.xlsx", "Sheet1", 3, 1]


def test_one_bad_row_of_fifty_imports_nothing(store: Store, tmp_path: Path) -> None:
    before = contents(store)
    rows: list[Any] = [HEADER, *([*WILLOW, f"站{n}", n] for n in range(1, 51))]
    rows[30] = [*WILLOW, "站30", "很大"]
    report = import_file(store, write_book(tmp_path / "a.xlsx", rows), "stations")
    assert report.outcome == "refused"
    assert [(fault.code, fault.row) for fault in report.faults] == [("cell-number", 31)]
    assert contents(store) == before


def test_a_dry_run_writes_nothing_and_says_the_same(store: Store, tmp_path: Path) -> None:
    before = contents(store)
    path = write_book(tmp_path / "a.xlsx", GOOD)
    dry = import_file(store, path, "stations", dry_run=True)
    assert (dry.outcome, dry.batch) == ("checked", None)
    assert contents(store) == before
    real = import_file(store, path, "stations")
    assert (dict(real.records), real.faults) == (dict(dry.records), dry.faults)


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD)
    before = contents(store)
    again = import_file(store, tmp_path / "a.xlsx", "stations")
    assert (again.outcome, again.batch, codes(again)) == ("unchanged", 1, [("note", "file-known")])
    assert contents(store) == before
    store.undo(1)
    assert import_file(store, tmp_path / "a.xlsx", "stations").outcome == "stored"


def test_the_same_file_with_another_option_is_another_report(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD)
    assert import_file(store, tmp_path / "a.xlsx", "stations", complete=True).outcome == "stored"
    assert len(store.layers()["stations"]) == 2
    assert len(store.layers().complete) == 2


def test_a_facility_in_two_files_counts_once_and_the_newer_holds(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD)
    bring(store, tmp_path / "b.xlsx", [HEADER, ["河口街道", "柳树村委会", " 柳树站", 75]])
    table = store.layers()["stations"]
    assert sorted(table["name"]) == ["云岭站", "柳树站"]
    assert sorted(table["area_m2"]) == [75.0, 80.0]


def test_serial_numbers_of_two_townships_do_not_collide(store: Store, tmp_path: Path) -> None:
    header: list[Any] = ["编号", *WHERE, "名称"]
    bring(store, tmp_path / "a.xlsx", [header, [1, *WILLOW, "柳树站"], [2, *WILLOW, "二站"]])
    bring(store, tmp_path / "b.xlsx", [header, [1, "云岭镇", "云岭村", "云岭站"]])
    assert len(store.layers()["stations"]) == 3


def test_an_id_of_another_township_is_refused(store: Store, tmp_path: Path) -> None:
    header: list[Any] = ["编号", *WHERE, "名称"]
    bring(store, tmp_path / "a.xlsx", [header, ["ZD-001", *WILLOW, "柳树站"]])
    before = contents(store)
    taken = write_book(tmp_path / "b.xlsx", [header, ["ZD-001", "云岭镇", "云岭村", "云岭站"]])
    report = import_file(store, taken, "stations")
    assert (report.outcome, codes(report)) == ("refused", [("error", "id-taken")])
    assert "河口街道柳树村" in report.faults[0].message
    assert contents(store) == before
    moved = bring(store, tmp_path / "c.xlsx", [header, ["ZD-001", "河口街道", "河口社区", "柳树站"]])
    assert codes(moved) == [("warning", "id-moved")]
    assert list(store.layers()["stations"]["unit_code"]) == ["990101001001"]


def test_a_newer_none_ends_an_older_station(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD)
    rule = "1.village.station"

    def state() -> str:
        found = {f["unit_code"]: f["state"] for f in assess_store(store, as_of=AS_OF).rule(rule).findings}
        return str(found[WILLOW_RIVER])

    assert state() == "met"
    report = bring(store, tmp_path / "b.xlsx", [[*WHERE, "活动站"], [*WILLOW, "无"]], "ledger")
    assert dict(report.none) == {"stations": 1}
    assert state() == "not_met"
    store.undo(2)
    assert state() == "met"


# ── complete lists ───────────────────────────────────────────────────────────


def scopes(store: Store) -> set[tuple[str, str]]:
    complete = store.layers().complete
    return set(zip(complete["layer"], complete["scope_code"], strict=True))


def test_complete_covers_the_townships_that_occur(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD, complete=True)
    assert scopes(store) == {("stations", RIVER), ("stations", TOWN)}
    assert set(store.layers().complete["row"]) == {1}


def test_complete_with_a_scope(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", GOOD, complete=True, scope=HILL)
    assert scopes(store) == {("stations", HILL)}
    bring(store, tmp_path / "b.xlsx", GOOD, complete=True, scope=PLACE)
    assert ("stations", PLACE) in scopes(store)


def test_lists_of_city_offices_are_complete_for_the_city(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", [["乡镇", "学校名称"], ["云岭镇", "演示学校1"]], "schools", complete=True)
    bring(store, tmp_path / "b.xlsx", [["活动名称", "日期"], ["讲座", "2022-05-03"]], "activities", complete=True)
    assert scopes(store) == {("schools", PLACE), ("activities", PLACE)}


def test_scopes_that_are_none(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", GOOD)
    for scope, complete, code in (
        ("990101999000", True, "scope-unknown"),
        (WILLOW_RIVER, True, "scope-unknown"),
        ("云岭镇", True, "scope-unknown"),
        (TOWN, False, "scope-idle"),
    ):
        report = import_file(store, path, "stations", complete=complete, scope=scope)
        assert (report.outcome, codes(report)) == ("refused", [("error", code)])


def test_a_complete_ledger_covers_each_of_its_layers(store: Store, tmp_path: Path) -> None:
    rows: list[Any] = [[*WHERE, "活动站", "宣传栏"], [*WILLOW, "有", "无"], ["云岭镇", "云岭村", "无", "有"]]
    bring(store, tmp_path / "a.xlsx", rows, "ledger", complete=True)
    assert scopes(store) == {(layer, town) for layer in ("stations", "boards") for town in (RIVER, TOWN)}


def test_blanks_contradict_complete(store: Store, tmp_path: Path) -> None:
    """A blank is unknown: what is said to be complete and holds one isn't taken as complete there."""
    rows: list[Any] = [[*WHERE, "活动站", "宣传栏"], [*WILLOW, "有", ""], ["云岭镇", "云岭村", "无", "有"]]
    report = bring(store, tmp_path / "a.xlsx", rows, "ledger", complete=True)
    assert codes(report) == [("warning", "complete-blank")]
    assert scopes(store) == {("stations", RIVER), ("stations", TOWN), ("boards", TOWN)}
    rows = [HEADER, [*WILLOW, "", ""], ["云岭镇", "云岭村", "站", 5]]
    report = bring(store, tmp_path / "b.xlsx", rows, complete=True, scope=PLACE)
    assert codes(report) == [("warning", "complete-blank"), ("warning", "contradicts-batch")]
    assert ("stations", PLACE) not in scopes(store)


# ── layers, names, options ───────────────────────────────────────────────────


def test_auto_tells_the_layer(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path / "a.xlsx", GOOD, "auto")
    assert report.layer == "stations"
    words = {"说明": [["请逐村填写"]], "表": [[*WHERE, "活动站", "宣传栏"], [*WILLOW, "有", "无"]]}
    report = import_file(store, write_book(tmp_path / "b.xlsx", words), "auto")
    assert (report.layer, report.outcome) == ("ledger", "stored")
    unclear = write_csv(tmp_path / "c.csv", [[*WHERE, "名称"], [*WILLOW, "站"]])
    assert codes(import_file(store, unclear, "auto")) == [("error", "layer-unclear")]


def test_an_unknown_layer_is_no_fault_of_the_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownLayer, match="stations"):
        import_file(store, write_book(tmp_path / "a.xlsx", GOOD), "station")


def test_shown_name(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path / "upload-123.xlsx", GOOD, shown_as="河口街道.xlsx")
    assert report.file == store.batches()[0].file == "河口街道.xlsx"
    assert set(store.layers()["stations"]["file"]) == {"河口街道.xlsx"}


def test_the_datum_is_kept_with_the_batch(store: Store, tmp_path: Path) -> None:
    rows: list[Any] = [[*HEADER, "经度", "纬度"], [*WILLOW, "站", 60, 102.0514, 30.1872]]
    bring(store, tmp_path / "a.xlsx", rows, datum="gcj02")
    assert store.batches()[0].datum == "gcj02"
    lon = store.layers()["stations"].geometry.x.iloc[0]
    assert 0.001 < abs(lon - 102.0514) < 0.01


def test_a_report_as_the_api_shows_it(store: Store, tmp_path: Path) -> None:
    report = bring(store, tmp_path / "a.xlsx", [*GOOD, GOOD[1]])
    shown = report.to_dict()
    assert shown["records"] == {"stations": 2}
    assert shown["outcome"] == "stored"
    assert [fault["code"] for fault in shown["faults"]] == ["row-twice"]
    assert shown["faults"][0]["row"] == 4


# ── a folder of submissions ──────────────────────────────────────────────────


def manifest(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_imported_in_order_and_one_refusal_stops_nobody(store: Store, tmp_path: Path) -> None:
    folder = manifest(
        tmp_path / "报表",
        '[[files]]\nfile = "a.xlsx"\nlayer = "stations"\nsender = "河口街道"\n'
        "received_on = 2022-10-01\ncomplete = true\n"
        '[[files]]\nfile = "没有.xlsx"\nlayer = "stations"\n'
        '[[files]]\nfile = "b.csv"\nlayer = "auto"\n',
    )
    write_book(folder / "a.xlsx", GOOD)
    write_csv(folder / "b.csv", [[*WHERE, "活动站", "宣传栏"], [*WILLOW, "有", "有"]], encoding="gb18030")
    heard: list[str] = []
    reports = import_submissions(store, folder, done=lambda report: heard.append(report.file))
    assert [report.outcome for report in reports] == ["stored", "refused", "stored"]
    assert heard == ["a.xlsx", "没有.xlsx", "b.csv"]
    assert [batch.sender for batch in store.batches()] == ["河口街道", ""]
    assert ("stations", RIVER) in scopes(store)


@pytest.mark.parametrize(
    "text",
    ["[[files]\n", '[[files]]\nfile = "a.xlsx"\n', '[[files]]\nfile="a"\nlayer="b"\ncolour="red"\n', "files = 3\n"],
)
def test_a_faulty_manifest_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_manifest(manifest(tmp_path / "m", text))
    for fault in caught.value.faults:
        assert fault.file == "manifest.toml"
        assert len(fault.line().splitlines()) == 1


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "没有"):
        with pytest.raises(InputRefused):
            read_manifest(folder)
    (tmp_path / "manifest.toml").write_bytes("[[files]]\nfile = '甲'".encode("gb18030"))
    with pytest.raises(InputRefused, match="UTF-8"):
        read_manifest(tmp_path)


# ── one facility in lists and ledgers ────────────────────────────────────────

BOARD_LIST: list[Any] = [*WHERE, "宣传栏名称", "更换日期", "长度"]
LEDGER_HEADER: list[Any] = [*WHERE, "宣传栏", "宣传栏更换日期"]


def test_a_ledgers_board_is_the_one_that_a_list_names(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path / "a.xlsx", [BOARD_LIST, [*WILLOW, "柳树栏", "2022-05-03", 6]], "boards")
    bring(store, tmp_path / "b.xlsx", [LEDGER_HEADER, [*WILLOW, "有", "2022-05-03、2022-07-01"]], "ledger")
    (board,) = store.layers()["boards"].to_dict("records")
    assert (board["name"], board["length_m"], board["updates"]) == ("柳树栏", 6.0, (date(2022, 5, 3), date(2022, 7, 1)))
    assert (board["file"], board["batch"]) == ("b.xlsx", 2)
    (finding,) = [
        f
        for f in assess_store(store, as_of=AS_OF).rule("1.village.quarterly").findings
        if f["unit_code"] == WILLOW_RIVER
    ]
    assert [(e["file"], e["row"]) for e in finding["evidence"]] == [("a.xlsx", 2), ("b.xlsx", 2)]
    store.undo(2)
    (board,) = store.layers()["boards"].to_dict("records")
    assert (board["updates"], board["batch"]) == ((date(2022, 5, 3),), 1)


def test_a_newer_list_says_how_many_nameless_boards_there_are(store: Store, tmp_path: Path) -> None:
    nameless: list[list[Any]] = [[*WILLOW, None, "2022-05-03", 6], [*WILLOW, None, "2022-10-01", 8]]
    bring(store, tmp_path / "a.xlsx", [BOARD_LIST, *nameless], "boards")
    assert len(store.layers()["boards"]) == 2
    bring(store, tmp_path / "b.xlsx", [BOARD_LIST, [*WILLOW, None, "2022-06-01", 6]], "boards")
    (board,) = store.layers()["boards"].to_dict("records")
    assert board["updates"] == (date(2022, 6, 1),)


def test_every_sheet_of_a_workbook_is_imported_as_what_it_is(store: Store, tmp_path: Path) -> None:
    book = {"活动站": GOOD, "宣传栏": [BOARD_LIST, [*WILLOW, "柳树栏", "2022-05-03", 6]]}
    path = write_book(tmp_path / "a.xlsx", book)
    assert codes(import_file(store, path, "stations")) == [("error", "sheet-other-layer")]
    report = import_file(store, path, "auto", complete=True)
    assert (report.outcome, report.layer, dict(report.records)) == ("stored", "auto", {"stations": 2, "boards": 1})
    assert sorted(store.layers().complete[["layer", "scope_code"]].itertuples(index=False, name=None)) == [
        ("boards", RIVER), ("stations", RIVER), ("stations", TOWN),
    ]  # fmt: skip
