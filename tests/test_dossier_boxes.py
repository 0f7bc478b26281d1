"""The archive boxes: what lies in them, what their papers tell, and that no name and no photo breaks them."""

from __future__ import annotations

import io
import re
import types
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest
from PIL import Image

from geo.evidence.taking import take
from geo.store.evidence import Subject, attach, withdraw
from maps.dossier import boxes, building, contents
from maps.dossier.boxes import boxes_of
from maps.dossier.building import build
from maps.dossier.edition import Proof, edition_of
from maps.dossier.file_names import safe_file, safe_name
from maps.dossier.paging import pages_of
from maps.dossier.pieces import Making, Piece
from maps.dossier.proofs import bare, is_broken
from maps.dossier.sheets import sheets_of
from maps.print.typesetting import typeset
from maps.report.model import Writer, texts_of
from tests.dossiers import HOSTILE, LONG, county_edition, demo_edition
from tests.office import as_pdf, docx_texts, needs_office, pdf_text, unsaid
from tests.stored import fresh_store
from tests.support import AS_OF, RIVER, TOWN

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition

DAY = date(2022, 9, 1)
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def photo(*, located: bool = True) -> bytes:
    """A small JPEG that says where it was taken."""
    exif = Image.Exif()
    if located:
        exif[0x010F] = "Camera"
        exif.get_ifd(0x8825).update({1: "N", 2: (44.0, 1.0, 2.0), 3: "E", 4: (87.0, 18.0, 1.0)})
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(content, "JPEG", **({"exif": exif} if located else {}))
    return content.getvalue()


def proof(name: str, content: bytes, media_type: str = "image/jpeg", **about: Any) -> Proof:
    return Proof(name, media_type, str(hash(content)), DAY, content, **about)


PROOFS = (
    proof("../../CON.jpg", photo(), task=5, item=HOSTILE[0]),
    proof(LONG + ".jpg", photo(), unit_code=TOWN),
    proof("坏照片.jpg", photo()[:300], task=5),
    proof("a<b>:c|d?.pdf", b"%PDF-1.4 of somebody", "application/pdf", task=5),
)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return county_edition(proofs=PROOFS)


def write_sheet(making: Making) -> None:
    writer = Writer()
    writer.say("图")
    making.target.write_bytes(typeset("report.typ", {**writer.paper(["图"]), "files": {}}, day=AS_OF))


def sheet_pieces(edition: Edition) -> list[Piece]:
    """Sheets as the atlas gives them, quickly."""
    return [Piece(paths.pdf, write_sheet, rule) for rule, paths in sheets_of(edition).items()]


