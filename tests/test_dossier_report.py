"""The report: its figures are the assessment's, DOCX and PDF say the same, in the form of official papers."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from geo.assess import assess
from geo.faults import printable
from geo.percentages import percent
from maps.dossier import report
from maps.dossier.openness import shown
from maps.dossier.pieces import Making
from maps.errors import DossierRefused
from maps.report.content import report_paper
from maps.report.docx import paper_docx
from maps.report.docx_template import REPORT
from maps.report.model import Writer, chinese, texts_of
from maps.report.pdf import paper_pdf
from tests.dossiers import HOSTILE, county_edition, demo_edition
from tests.office import as_pdf, docx_texts, needs_office, pdf_fonts, pdf_text, unsaid
from tests.support import AS_OF, county_plan, layers_of

if TYPE_CHECKING:
    from pathlib import Path

    from maps.dossier.edition import Edition

JINJA = ("{{ 7 * 7 }}", "{% for x in y %}", "{#a#}", "{{ cell", "<w:p>&amp;</w:p>")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return demo_edition()


@pytest.fixture(scope="module")
def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (420, 297), "white").save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def paper(edition: Edition) -> dict[str, Any]:
    return report_paper(edition, {"17.village.station": "maps/17.png"})


@pytest.fixture(scope="module")
def word(paper: dict[str, Any], picture: bytes) -> bytes:
    return paper_docx(paper, day=AS_OF, pictures={"maps/17.png": picture})


@pytest.fixture(scope="module")
def printed(paper: dict[str, Any], picture: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.pdf"
    file.write_bytes(paper_pdf(paper, day=AS_OF, pictures={"maps/17.png": picture}))
    return file


def tables(paper: dict[str, Any]) -> list[dict[str, Any]]:
    return [block["table"] for block in paper["blocks"] if "table" in block]


# ── what it says ─────────────────────────────────────────────────────────────


def test_the_overview_has_the_figures_of_the_assessment(edition: Edition, paper: dict[str, Any]) -> None:
    rules = [(task, rule) for task in edition.facts["tasks"] for rule in task["rules"]]
    rows = tables(paper)[0]["rows"]
    assert len(rows) == len(rules)
    for row, (task, rule) in zip(rows, rules, strict=True):
        units = rule["units"]
        assert row[:2] == [str(task["no"]), rule["requirement"]]
        assert row[2:4] == [str(units["in_scope"]), str(units["met"])]
        assert row[4] in {"—", str(units["met_shared"])}
        assert row[5:8] == [str(units[name]) for name in ("not_met", "unknown", "not_applicable")]


def test_each_finding_tells_its_figures_and_denominator(edition: Edition, paper: dict[str, Any]) -> None:
    said = [block["body"] for block in paper["blocks"] if "body" in block]
    for task in edition.facts["tasks"]:
        for rule in task["rules"]:
            found = [text for text in said if text.startswith(f"{rule['requirement']}：")]
            units = rule["units"]
            if rule["unit"] == "city":
                assert any(rule["findings"][0]["reason"] in text for text in found)
                continue
            (text,) = [text for text in found if "应评" in text]
            for word, name in (("达标", "met"), ("未达标", "not_met"), ("未上报", "unknown")):
                assert f"{word}{units[name]}" in text
            assert re.search(rf"应评\D+{units['in_scope']}[个所处]，", text)


def test_townships_add_up_and_gaps_are_all_listed(edition: Edition, paper: dict[str, Any]) -> None:
    listed = {table["caption"].split(maxsplit=1)[1]: table["rows"] for table in tables(paper) if table["caption"]}
    for task in edition.facts["tasks"]:
        for rule in task["rules"]:
            gaps = [finding for finding in rule["findings"] if finding["state"] in ("not_met", "unknown")]
            if rule["unit"] == "city":
                continue
            if gaps:
                rows = listed[f"{rule['requirement']}：未达标和未上报的单位（{len(gaps)}）"]
                assert sorted(row[1] for row in rows) == sorted(finding["unit_name"] for finding in gaps)
            if rule["unit"] != "township":
                *rows, whole = listed[rule["requirement"]]
                assert [int(whole[1]), int(whole[2])] == [rule["units"]["in_scope"], rule["units"]["met"]]
                for at in range(1, len(whole) - 1):
                    assert sum(int(row[at]) for row in rows) == int(whole[at])


def test_every_task_with_its_requirement_and_who_is_to_see_to_it(edition: Edition, paper: dict[str, Any]) -> None:
    said = texts_of(paper)
    for task in edition.facts["tasks"]:
        assert any(text.endswith(f"任务{task['no']}：{task['title']}") for text in said)
        assert f"方案“{task['section']}”：{task['requirement']}" in said
        assert f"牵头单位：{'、'.join(task['lead'])}。" in said


def test_what_has_no_data_says_so_and_measures_stay_empty(edition: Edition, paper: dict[str, Any]) -> None:
    said = "\n".join(texts_of(paper))
    bare = [rule for task in edition.facts["tasks"] for rule in task["rules"]
            if rule["units"]["unknown"] == rule["units"]["in_scope"]]  # fmt: skip
    assert bare
    for rule in bare:
        assert f"{rule['requirement']}：没有任何数据。" in said
    measures = [table for table in tables(paper) if table["header"][1].startswith("整改措施")]
    assert len(measures) == len(edition.facts["tasks"])
    assert all(set(row[1:]) == {""} for table in measures for row in table["rows"])


def test_a_place_without_reports_still_has_a_report() -> None:
    edition = county_edition()
    empty = layers_of(as_of=AS_OF)
    edition = replace(edition, layers=empty, assessment=assess(empty, county_plan(), as_of=AS_OF, place_name="云岭县"))
    said = texts_of(report_paper(edition, {}))
    for rule in edition.assessment.plan.rules:
        (told,) = [text for text in said if re.match(re.escape(rule.requirement) + "：没有(任何数据|应评的)", text)]
        assert told.endswith("判定：待判定。") or "不适用）" in told
    assert "没有任何报表。" in said


@pytest.mark.parametrize(
    ("value", "told"),
    [(1.0, "100%"), (0.99999, "99.9%"), (0.7996, "79.9%"), (0.8125, "81.2%"), (0.0, "0%"), (0.58, "58%")],
)
def test_a_share_never_reads_as_more_than_it_is(value: float, told: str) -> None:
    assert percent(value) == told


def test_numbers_of_headings() -> None:
    assert [chinese(n) for n in (1, 10, 11, 20, 31, 99)] == ["一", "十", "十一", "二十", "三十一", "九十九"]
    writer = Writer()
    for level in (1, 2, 3, 3, 2, 3, 1, 2):
        writer.head(level, "题")
    heads = [next(iter(block.values())) for block in writer.blocks]
    assert heads == ["一、题", "（一）题", "1．题", "2．题", "（二）题", "1．题", "二、题", "（一）题"]


def test_of_one_township_only_its_units(edition: Edition) -> None:
    stations = edition.assessment.rule("17.village.station").findings
    home = next(finding["township_code"] for finding in stations if finding["state"] == "not_met")
    one = replace(edition, township=home)
    paper = report_paper(one, {})
    homes = {row[0] for table in tables(paper) if table["header"][0] == "乡镇（街道）" for row in table["rows"]}
    assert homes == {edition.gazetteer.name_of(home), "合计"}


def test_a_public_report_names_no_file_and_its_number_is_a_persons(edition: Edition) -> None:
    public = shown(replace(edition, public=True, review_number="审字2022第1号", entered_by="填表人"))
    said = "\n".join(texts_of(report_paper(public, {})))
    assert "审图号：审字2022第1号（填写人：填表人）" in said
    assert "内部资料" not in said
    assert ".xlsx" not in said
    assert ".csv" not in said


# ── DOCX and PDF ─────────────────────────────────────────────────────────────


def test_docx_and_pdf_say_the_same(paper: dict[str, Any], word: bytes, printed: Path) -> None:
    said = texts_of(paper)
    assert list(docx_texts(docx.Document(io.BytesIO(word)))) == _with_absent(paper, said)
    assert not unsaid(said, pdf_text(printed))


def _with_absent(paper: dict[str, Any], said: list[str]) -> list[str]:
    """A DOCX says of a picture that isn't there that it isn't."""
    absent = {block["picture"]["caption"] for block in paper["blocks"]
              if "picture" in block and block["picture"]["path"] != "maps/17.png"}  # fmt: skip
    return [told for text in said for told in (("（没有图件）", text) if text in absent else (text,))]


@needs_office
@pytest.mark.slow
def test_libreoffice_prints_the_same(paper: dict[str, Any], word: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.docx"
    file.write_bytes(word)
    # A sign that hangs in the margin comes later in the text of the page.
    assert not unsaid(texts_of(paper), pdf_text(as_pdf(file, tmp_path)), signs=False)


def test_the_form_of_official_papers(word: bytes) -> None:
    document = docx.Document(io.BytesIO(word))
    (section,) = document.sections
    width, height = section.page_width or 0, section.page_height or 0
    top, left, right, bottom = (
        side or 0 for side in (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    )
    sides = (width, height, top, left, width - left - right, height - top - bottom)
    assert [round(side / Mm(1), 1) for side in sides] == [210, 297, 37, 28, 156, 225]
    for name, font, size in (
        ("公文标题", "方正小标宋简体", 22),
        ("正文段落", "仿宋_GB2312", 16),
        ("一级标题", "黑体", 16),
        ("二级标题", "楷体_GB2312", 16),
    ):
        style = document.styles[name]
        assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == font
        assert style.font.size == Pt(size)
    assert document.styles["正文段落"].paragraph_format.line_spacing == Pt(28)
    assert "PAGE" in document.sections[0].footer._element.xml
    assert document.settings.odd_and_even_pages_header_footer


def test_elements_stand_in_the_order_that_word_wants(word: bytes) -> None:
    """Word refuses files, and LibreOffice reads them all the same, whose properties stand in another order."""
    document = docx.Document(io.BytesIO(word))
    orders = {
        "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl spacing ind contextualSpacing jc outlineLvl rPr",
        "rPr": "rStyle rFonts b bCs i iCs color spacing w kern position sz szCs lang",
        "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook",
    }
    ours = [style.element for style in document.styles if not style.name.isascii() or style.name == "Normal"]
    for root in (document.element, *ours):
        for name, order in orders.items():
            for properties in root.iter(qn(f"w:{name}")):
                found = [child.tag.rpartition("}")[2] for child in properties]
                assert found == sorted(found, key=order.split().index), name


def test_pdf_fonts_are_embedded_and_pages_are_a4(printed: Path) -> None:
    import pikepdf

    fonts = pdf_fonts(printed)
    assert fonts
    assert all(row[-5] == "yes" for row in fonts)
    with pikepdf.open(printed) as pdf:
        boxes = {tuple(round(float(side)) for side in page.mediabox) for page in pdf.pages}
    assert boxes == {(0, 0, 595, 842)}


def test_the_same_values_give_the_same_bytes(paper: dict[str, Any], word: bytes, printed: Path, picture: bytes) -> None:
    assert paper_docx(paper, day=AS_OF, pictures={"maps/17.png": picture}) == word
    assert paper_pdf(paper, day=AS_OF, pictures={"maps/17.png": picture}) == printed.read_bytes()


def test_what_users_wrote_is_never_a_tag_or_markup(tmp_path: Path) -> None:
    writer = Writer()
    names = [*HOSTILE, *JINJA]
    for name in names:
        writer.say(name)
    writer.table("名", ["名"], [[name] for name in names], [1])
    paper = writer.paper(["题"])
    told = list(docx_texts(docx.Document(io.BytesIO(paper_docx(paper, day=AS_OF)))))
    assert told == texts_of(paper)
    assert printable(HOSTILE[-2]) in told
    file = tmp_path / "names.pdf"
    file.write_bytes(paper_pdf(paper, day=AS_OF))
    assert not unsaid(texts_of(paper), pdf_text(file))


def test_a_sign_that_no_font_has_is_named() -> None:
    paper = Writer().paper(["甲ཀ㙍"])
    report.tell_undrawn(paper)
    assert "U+0F40" in paper["blocks"][-1]["note"]
    assert "㙍" not in paper["blocks"][-1]["note"]


# ── the office's own template ────────────────────────────────────────────────


def edited(text: str) -> bytes:
    document = docx.Document(str(REPORT))
    document.paragraphs[0].insert_paragraph_before(text)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def test_the_office_may_edit_the_template(tmp_path: Path) -> None:
    edition = county_edition(report_template=edited("某某市科学技术协会文件"))
    target = tmp_path / "r.docx"
    piece = report.pieces(edition)[0]
    piece.make(Making(edition, target, {}), *piece.told)
    assert docx.Document(str(target)).paragraphs[0].text == "某某市科学技术协会文件"
    assert edition.digest != county_edition().digest


@pytest.mark.parametrize("text", ["{{ ''.__class__.__mro__ }}", "{% if %}"])
def test_a_template_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DossierRefused, match="模板"):
        paper_docx(Writer().paper(["题"]), day=AS_OF, template=edited(text))


def test_a_template_that_is_no_docx_is_refused() -> None:
    with pytest.raises(DossierRefused, match="模板"):
        paper_docx(Writer().paper(["题"]), day=AS_OF, template=b"no document")


def test_the_shipped_templates_are_what_the_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from maps.report import docx_template as made

    monkeypatch.setattr(made, "TEMPLATES", tmp_path)
    monkeypatch.setattr(made, "REPORT", tmp_path / "report.docx")
    monkeypatch.setattr(made, "SHEET", tmp_path / "sheet.docx")
    shipped = REPORT.parent
    made.main()
    for name in ("report.docx", "sheet.docx"):
        old, new = (docx.Document(str(folder / name)) for folder in (shipped, tmp_path))
        assert old.element.xml == new.element.xml
        assert old.styles.element.xml == new.styles.element.xml


def test_the_pieces_wait_for_the_pictures_that_they_show(edition: Edition) -> None:
    word, pdf = report.pieces(edition)
    assert [path.removesuffix(".png") for path in word.sources] == [path.removesuffix(".pdf") for path in pdf.sources]
    assert pdf.sources
