"""The page about where to build: the question, the answer with its proof, pictures, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.i18n import gettext
from api.sitings import MOST_SITES, SECONDS, Sited, Sitings
from api.snapshots import Snapshot
from api.texts import TEXTS
from api.views.siting_curve import Curve, curve_of
from api.views.siting_map import Built, SitingMap, centres_of, siting_map
from api.views.siting_query import HOWS, MODELS, SitingQuery, rules_of
from api.views.words import number, percent
from geo.fixes import Fix
from geo.proposals import NewSite, Proposal
from geo.schema import LAYERS
from geo.states import State

_MOST_SERVED: Final = 12


@dataclass(frozen=True)
class Row:
    """A site or a measure as listed. `told`: whom it serves or what it mends; `more`: how many are left out."""

    number: int
    name: str
    unit: str
    township: str
    told: tuple[str, ...]
    more: int
    people: str = ""
    what: str = ""
    cost: str = ""


@dataclass(frozen=True)
class SitingAnswer:
    """What was found. `words`: the sentences; `proof`: how good it is; `clashes`: why there is nothing."""

    words: tuple[str, ...]
    proof: tuple[str, ...]
    rows: tuple[Row, ...]
    left: tuple[tuple[str, str], ...]
    clashes: tuple[str, ...]
    curve: Curve | None
    axis: str
    map: SitingMap | None
    name: str
    is_fix: bool = False

    @property
    def possible(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self.rows)


def siting_form(shot: Snapshot, query: SitingQuery) -> dict[str, Any]:
    """What the form needs."""
    return {
        "query": query,
        "hows": HOWS,
        "models": MODELS,
        "most_sites": max(MOST_SITES, query.count),
        "rules": [
            (task, [rule for rule in rules_of(shot.plan, query.how) if rule in task.rules]) for task in shot.plan.tasks
        ],
    }


def solve(sitings: Sitings, shot: Snapshot, query: SitingQuery) -> Sited | Fix:
    """Answer a question. Raises InputRefused, UnknownRule."""
    if query.how == "cheapest":
        return sitings.fix(shot, query.rule, query.within, query.costs)
    return sitings.proposal(shot, query.question)


def siting_answer(shot: Snapshot, query: SitingQuery, found: Sited | Fix) -> SitingAnswer:
    """What the page tells of an answer."""
    return _of_fix(shot, query, found) if isinstance(found, Fix) else _of_proposal(shot, query, found)


def _of_proposal(shot: Snapshot, query: SitingQuery, sited: Sited) -> SitingAnswer:
    found = sited.proposal
    left = {code for code, _ in found.left}
    states = _states(shot, query.rule)
    mended = {code for code, state in states.items() if state in _OPEN and code not in left}
    built = [
        Built(n, site.name, site.lonlat, tuple(code for code, _, _ in site.serves))
        for n, site in enumerate(found.sites, 1)
    ]
    layer = gettext(LAYERS[found.layer].label)
    weighed = f"_{found.weight}" if found.model == "cover" else ""
    return SitingAnswer(
        words=tuple(_words(found, sited)),
        proof=tuple(_proof(found)),
        rows=tuple(_site_row(shot, n, site) for n, site in enumerate(found.sites, 1)),
        left=found.left,
        clashes=found.clashes,
        curve=curve_of(sited),
        axis="" if found.model == "cover-all" else TEXTS[f"siting_axis_{found.model}{weighed}"],
        map=siting_map(shot, [found.layer], states, mended, built, zoom=query.zoom is not None),
        name=TEXTS[f"siting_name_{query.how}"].format(n=len(found.sites), layer=layer),
    )


def _words(found: Proposal, sited: Sited) -> Iterable[str]:
    if found.status == "infeasible":
        yield TEXTS["siting_impossible"]
        return
    if not found.sites:
        yield TEXTS["siting_no_time"].format(seconds=number(SECONDS)) if found.gaps else TEXTS["siting_none_open"]
        return
    told = {"n": len(found.sites), "before": found.met_before, "after": found.met_after, "in_scope": found.in_scope}
    yield TEXTS["siting_all_met" if found.model == "cover-all" else "siting_met"].format(**told)
    if found.model == "median" and found.objective is not None and sited.weights:
        yield TEXTS["siting_mean"].format(metres=number(round(found.objective / sited.weights)))
    if found.model == "center" and found.objective is not None:
        yield TEXTS["siting_furthest"].format(metres=number(round(found.objective)))
    if found.left:
        yield TEXTS["siting_left"].format(n=len(found.left))


def _proof(found: Proposal) -> Iterable[str]:
    if found.sites:
        yield _proven(found.status, found.gap, found.seconds)
    yield TEXTS["siting_straight"]
    if found.estimated:
        yield TEXTS["siting_estimated"].format(n=found.estimated)
    if found.unlocated:
        yield TEXTS["siting_unlocated"].format(names=TEXTS["comma"].join(found.unlocated))


def _proven(status: str, gap: float | None, seconds: float) -> str:
    told = number(max(seconds, 0.01))
    if status == "optimal":
        return TEXTS["siting_optimal"].format(seconds=told)
    return TEXTS["siting_not_proven"].format(seconds=told, gap=percent(gap))


def _site_row(shot: Snapshot, n: int, site: NewSite) -> Row:
    served = [
        TEXTS["siting_served_self"].format(name=name)
        if metres == 0
        else TEXTS["siting_served"].format(name=name, metres=number(round(metres)))
        for _, name, metres in sorted(site.serves, key=lambda each: each[2])
    ]
    told = tuple(served[:_MOST_SERVED]) or (TEXTS["siting_serves_nobody"],)
    people = "" if site.people is None else number(round(site.people))
    town = shot.ground.gazetteer.name_of(site.township_code)
    return Row(n, site.name, site.unit_code, town, told, max(0, len(served) - _MOST_SERVED), people)


def _of_fix(shot: Snapshot, query: SitingQuery, found: Fix) -> SitingAnswer:
    states = _states(shot, query.rule)
    mended = {pair for step in found.steps for pair in step.mends}
    after = _states(shot, query.rule, mended)
    layers = [str(getattr(shot.plan.rule(rule), "layer", "")) for rule in query.rule]
    rows = tuple(_step_row(shot, n, step) for n, step in enumerate(found.steps, 1))
    names = {rule: shot.plan.rule(rule).requirement for rule in query.rule}
    cost = TEXTS["siting_cost"].format(n=len(rows), cost=number(found.cost))
    none = TEXTS["siting_cost_none" if found.status == "optimal" else "siting_no_time"].format(seconds=number(SECONDS))
    return SitingAnswer(
        words=(TEXTS["siting_impossible"] if found.status == "infeasible" else cost if rows else none,),
        proof=(*((_proven(found.status, found.gap, found.seconds),) if rows else ()), TEXTS["siting_straight"]),
        rows=rows,
        left=tuple((code, shot.ground.gazetteer.name_of(code)) for code, state in after.items() if state in _OPEN),
        clashes=tuple(TEXTS["siting_short"].format(rule=names[rule], n=n) for rule, n in found.short.items()),
        curve=None,
        axis="",
        map=siting_map(
            shot,
            layers,
            states,
            {code for code, state in after.items() if state == State.MET},
            _built(shot, found),
            zoom=query.zoom is not None,
        ),
        name=TEXTS["siting_name_cheapest"],
        is_fix=True,
    )


def _step_row(shot: Snapshot, n: int, step: Any) -> Row:
    name_of, measure = shot.ground.gazetteer.name_of, step.measure
    told = [
        TEXTS["siting_mended"].format(name=name_of(unit), requirement=shot.plan.rule(rule).requirement, why=why)
        for (rule, unit), why in step.mends.items()
    ]
    unit = _unit_of(step)
    return Row(
        n, name_of(unit), unit, "", tuple(told[:_MOST_SERVED]), max(0, len(told) - _MOST_SERVED),
        what=TEXTS[f"siting_kind_{measure.kind}"], cost=number(measure.cost),
    )  # fmt: skip


def _unit_of(step: Any) -> str:
    """Where a measure is done: a new facility in its unit, the others where they mend."""
    return str(getattr(step.measure, "unit", "") or next(iter(step.mends))[1])


def _built(shot: Snapshot, found: Fix) -> Sequence[Built]:
    centres = centres_of(shot)
    return [
        Built(n, shot.ground.gazetteer.name_of(unit), centres[unit], tuple(code for _, code in step.mends))
        for n, step in enumerate(found.steps, 1)
        if (unit := _unit_of(step)) in centres
    ]


_OPEN: Final = (State.NOT_MET, State.UNKNOWN)
_WORST: Final = (State.NOT_MET, State.UNKNOWN, State.MET)


def _states(shot: Snapshot, rules: Iterable[str], mended: set[tuple[str, str]] | None = None) -> Mapping[str, str]:
    """Unit → its worst state under the rules, where these ask anything of it; `mended` pairs count as met."""
    found: dict[str, str] = {}
    for rule in rules:
        for finding in shot.assessment.rule(rule).findings:
            code, state = str(finding["unit_code"]), State(finding["state"])
            if state not in _WORST:
                continue
            now = State.MET if mended and (rule, code) in mended else state
            found[code] = min(State(found.get(code, State.MET)), now, key=_WORST.index)
    return found
