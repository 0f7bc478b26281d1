"""The atlas of an edition: overview, a sheet for every mapped rule, a sheet with its tables for every township."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maps.atlas.comparisons import comparison_sheets
from maps.atlas.ground import ground_of
from maps.atlas.overview import overview_sheet
from maps.atlas.papers import PAPERS
from maps.atlas.setting import set_sheets
from maps.atlas.tasks import task_sheet, task_sheets
from maps.atlas.texts import TEXTS
from maps.atlas.titles import mapped
from maps.atlas.townships import township_sheets

if TYPE_CHECKING:
    from maps.atlas.sheets import Sheet
    from maps.dossier.edition import Edition


def atlas_sheets(edition: Edition) -> list[Sheet]:
    """Return all sheets in their order; of an edition of one township only its own."""
    paper, ground = PAPERS[edition.paper], ground_of(edition)
    townships = township_sheets(edition, ground, paper)
    if edition.township is not None:
        return townships
    others = [*task_sheets(edition, ground, paper), *townships]
    return [overview_sheet(edition, ground, paper, others), *others]


def atlas_pdf(edition: Edition) -> bytes:
    """Return the atlas as one PDF. The same edition gives the same bytes."""
    title = TEXTS["title"].format(place=edition.place.name)
    return set_sheets(edition, atlas_sheets(edition), PAPERS[edition.paper], title=title)


def rule_sheet(edition: Edition, rule_id: str) -> Sheet:
    """Return the sheet of one rule. Raises UnknownRule for one that the plan hasn't got."""
    edition.assessment.plan.rule(rule_id)
    task, result = next(pair for pair in mapped(edition.assessment) if pair[1].rule.id == rule_id)
    return task_sheet(edition, ground_of(edition), PAPERS[edition.paper], task, result)


def rule_pdf(edition: Edition, rule_id: str) -> bytes:
    """Return the sheet of one rule as a PDF of one page."""
    sheet = rule_sheet(edition, rule_id)
    return set_sheets(edition, [sheet], PAPERS[edition.paper], title=sheet.title, single=True)


def rule_picture(edition: Edition, rule_id: str) -> bytes:
    """Return the sheet of one rule as a PNG of 200 dots an inch."""
    sheet = rule_sheet(edition, rule_id)
    return set_sheets(edition, [sheet], PAPERS[edition.paper], title=sheet.title, single=True, dpi=200)


def comparison_sheets_of(edition: Edition) -> list[Sheet]:
    """Return the sheets that compare an edition's two days; none where it has a single day."""
    if edition.before is None:
        return []
    grounds = ground_of(edition, before=True), ground_of(edition)
    return comparison_sheets(edition, grounds, PAPERS[edition.paper])


def comparison_pdf(edition: Edition) -> bytes:
    """Return the comparison of an edition's two days as one PDF."""
    sheets = comparison_sheets_of(edition)
    return set_sheets(edition, sheets, PAPERS[edition.paper], title=sheets[0].title)
