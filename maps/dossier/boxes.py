"""The archive boxes (档案盒): per task a folder with contents, finding, maps, tables, evidence, scores, remarks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from geo.list_books import lists_book
from maps.atlas.titles import rule_title
from maps.dossier.file_names import safe_file, safe_name
from maps.dossier.openness import shown
from maps.dossier.paging import pages_of
from maps.dossier.pieces import Piece
from maps.dossier.proofs import bare, ending_of, is_broken, proofs_of, stem_of
from maps.dossier.sheets import sheets_of
from maps.report.boxes import Item, catalogue_paper, finding_paper, remarks_paper, score_paper
from maps.report.docx import paper_docx
from maps.report.extracts import all_sheets
from maps.report.pdf import paper_pdf
from maps.report.remarks import figure_rows, remarks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.assessment import TaskResult
    from geo.list_books import ListSheet
    from maps.dossier.edition import Edition, Proof
    from maps.dossier.pieces import Making
    from maps.report.boxes import Remarks

FOLDER: Final = "03_档案盒"
_TITLE_LENGTH: Final = 40
CATALOGUE, FINDING, UNITS, SCORES, REMARKS = (
    "00_卷内目录.docx", "01_认定情况.pdf", "03_单位台账和来源行.xlsx", "05_评分表.docx", "06_备考表.docx"
)  # fmt: skip
_MAP, _PROOF = "02_图", "04_佐证"


@dataclass
class Box:
    """A box being filled: its folder, its pieces and the lines of its 卷内目录, in the same order."""

    edition: Edition
    task: TaskResult
    pieces: list[Piece] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)

    @property
    def folder(self) -> str:
        """Its folder in the dossier."""
        told = self.task.task
        return f"{FOLDER}/{told.no:02d}_{safe_name(told.title, longest=_TITLE_LENGTH)}"

    def put(self, name: str, title: str, piece: tuple[Any, Any, tuple[Any, ...], tuple[str, ...]], **item: Any) -> None:
        """Add a file, as (make, facts, told, sources), and its line."""
        make, facts, told, sources = piece
        path = f"{self.folder}/{name}"
        self.pieces.append(Piece(path, make, facts, told=told, sources=sources))
        self.items.append(Item(title, path, **item))


def pieces(edition: Edition) -> list[Piece]:
    """Return all files of all boxes; a file of evidence lies in the first of those that it belongs to."""
    return [piece for box, _ in boxes_of(edition) for piece in box.pieces]


def boxes_of(edition: Edition) -> Iterator[tuple[Box, Remarks]]:
    """Yield each task's box and the remarks on it."""
    seen = shown(edition)
    homes: dict[int, Box] = {}
    sheets = sheets_of(seen)
    for task in seen.assessment.tasks:
        box = Box(seen, task)
        paper = finding_paper(seen, task)
        day = seen.as_of.isoformat()
        author = seen.place.maker
        told = {"author": author, "day": seen.as_of}
        box.put(FINDING, f"{task.task.title}认定情况", (write_pdf, [paper, day], (paper,), ()), **told)
        for result in task.rules:
            if result.rule.id in sheets:
                source, title = sheets[result.rule.id].pdf, rule_title(result.rule)
                name = safe_file(f"{_MAP}_{title}", ".pdf")
                box.put(name, f"{title}分布图", (copy_sheet, [source], (source,), (source,)), **told)
        tables = list(all_sheets(seen, task))
        facts = [[sheet.name, sheet.header, sheet.rows] for sheet in tables]
        box.put(UNITS, "单位台账和来源行摘录", (write_tables, [facts, day], (task.task.no,), ()), **told)
        given, broken = _put_proofs(box, homes)
        _tell_documents(box)
        paper = score_paper(seen, task)
        box.put(SCORES, "考核评分表（待填）", (write_docx, [paper, day], (paper,), ()), remark="分值由评审人员填写")
        remarks = remarks_of(seen, task, proofs=given, broken=broken, mapped=list(sheets))
        paper = remarks_paper(seen, task, remarks, len(box.pieces) + 2)
        box.put(REMARKS, "卷内备考表", (write_docx, [paper, day], (paper,), ()), **told)
        lines = [[item.title, item.path, item.number, item.author, item.remark] for item in box.items]
        sources = tuple(piece.path for piece in box.pieces)
        catalogue = Piece(
            f"{box.folder}/{CATALOGUE}", write_catalogue, [lines, day, task.task.title],
            told=(task.task.no, tuple(box.items)), sources=sources,
        )  # fmt: skip
        box.pieces.insert(0, catalogue)
        yield box, remarks


