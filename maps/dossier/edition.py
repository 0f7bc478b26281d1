"""What one dossier is made of: the facts of one moment, and for whom it is made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from maps.errors import DossierRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place
    from geo.store import Store
    from geo.store.transactions import Reading

PAPERS: Final = ("A3", "A4")


@dataclass(frozen=True)
class Proof:
    """A file that was given as evidence, of a task (`task`, `item`) or of a unit (`unit_code`, `facility`)."""

    name: str
    media_type: str
    sha256: str
    recorded_on: date
    content: bytes = field(repr=False)
    task: int | None = None
    item: str | None = None
    unit_code: str | None = None
    facility: str | None = None


@dataclass(frozen=True)
class Edition:
    """A dossier's facts. `layers` are cut to `assessment.as_of`; geometries EPSG:4490.

    `before`: the assessment and layers of an earlier day that the comparison sheets start from.
    `store_digest`: of all that the store holds by then. `public`: leaves out personal data and
    internal notes, and is refused without `review_number` and `entered_by`, which people supply,
    never the program. `address`: where the unit pages are served, for QR codes; None prints the code alone.
    `township`: the dossier of one township only. `paper`: of the atlas, landscape. `hide_points`: layers whose
    own points a public dossier leaves out; what is drawn stands at its unit. `reports`: layer → the rows of all
    reports in force as they came, without private columns. `report_template`: the office's own DOCX of the report.
    """

    place: Place
    assessment: Assessment
    layers: Layers
    store_digest: str
    version: str
    before: tuple[Assessment, Layers] | None = None
    proofs: tuple[Proof, ...] = ()
    township: str | None = None
    paper: str = "A3"
    public: bool = False
    review_number: str | None = None
    entered_by: str | None = None
    address: str | None = None
    hide_points: tuple[str, ...] = ()
    reports: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    report_template: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what `check` refuses."""
        before = self.before[0].as_of if self.before else None
        check(
            as_of=self.as_of,
            before=before,
            paper=self.paper,
            public=self.public,
            review_number=self.review_number,
            entered_by=self.entered_by,
        )

    @property
    def as_of(self) -> date:
        """The day the dossier speaks of."""
        return self.assessment.as_of

    @property
    def gazetteer(self) -> Gazetteer:
        """The units with every name and code."""
        return self.place.gazetteer

    @property
    def usage(self) -> str:
        """Return what a map's margin says of its use: the review number, or that it is internal."""
        return f"审图号：{self.review_number}" if self.public else "内部用图 不得公开"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The assessment in the form of assessment.json."""
        return self.assessment.to_dict()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that a dossier's bytes depend on."""
        told = {
            "store": self.store_digest,
            "plan": self.assessment.plan.sha256,
            "version": self.version,
            "as_of": self.as_of.isoformat(),
            "known_on": self.assessment.known_on.isoformat() if self.assessment.known_on else None,
            "before": self.before[0].as_of.isoformat() if self.before else None,
            "township": self.township,
            "paper": self.paper,
            "public": self.public,
            "review_number": self.review_number,
            "entered_by": self.entered_by,
            "address": self.address,
            "hide_points": list(self.hide_points),
            "proofs": [(proof.sha256, proof.name, proof.task, proof.item, proof.unit_code) for proof in self.proofs],
            "report_template": None
            if self.report_template is None
            else hashlib.sha256(self.report_template).hexdigest(),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def check(
    *, as_of: date, before: date | None, paper: str, public: bool, review_number: str | None, entered_by: str | None
) -> None:
    """Refuse a public edition without its review number, and what no edition can be. Raises DossierRefused."""
    if paper not in PAPERS:
        msg = f"图集的纸张只有 {'、'.join(PAPERS)}，没有“{paper}”"
        raise DossierRefused(msg)
    if before is not None and before >= as_of:
        msg = f"对比的日期 {before.isoformat()} 要早于截止日期 {as_of.isoformat()}"
        raise DossierRefused(msg)
    if public and not (review_number and entered_by):
        msg = "公开版要有审图号（--review-number）和填写人（--entered-by），由人填写，程序不代填"
        raise DossierRefused(msg)
    if not public and (review_number or entered_by):
        msg = "审图号和填写人只用于公开版（--public）：请选公开版，或把这两项留空"
        raise DossierRefused(msg)


def edition_of(
    store: Store,
    *,
    as_of: date,
    known_on: date | None = None,
    before: date | None = None,
    township: str | None = None,
    paper: str = "A3",
    public: bool = False,
    review_number: str | None = None,
    entered_by: str | None = None,
    address: str | None = None,
    hide_points: tuple[str, ...] = (),
    report_template: bytes | None = None,
) -> Edition:
    """Read a store at one moment into an edition. Raises DossierRefused for what no edition can be."""
    from importlib.metadata import version

    from geo.assess import assess
    from geo.store.digests import data_digest

    with store.reading() as moment:
        place, plan = moment.place(), moment.plan(known_on=known_on)
        layers = moment.layers(as_of=as_of, known_on=known_on)
        digest = data_digest(moment.connection, known_on)
        proofs = tuple(_proofs(moment, known_on))
        reports = _reports(moment, layers)
    earlier = None
    if before is not None:
        then = layers.on(before)
        earlier = assess(then, plan, as_of=before, place_name=place.name), then
    return Edition(
        place=place,
        assessment=assess(layers, plan, as_of=as_of, place_name=place.name),
        layers=layers,
        store_digest=digest,
        version=version("kepu-atlas"),
        before=earlier,
        township=township,
        paper=paper,
        public=public,
        review_number=review_number,
        entered_by=entered_by,
        address=address,
        hide_points=hide_points,
        proofs=proofs,
        reports=reports,
        report_template=report_template,
    )


def _proofs(moment: Reading, known_on: date | None) -> Iterator[Proof]:
    """Yield the files of evidence that stand, the oldest first; what they prove is for people to say."""
    for one in moment.evidence(known_on=known_on):
        yield Proof(
            name=one.name,
            media_type=one.media_type,
            sha256=one.sha256,
            recorded_on=one.recorded_on,
            content=moment.evidence_content(one.number),
            task=one.task,
            item=one.item,
            unit_code=one.unit_code,
            facility=one.facility,
        )


def _reports(moment: Reading, layers: Layers) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that the layers were read from, as they came."""
    from geo.schema import LAYERS, REPORTED_LAYERS
    from geo.store.records import read_records

    return {name: read_records(moment.connection, LAYERS[name], layers.days).records() for name in REPORTED_LAYERS}