@pytest.fixture(scope="module")
def folder(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("dossier")
    with pytest.MonkeyPatch.context() as patch:
        sheets = types.ModuleType("maps.dossier.quick_sheets")
        sheets.__dict__["pieces"] = sheet_pieces
        patch.setitem(__import__("sys").modules, sheets.__name__, sheets)
        patch.setattr(building, "PARTS", ("quick_sheets", "boxes"))
        build(edition, found, processes=1)
    return found


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def said(file: Path) -> str:
    return "\n".join(docx_texts(docx.Document(str(file))))


def test_each_task_has_a_box_with_all_its_papers(edition: Edition, folder: Path) -> None:
    for box, _ in boxes_of(edition):
        names = [piece.path.rpartition("/")[2] for piece in box.pieces]
        assert {boxes.CATALOGUE, boxes.FINDING, boxes.UNITS, boxes.SCORES, boxes.REMARKS} <= set(names)
        assert all((folder / piece.path).stat().st_size for piece in box.pieces)
        mapped = [result for result in box.task.rules if result.rule.id in sheets_of(edition)]
        assert sum(name.startswith("02_图") for name in names) == len(mapped)


def test_names_stand_on_every_file_system(folder: Path) -> None:
    for path in files_of(folder):
        for name in path.split("/"):
            assert len(name) <= 80
            assert not re.search(r'[<>:"\\|?*\x00-\x1f]', name), name
            assert not RESERVED.fullmatch(name)
            assert name == name.strip(" ")
            assert not name.endswith(".")


@pytest.mark.parametrize("text", [*HOSTILE, "CON", "nul.txt", "...", "", "a/b\\c", "x" * 300, "尾 . "])
def test_a_safe_name(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name) <= 60
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert not RESERVED.fullmatch(name)
    assert name == name.strip(". ")
    assert safe_file(text, ".pdf").endswith(".pdf")
    assert len(safe_file(text, ".pdf")) <= 60


def test_the_catalogue_lists_the_box_page_by_page(edition: Edition, folder: Path) -> None:
    for box, _ in boxes_of(edition):
        (table,) = docx.Document(str(folder / box.folder / boxes.CATALOGUE)).tables
        header, *rows = [[cell.text for cell in row.cells] for row in table.rows]
        assert header == ["顺序号", "文号", "责任者", "题名", "日期", "页号", "备注"]
        rows = [row for row in rows if row[0]]
        assert [row[3] for row in rows] == [item.title for item in box.items]
        at = 1
        for row, item in zip(rows, box.items, strict=True):
            length = pages_of(folder / item.path) if item.path else None
            assert row[5] == (str(at) if length else "电子件" if item.path else "")
            at += length or 0


def test_pages_are_counted_right(folder: Path) -> None:
    import pikepdf

    for file in folder.rglob("*.pdf"):
        if "佐证" not in file.name:
            with pikepdf.open(file) as pdf:
                assert pages_of(file) == len(pdf.pages)


def test_the_finding_says_what_the_assessment_says(edition: Edition, folder: Path) -> None:
    for box, _ in boxes_of(edition):
        text = pdf_text(folder / box.folder / boxes.FINDING)
        assert f"任务判定：{box.task.state.verdict_label}。" in text
        for result in box.task.rules:
            if result.rule.unit != "city" and result.counts.in_scope:
                assert f"达标{result.counts.met}" in text
                assert f"未上报{result.counts.unknown}" in text


def test_units_and_source_rows_are_those_of_the_findings(tmp_path: Path) -> None:
    edition = demo_edition()
    box = next(box for box, _ in boxes_of(edition) if box.task.task.kind == "map" and len(box.task.rules) > 5)
    piece = next(piece for piece in box.pieces if piece.path.endswith(boxes.UNITS))
    target = tmp_path / "t.xlsx"
    piece.make(Making(edition, target, {}), *piece.told)
    book = openpyxl.load_workbook(target)
    findings = [finding for result in box.task.rules for finding in result.findings]
    rows = list(book["单位台账"].iter_rows(min_row=2, values_only=True))
    assert [row[3] for row in rows] == [finding["unit_code"] for finding in findings]
    wanted = {
        (source["file"], source["row"])
        for result in box.task.rules if result.rule.kind != "rows" and result.rule.layer == "stations"  # type: ignore[union-attr]
        for finding in result.findings for source in finding["evidence"]
    }  # fmt: skip
    sheet = book["来源行_科普活动站（室）"]
    header, *rows = list(sheet.iter_rows(values_only=True))
    told = [dict(zip(header, row, strict=True)) for row in rows]
    assert {(row["文件"], row["行"]) for row in told} == wanted
    stored = {(row["file"], row["row"], row["name"]): row for row in edition.reports["stations"]}
    for row in told:
        if row["名称"]:
            assert row["面积"] == stored[row["文件"], row["行"], row["名称"]]["area_m2"]
    assert not {"责任人", "联系电话"} & {str(cell) for cell in header}
    again = tmp_path / "u.xlsx"
    piece.make(Making(edition, again, {}), *piece.told)
    assert again.read_bytes() == target.read_bytes()


def test_scores_are_left_to_people(edition: Edition, folder: Path) -> None:
    for box, _ in boxes_of(edition):
        table = docx.Document(str(folder / box.folder / boxes.SCORES)).tables[0]
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        assert rows[0][3:6] == ["考核分值", "自评分值", "审核分值"]
        assert len(rows) == 1 + len(box.task.rules)
        assert all(not any(row[3:]) for row in rows[1:])


def test_remarks_tell_what_is_missing_unknown_and_in_conflict(folder: Path) -> None:
    edition = demo_edition()
    found = {box.task.task.no: remarks for box, remarks in boxes_of(edition)}
    for task in edition.facts["tasks"]:
        remarks = found[task["no"]]
        assert any("没有人提供佐证材料" in text for text in remarks.missing)
        bare = [rule for rule in task["rules"] if rule["units"]["unknown"]]
        told = [text for text in remarks.unknown if "没有人口数字" not in text]
        assert len(told) == len(bare)
        for rule, text in zip(bare, told, strict=True):
            assert rule["unit"] == "city" or f"{rule['units']['unknown']}个单位" in text
    apart = [
        finding for finding in edition.assessment.rule("17.village.freshness").findings
        if len(set(finding["readings"].values()) & {"met", "not_met"}) > 1
    ]  # fmt: skip
    assert any(f"结论不同的有{len(apart)}个单位" in text for text in found[17].conflicts) == bool(apart)
    assert "卷内备考表" in said(next(folder.glob(f"{boxes.FOLDER}/01_*")) / boxes.REMARKS)


def test_figures_told_differently_are_a_conflict() -> None:
    row = {"task": 5, "item": "科普经费", "unit_of_measure": "元"}
    edition = county_edition(reports={"figures": [{**row, "value": 1.0}, {**row, "value": 2.0}]})
    found = {box.task.task.no: remarks for box, remarks in boxes_of(edition)}
    assert any("1元、2元" in text for text in found[5].conflicts)


# ── evidence ─────────────────────────────────────────────────────────────────


def test_evidence_lies_in_its_box_without_place_and_camera(folder: Path) -> None:
    given = sorted(path for path in folder.rglob("04_佐证*"))
    names = [path.name for path in given if path.parent.name.startswith("05_")]
    assert [name.split("_", 2)[1] for name in names] == ["佐证01", "佐证02"]
    assert names[1].endswith(".pdf")
    for path in given:
        if path.suffix == ".jpg":
            with Image.open(path) as image:
                assert not image.getexif()
                assert image.size == (64, 48)


def test_a_file_lies_in_one_box_and_others_point_to_it(edition: Edition, folder: Path) -> None:
    assert len([path for path in folder.rglob("04_佐证*.jpg") if LONG[:20] in path.name]) == 1
    told = [item.remark for box, _ in boxes_of(edition) for item in box.items if LONG[:20] in item.title]
    assert told[0] == ""
    assert all(remark.startswith("存于任务") for remark in told[1:])
    assert len(told) > 1


def test_a_broken_photo_is_named_and_left_out(edition: Edition, folder: Path) -> None:
    assert not list(folder.rglob("*坏照片*"))
    assert "坏照片.jpg" in said(
        folder / next(box.folder for box, _ in boxes_of(edition) if box.task.task.no == 5) / boxes.REMARKS
    )
    assert "坏照片.jpg" in said(folder / contents.REMARKS)


def test_a_photo_that_holds_nothing_else_stays_as_it_is() -> None:
    plain = proof("a.jpg", photo(located=False))
    assert bare(plain) == plain.content
    assert not is_broken(plain)
    assert is_broken(proof("b.png", b"\x89PNG\r\n\x1a\nnothing", "image/png"))
    assert b"Camera" not in bare(proof("c.jpg", photo()))


def test_evidence_comes_from_the_store(tmp_path: Path) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as writing:
        attach(writing, Subject(task=5, item="科普经费"), take("批文.jpg", photo()))
        gone = attach(writing, Subject(task=1, item="旧"), take("作废.jpg", photo()))
        attach(writing, Subject(unit_code=TOWN), take("现场.jpg", photo()))
        withdraw(writing, gone.number)
    edition = edition_of(store, as_of=AS_OF)
    store.close()
    assert [(one.name, one.task, one.unit_code) for one in edition.proofs] == [
        ("批文.jpg", 5, None), ("现场.jpg", None, TOWN)
    ]  # fmt: skip
    assert edition.digest != replace(edition, proofs=()).digest
    paths = [piece.path for piece in boxes.pieces(edition)]
    assert sum("佐证01_批文" in path for path in paths) == 1


def test_a_public_dossier_holds_neither_source_rows_nor_evidence(edition: Edition) -> None:
    public = replace(edition, public=True, review_number="审字第1号", entered_by="填表人")
    for box, _ in boxes_of(public):
        assert not [piece for piece in box.pieces if "佐证" in piece.path]
        assert ".xlsx 第" not in str([piece.facts for piece in box.pieces])


# ── the whole ────────────────────────────────────────────────────────────────


def test_the_contents_list_every_file(folder: Path) -> None:
    text = pdf_text(folder / contents.CONTENTS)
    listed = [path for path in files_of(folder) if not path.startswith((".", "manifest")) and path != contents.CONTENTS]
    assert f"共{len(listed)}份文件" in text
    assert not unsaid([path.partition("/")[2] for path in listed], text)


def test_the_remarks_on_the_whole_are_those_of_the_boxes(edition: Edition, folder: Path) -> None:
    text = said(folder / contents.REMARKS)
    for _, remarks in boxes_of(edition):
        for told in (*remarks.missing, *remarks.unknown, *remarks.conflicts):
            assert told in text


@needs_office
@pytest.mark.slow
def test_the_papers_open_in_an_office_program(edition: Edition, folder: Path, tmp_path: Path) -> None:
    box = next(box for box, _ in boxes_of(edition) if box.task.task.no == 5)
    file = folder / box.folder / boxes.CATALOGUE
    text = pdf_text(as_pdf(file, tmp_path))
    assert not unsaid([item.title for item in box.items], text, signs=False)
    assert as_pdf(folder / box.folder / boxes.UNITS, tmp_path).stat().st_size


def test_of_the_same_facts_every_paper_is_the_same(edition: Edition, folder: Path, tmp_path: Path) -> None:
    box, _ = next(boxes_of(edition))
    for piece in box.pieces:
        target = tmp_path / piece.path.rpartition("/")[2]
        piece.make(Making(edition, target, {path: folder / path for path in piece.sources}), *piece.told)
        assert target.read_bytes() == (folder / piece.path).read_bytes(), piece.path
    assert texts_of(Writer().paper(["题"])) == ["题"]


def test_of_one_township_only_its_evidence() -> None:
    elsewhere = county_edition(proofs=PROOFS, township=RIVER)
    there = county_edition(proofs=PROOFS, township=TOWN)
    named = [[item.title for box, _ in boxes_of(edition) for item in box.items] for edition in (elsewhere, there)]
    assert [any(LONG[:20] in title for title in titles) for titles in named] == [False, True]
