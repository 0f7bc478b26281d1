"""Makes the template that DOCX papers are filled into: `python -m maps.report.docx_template`.

The office may edit the file in WPS or Word, see docs/DOSSIER.md; this script is where ours comes from.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

TEMPLATES: Final = Path(__file__).parent / "templates"
REPORT: Final = TEMPLATES / "report.docx"
SHEET: Final = TEMPLATES / "sheet.docx"
_BODY, _HEI, _KAI, _TITLE, _SONG = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "宋体"
_LARGE: Final = 16
_LATIN: Final = "Times New Roman"
_CLOSER: Final = "-5"
"""20ths of a point by which characters of 16 pt stand closer, so that 28 of them fit on 156 mm (a grid of
characters is drawn differently by each office program)."""


def main() -> None:
    """Write both templates: the report's, and the tighter one of the papers in the boxes."""
    TEMPLATES.mkdir(exist_ok=True)
    for path, size, line in ((REPORT, _LARGE, 28), (SHEET, 12, 20)):
        document = _blank()
        _styles(document, size, line)
        _fill(document)
        document.save(str(path))


def _blank() -> Document:
    import docx
    from docx.shared import Mm

    document = docx.Document()
    for paragraph in list(document.paragraphs):
        _element(paragraph).getparent().remove(_element(paragraph))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(26), Mm(35)
    section.footer_distance = Mm(35 - 7 - 5)
    document.settings.odd_and_even_pages_header_footer = True
    for grid in section._sectPr.findall(_name("w:docGrid")):
        section._sectPr.remove(grid)
    for footer, right in ((section.footer, True), (section.even_page_footer, False)):
        _page_number(footer.paragraphs[0], right=right)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    return document


def _page_number(paragraph: Paragraph, *, right: bool) -> None:
    """Write — 1 —, four-size Song, one character from the outer edge."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    side = paragraph.paragraph_format
    side.right_indent, side.left_indent = (Pt(14), None) if right else (None, Pt(14))
    for kind in ("— ", "begin", "PAGE", "end", " —"):
        run = paragraph.add_run("" if kind in ("begin", "PAGE", "end") else kind)
        _font(run, _SONG, 14)
        if kind == "PAGE":
            run._r.append(_made("w:instrText", text=kind))
        elif kind in ("begin", "end"):
            run._r.append(_made("w:fldChar", fldCharType=kind))


def _styles(document: Document, size: int, line: int) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
    from docx.shared import Pt

    big = 22 if size == _LARGE else 18
    for language in document.styles.element.iter(_name("w:lang")):
        language.set(_name("w:eastAsia"), "zh-CN")
    looks = (
        # name, font, size, bold, line, indent in characters, centred, outline level
        ("Normal", _BODY, size, False, line, 0, False, None),
        ("公文标题", _TITLE, big, False, 33 if size == _LARGE else 28, 0, True, None),
        ("公文副题", _KAI, size - 2, False, line, 0, True, None),
        ("一级标题", _HEI, size, False, line, 2, False, 0),
        ("二级标题", _KAI, size, False, line, 2, False, 1),
        ("三级标题", _BODY, size, True, line, 2, False, 2),
        ("正文段落", _BODY, size, False, line, 2, False, None),
        ("附注", _BODY, 10.5, False, 15, 0, False, None),
        ("图表题", _HEI, 10.5, False, 18, 0, True, None),
        ("图片", _BODY, 10.5, False, 0, 0, True, None),
        ("表头", _HEI, 10.5, False, 15, 0, True, None),
        ("表文", _BODY, 10.5, False, 15, 0, False, None),
    )
    for name, font, points, bold, pitch, indent, centred, level in looks:
        styles = document.styles
        style = styles[name] if name == "Normal" else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _font(style, font, points)
        style.font.bold = bold
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        if pitch:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
        else:
            form.line_spacing_rule = WD_LINE_SPACING.SINGLE
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
        form.keep_with_next = level is not None or name in ("图表题", "图片")
        properties = style.element.get_or_add_pPr()
        if size == points == _LARGE:
            style.element.rPr.find(_name("w:sz")).addprevious(_made("w:spacing", val=_CLOSER))
        if indent:
            form.first_line_indent = Pt(indent * points)
            properties.find(_name("w:ind")).set(_name("w:firstLineChars"), str(indent * 100))
        if level is not None:
            properties.append(_made("w:outlineLvl", val=str(level)))
    document.styles["表头"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["表文"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT


def _fill(document: Document) -> None:
    """Write the tags: what is printed, once for each block of a paper."""
    lines = (
        ("{%p for line in title %}", "公文标题"), ("{{ line }}", "公文标题"), ("{%p endfor %}", "公文标题"),
        ("{%p for line in subtitle %}", "公文副题"), ("{{ line }}", "公文副题"), ("{%p endfor %}", "公文副题"),
        ("", "正文段落"),
        ("{%p for block in blocks %}", "正文段落"),
    )  # fmt: skip
    for text, style in lines:
        document.add_paragraph(text, style)
    kinds = {"heading1": "一级标题", "heading2": "二级标题", "heading3": "三级标题", "body": "正文段落", "note": "附注"}
    for kind, style in kinds.items():
        _when(document, kind, [("{{ block." + kind + " }}", style)])
    document.add_paragraph("{%p if block.picture %}", "正文段落")
    document.add_paragraph("{{ block.picture.shown }}", "图片")
    document.add_paragraph("{{ block.picture.caption }}", "图表题")
    document.add_paragraph("{%p endif %}", "正文段落")
    document.add_paragraph("{%p if block.table %}", "正文段落")
    _when(document, "table.caption", [("{{ block.table.caption }}", "图表题")])
    _table(document)
    document.add_paragraph("", "附注")
    document.add_paragraph("{%p endif %}", "正文段落")
    document.add_paragraph("{%p endfor %}", "正文段落")


def _when(document: Document, kind: str, lines: list[tuple[str, str]]) -> None:
    for text, style in (("{%p if block." + kind + " %}", "正文段落"), *lines, ("{%p endif %}", "正文段落")):
        document.add_paragraph(text, style)


def _table(document: Document) -> None:
    """Write a table whose rows and columns come from a block; its first row is printed on each page."""
    rows = (
        ("{%tc for cell in block.table.header %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr for row in block.table.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    margins = _made("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_made(f"w:{side}", w="57", type="dxa"))
    table._tbl.tblPr.find(_name("w:tblLook")).addprevious(margins)
    for line, (told, row) in enumerate(zip(rows, table.rows, strict=True)):
        row._tr.get_or_add_trPr().append(_made("w:cantSplit"))
        if line == 0:
            row._tr.get_or_add_trPr().append(_made("w:tblHeader"))
        for cell, text in zip(row.cells, told, strict=True):
            cell.paragraphs[0].style = document.styles["表头" if line == 0 else "表文"]
            cell.paragraphs[0].add_run(text)


def _font(target: Any, name: str, points: float) -> None:
    """Set a style's or a run's fonts: Chinese ones by the standard's names, none embedded."""
    from docx.shared import Pt

    target.font.name = _LATIN
    target.font.size = Pt(points)
    fonts = target.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_name(f"w:{theme}"), None)
    fonts.set(_name("w:eastAsia"), name)


def _element(paragraph: Paragraph) -> Any:
    return paragraph._p


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _made(tag: str, *, text: str | None = None, **attributes: str) -> Any:
    """Return an element of WordprocessingML."""
    from docx.oxml import OxmlElement

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_name(f"w:{name}"), value)
    if text is not None:
        element.text = text
    return element


if __name__ == "__main__":
    main()