def _put_proofs(box: Box, homes: dict[int, Box]) -> tuple[int, list[str]]:
    """Put in what was given as evidence; returns how many files that were, and the names of broken ones."""
    given, broken = 0, []
    for number, proof in proofs_of(box.edition, box.task):
        title = _proof_title(box.edition, proof)
        if is_broken(proof):
            broken.append(proof.name)
            box.items.append(Item(title, day=proof.recorded_on, remark="照片已损坏，未归入"))
            continue
        given += 1
        home = homes.setdefault(number, box)
        if home is not box:
            box.items.append(Item(title, day=proof.recorded_on, remark=f"存于任务{home.task.task.no}的盒"))
            continue
        name = safe_file(f"{_PROOF}{given:02d}_{stem_of(proof)}", ending_of(proof))
        box.put(name, title, (copy_proof, [proof.sha256], (number,), ()), day=proof.recorded_on)
    return given, broken


def _proof_title(edition: Edition, proof: Proof) -> str:
    about = proof.item or (edition.gazetteer.full_name(proof.unit_code) if proof.unit_code else "")
    return f"{about}：{stem_of(proof)}" if about else stem_of(proof)


def _tell_documents(box: Box) -> None:
    """List the documents that figures and declarations name, which people have to put in."""
    if box.edition.public:
        return
    for row in figure_rows(box.edition, box.task):
        if isinstance(row["evidence"], str):
            box.items.append(Item(f"{row['item']}（佐证）", number=row["evidence"], remark="原件或复印件待归入"))


def write_pdf(making: Making, /, *told: Any) -> None:
    """Write a paper as PDF."""
    making.target.write_bytes(paper_pdf(told[0], day=making.edition.as_of))


def write_docx(making: Making, /, *told: Any) -> None:
    """Write a paper as DOCX."""
    making.target.write_bytes(paper_docx(told[0], day=making.edition.as_of))


def write_catalogue(making: Making, /, *told: Any) -> None:
    """Write the 卷内目录 of a task's box, which tells on which page each of its files begins."""
    number, items = told
    pages = {path: pages_of(file) for path, file in making.sources.items()}
    paper = catalogue_paper(making.edition, _task(making.edition, number), items, pages)
    making.target.write_bytes(paper_docx(paper, day=making.edition.as_of))


def write_tables(making: Making, /, *told: Any) -> None:
    """Write the workbook of a task's units and of the source rows."""
    edition = shown(making.edition)
    task = _task(edition, told[0])
    tables: list[ListSheet] = list(all_sheets(edition, task))
    about = [("任务", f"{task.task.no} {task.task.title}"), ("截至", edition.as_of), ("判定", task.state.verdict_label),
             ("说明", "来源行为入库时的值，不含责任人和联系电话；空白是没有填报，不是“无”。")]  # fmt: skip
    title = f"任务{task.task.no} {task.task.title}：单位台账和来源行"
    making.target.write_bytes(lists_book(tables, title=title, about=("说明", about), day=edition.as_of))


def copy_sheet(making: Making, /, *told: Any) -> None:
    """Put in a copy of a map sheet."""
    shutil.copyfile(making.sources[told[0]], making.target)


def copy_proof(making: Making, /, *told: Any) -> None:
    """Put in a file of evidence."""
    making.target.write_bytes(bare(making.edition.proofs[told[0]]))


def _task(edition: Edition, number: int) -> TaskResult:
    return next(task for task in edition.assessment.tasks if task.task.no == number)
