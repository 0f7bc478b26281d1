"""Where to build: what a proposal promises is what a fresh assessment finds once it is carried out."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from geo.assess import assess
from geo.errors import InputRefused
from geo.proposals import Proposal, Question, curve, propose
from geo.scenario import compare
from tests.command_line import kepu
from tests.web_client import build

if TYPE_CHECKING:
    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.place import Place
    from geo.store import Store

DAY = date(2022, 10, 31)
STATION = "1.village.station"
County = tuple["Layers", "Assessment", "Place"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return build(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def county(store: Store) -> County:
    layers = store.layers(as_of=DAY)
    return layers, assess(layers, store.plan(), as_of=DAY), store.place()


def met_after(county: County, proposal: Proposal) -> int:
    layers, before, _ = county
    after = compare(layers, before.plan, proposal.scenario("选址"), as_of=DAY).after
    return next(each.counts.met for task in after.tasks for each in task.rules if each.rule.id == proposal.rule)


@pytest.mark.parametrize(
    "question",
    [
        Question(STATION, count=1, within=0),
        Question(STATION, count=2, within=20_000),
        Question(STATION, "cover-all", within=15_000),
        Question(STATION, count=2, within=20_000, weight="people"),
        Question(STATION, "median", count=2),
        Question(STATION, "center", count=2, within=10_000),
        Question("1.village.quarterly", count=3, within=5000),
    ],
)
def test_what_is_promised_is_what_an_assessment_finds(county: County, question: Question) -> None:
    found = propose(*county, question)
    assert found.status == "optimal"
    assert found.met_after == met_after(county, found)
    assert found.gaps == found.in_scope - found.met_before
    assert all(metres <= question.within for site in found.sites for _, _, metres in site.serves) or question.model in (
        "median",
        "center",
    )
    assert json.loads(json.dumps(found.to_dict()))["met_after"] == found.met_after


def test_all_gaps_are_closed_by_the_fewest(county: County) -> None:
    for within in (0.0, 3000.0, 20_000.0):
        whole = propose(*county, Question(STATION, "cover-all", within=within))
        assert whole.left == ()
        fewer = len(whole.sites) - 1
        if fewer:
            assert propose(*county, Question(STATION, count=fewer, within=within)).left


def test_more_sites_never_close_fewer_gaps(county: County) -> None:
    points = curve(*county, Question(STATION, within=10_000), 6)
    gains = [objective for _, objective, _ in points]
    assert gains == sorted(gains)
    assert [bound for _, _, bound in points] == pytest.approx(gains)
    assert gains[0] == len(propose(*county, Question(STATION, count=1, within=10_000)).sites[0].serves)


def test_a_township_may_be_held_to_its_share(county: County) -> None:
    found = propose(*county, Question(STATION, count=3, within=0, most_each=1))
    homes = [site.township_code for site in found.sites]
    assert len(homes) == len(set(homes))


def test_what_nobody_shares_stays_in_its_village(county: County) -> None:
    layers, before, place = county
    rule = before.plan.rule(STATION).model_copy(update={"layer": "communicators", "where": {}, "require": ()})
    tasks = tuple(
        t.model_copy(update={"rules": tuple(rule if r.id == STATION else r for r in t.rules)})
        for t in before.plan.tasks
    )
    plan = before.plan.model_copy(update={"tasks": tasks})
    found = propose(layers, assess(layers, plan, as_of=DAY), place, Question(STATION, count=2, within=100_000))
    assert all(len(site.serves) == 1 for site in found.sites)


@pytest.mark.parametrize("rule", ["3.school.lab", "1.township.equipment", "5.figure.budget", "4.population.reach"])
def test_rules_without_a_place_are_refused(county: County, rule: str) -> None:
    with pytest.raises(InputRefused, match="不能选址"):
        propose(*county, Question(rule, count=1))


def test_more_sites_than_places_are_refused(county: County) -> None:
    with pytest.raises(InputRefused, match="候选点"):
        propose(*county, Question(STATION, count=999))
    with pytest.raises(InputRefused, match="至少 1 个"):
        propose(*county, Question(STATION))


def test_a_village_without_a_point_is_named(county: County) -> None:
    layers, before, place = county
    villages = layers["villages"].copy()
    gaps = set(propose(*county, Question(STATION, count=1)).to_dict()["left"][0].values())
    villages.loc[villages["code"].isin(gaps), ["lon", "lat"]] = np.nan
    from dataclasses import replace

    lost = replace(layers, tables={**layers.tables, "villages": villages}, whole=None)
    found = propose(lost, before, place, Question(STATION, "cover-all", within=0))
    assert len(found.unlocated) == 1
    assert len(found.left) == 1


# ── the command ──────────────────────────────────────────────────────────────


def run(store: Store, *more: str) -> Any:
    return kepu("site", "--store", store.url, "--as-of", DAY.isoformat(), *more)


def test_the_command_says_the_same_in_words_and_json(store: Store, county: County) -> None:
    words = run(store, "--rule", STATION, "--count", "2", "--within", "20000")
    told = json.loads(run(store, "--rule", STATION, "--count", "2", "--within", "20000", "--format", "json").out)
    found = propose(*county, Question(STATION, count=2, within=20_000)).to_dict()
    assert {**told, "seconds": 0} == {**found, "seconds": 0}
    assert f"达标 {found['met_before']} → {found['met_after']}/{found['in_scope']}" in words.out
    assert all(site["name"] in words.out for site in found["sites"])
    assert "已证明最优" in words.out


def test_the_cheapest_fix_is_kept_as_a_scenario(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = build(tmp_path_factory.mktemp("own"))
    made = run(own, "--rule", STATION, "--cheapest", "--save", "最省")
    assert "已证明最省" in made.out
    shown = kepu("scenario", "show", "最省", "--store", own.url, "--as-of", DAY.isoformat())
    assert STATION in shown.out
    assert (made.code, shown.code) == (0, 0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--rule", STATION), "选一个"),
        (("--rule", STATION, "--count", "1", "--cover-all"), "选一个"),
        (("--rule", "9.no.rule", "--count", "1"), "9.no.rule"),
        (("--rule", STATION, "--rule", STATION, "--count", "1"), "--cheapest"),
        (("--rule", STATION, "--count", "0"), "--count"),
        (("--rule", STATION, "--cheapest", "--prices", "1,2"), "--prices"),
        (("--rule", STATION, "--cheapest", "--prices", "-,-,-", "--within", "0"), "做不到"),
        (("--rule", STATION, "--count", "1", "-o", "x.json"), "--format json"),
    ],
)
def test_bad_questions_end_with_2_and_one_line(store: Store, more: tuple[str, ...], told: str) -> None:
    refused = run(store, *more)
    assert refused.code == 2
    assert told in refused.err
