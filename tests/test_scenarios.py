"""What if: measures work into layers and plan alone, comparisons tell what flips, kept scenarios have a memory."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from geo.assess import assess
from geo.errors import InputRefused, UnknownScenario
from geo.scenario import apply, compare, read_scenario
from geo.scenario.comparing import reach_of
from geo.scenario.measures import Add, Close, Move, Scenario, Share, Threshold, Update
from geo.store import scenarios
from geo.store.audit import read_entries
from geo.store.gap_tasks import read_tasks, standing
from tests.stored import fresh_store
from tests.support import RIVER, TOWN, WILLOW_RIVER
from tests.web_client import build

if TYPE_CHECKING:
    from pathlib import Path

    from geo.assessment import Assessment
    from geo.layers import Layers
    from geo.plans.rules import Plan
    from geo.store import Store
    from geo.store.chain import Entry

DAY = date(2022, 10, 31)
STATION, FRESH = "1.village.station", "1.village.quarterly"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layers, Plan]:
    store = build(tmp_path_factory.mktemp("county"))
    return store.layers(as_of=DAY), store.plan()


def state(assessment: Assessment, rule: str, unit: str) -> str:
    result = next(each for task in assessment.tasks for each in task.rules if each.rule.id == rule)
    return next(f"{found['state']}" for found in result.findings if found["unit_code"] == unit)


def gap_of(county: tuple[Layers, Plan], rule: str) -> str:
    found = assess(*county, as_of=DAY)
    result = next(each for task in found.tasks for each in task.rules if each.rule.id == rule)
    return next(str(f["unit_code"]) for f in result.findings if f["state"] != "met")


def test_a_new_station_mends_its_village_and_says_that_it_is_planned(county: tuple[Layers, Plan]) -> None:
    gap = gap_of(county, STATION)
    found = compare(
        *county, Scenario(name="甲", measures=(Add(kind="add", layer="stations", unit=gap, cost=3),)), as_of=DAY
    )
    assert (state(found.before, STATION, gap), state(found.after, STATION, gap)) != ("met", "not_met")
    assert state(found.after, STATION, gap) == "met"
    change = next(unit for rule in found.changes.rules if rule.id == STATION for unit in rule)
    assert (change.unit_code, "拟建" in change.reason_after) == (gap, True)
    assert change.added[0]["file"] == "方案：甲"
    assert found.to_dict()["cost"] == 3.0


def test_what_is_handed_in_stays_as_it_is(county: tuple[Layers, Plan]) -> None:
    layers, plan = county
    before = {name: layers[name].copy() for name in ("stations", "boards")}
    measures = (
        Close(kind="close", layer="stations", id=layers["stations"]["id"].iloc[0]),
        Update(kind="update", id=layers["boards"]["id"].iloc[0]),
        Threshold(kind="threshold", rule=FRESH, value=0.1),
    )
    changed, its_plan = apply(layers, plan, Scenario(name="甲", measures=measures), as_of=DAY)
    for name, table in before.items():
        pd.testing.assert_frame_equal(layers[name], table)
    assert plan.rule(FRESH).threshold == 1.0
    assert its_plan.rule(FRESH).threshold == 0.1
    assert len(changed["stations"]) == len(layers["stations"]) - 1
    assert DAY in changed["boards"]["updates"].iloc[0]


def test_a_closed_station_leaves_a_known_gap(county: tuple[Layers, Plan]) -> None:
    layers, _ = county
    station = layers["stations"].iloc[0]
    others = layers["stations"]["unit_code"].tolist().count(station["unit_code"])
    assert others == 1
    measure = Close(kind="close", layer="stations", id=station["id"])
    found = compare(*county, Scenario(name="甲", measures=(measure,)), as_of=DAY)
    changes = [u for r in found.changes.rules if r.id == STATION for u in r if u.unit_code == station["unit_code"]]
    assert [(str(u.before), str(u.after), "停用" in u.reason_after) for u in changes] == [("met", "not_met", True)]


def test_a_moved_facility_serves_where_it_stands_now(county: tuple[Layers, Plan]) -> None:
    gap = gap_of(county, STATION)
    station = county[0]["stations"].iloc[0]
    move = Move(kind="move", layer="stations", id=station["id"], unit=gap, position=(110.0, 30.0))
    changed, plan = apply(*county, Scenario(name="甲", measures=(move,)), as_of=DAY)
    after = assess(changed, plan, as_of=DAY)
    assert state(after, STATION, gap) == "met"
    row = changed["stations"].set_index("id").loc[station["id"]]
    assert (row["unit_code"], row.geometry.x) == (gap, 110.0)


def test_a_shared_station_serves_its_neighbour(county: tuple[Layers, Plan]) -> None:
    gap = gap_of(county, STATION)
    station = county[0]["stations"].iloc[0]
    share = Share(kind="share", layer="stations", id=station["id"], serves=(gap,))
    found = compare(*county, Scenario(name="甲", measures=(share,)), as_of=DAY)
    assert state(found.after, STATION, gap) == "met"
    result = next(each for task in found.after.tasks for each in task.rules if each.rule.id == STATION)
    assert {f["unit_code"]: f["sharing"] for f in result.findings}[gap] == "shared"


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        (Add(kind="add", layer="stations", unit="000000000000"), "000000000000"),
        (Close(kind="close", layer="stations", id="没有"), "第1项措施"),
        (Share(kind="share", layer="boards", id="没有", serves=(TOWN,)), "第1项措施"),
        (Update(kind="update", id="没有"), "宣传栏"),
    ],
)
def test_what_there_is_not_is_refused(county: tuple[Layers, Plan], measure: object, told: str) -> None:
    with pytest.raises(InputRefused, match=told):
        compare(*county, Scenario(name="甲", measures=(measure,)), as_of=DAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = ""', "不能为空"),
        ('name = "甲"\n[[measures]]\nkind = "build"', "类型不存在"),
        ('name = "甲"\n[[measures]]\nkind = "add"\nlayer = "schools"\nunit = "990101001201"', "取值不在允许范围内"),
        ('name = "甲"\n[[measures]]\nkind = "add"\nlayer = "stations"\nunit = "990101001201"\ncost = -1', "数值过小"),
        ('name = "甲"\n[[measures]]\nkind = "add"\nlayer = "stations"\nunit = "1"', "格式不符"),
        ("name = ", "TOML"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(text: str, told: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_scenario(text)
    assert told in "".join(fault.line() for fault in refused.value.faults)


def test_a_scenario_reads_back_as_it_was_told() -> None:
    measures = (Add(kind="add", layer="boards", unit=RIVER, serves=(WILLOW_RIVER,), position=(1.5, 2.5), cost=2),)
    scenario = Scenario(name="甲", note="说明", as_of=DAY, measures=measures)
    assert read_scenario(json.dumps(scenario.to_dict()), file="x.json") == scenario


def test_distances_are_told_with_who_has_it_furthest(county: tuple[Layers, Plan]) -> None:
    found = reach_of(county[0], "stations")
    assert found.villages == len(county[0]["villages"])
    assert found.mean is not None
    assert found.furthest is not None
    assert 0 <= found.mean <= found.furthest
    assert found.worst is not None
    assert found.worst[0] in set(county[0]["townships"]["code"])
    assert reach_of(county[0], "associations").to_dict()["mean"] is None or len(county[0]["associations"])


# ── kept ─────────────────────────────────────────────────────────────────────


def kept(store: Store) -> dict[str, str]:
    with store.reading() as seen:
        return {name: each.action for name, each in scenarios.read_scenarios(seen.connection).items()}


def test_saving_again_and_dropping(tmp_path: Path, backend: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as open_:
        scenarios.save(open_, Scenario(name=" 方案  一 "), by="甲")
        scenarios.save(open_, Scenario(name="方案 一", note="改"), by="乙")
        scenarios.save(open_, Scenario(name="二"), by="甲")
    with store.reading() as seen:
        found = scenarios.find_scenario(seen.connection, "方案 一")
        assert (found.scenario.note, found.recorded_by, found.number) == ("改", "乙", 2)
    with store.writing() as open_:
        scenarios.drop(open_, "二", by="乙")
    assert kept(store) == {"方案 一": "saved"}
    with store.reading() as seen, pytest.raises(UnknownScenario):
        scenarios.find_scenario(seen.connection, "二")
    assert [entry.action for entry in entries(store)][-4:] == ["scenario-saved"] * 3 + ["scenario-dropped"]
    store.close()


def entries(store: Store) -> list[Entry]:
    with store.reading() as seen:
        return list(read_entries(seen.connection))


@pytest.mark.parametrize("name", ["  ", "找李四13812345678"])
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    with store.writing() as open_, pytest.raises(InputRefused):
        scenarios.save(open_, Scenario(name=name))
    store.close()


def test_a_planned_scenario_hands_out_what_it_mends(tmp_path: Path, county: tuple[Layers, Plan]) -> None:
    store = build(tmp_path)
    layers, plan = county
    gap = gap_of(county, STATION)
    scenario = Scenario(name="甲", measures=(Add(kind="add", layer="stations", unit=gap),))
    found = compare(layers, plan, scenario, as_of=DAY)
    due = date(2099, 1, 1)
    with store.writing() as open_, pytest.raises(UnknownScenario):
        scenarios.plan_works(open_, found, who="建设组", due_on=due)
    with store.writing() as open_:
        scenarios.save(open_, scenario)
        handed = scenarios.plan_works(open_, found, who="建设组", due_on=due, by="甲")
    assert (STATION, gap) in handed
    with store.reading() as seen:
        task = standing(read_tasks(seen.connection))[STATION, gap]
    assert (task.who, task.due_on, task.note) == ("建设组", due, "方案：甲")
    assert kept(store) == {"甲": "planned"}
    assert store.layers(as_of=DAY)["stations"].equals(layers["stations"])  # nothing of it is data
    empty = compare(layers, plan, Scenario(name="甲"), as_of=DAY)
    with store.writing() as open_, pytest.raises(InputRefused, match="没有补上"):
        scenarios.plan_works(open_, empty, who="建设组", due_on=due)


def test_a_share_is_no_percentage(county: tuple[Layers, Plan]) -> None:
    ninety = Threshold(kind="threshold", rule=STATION, value=90)
    with pytest.raises(InputRefused, match="0 到 1"):
        compare(*county, Scenario(name="甲", measures=(ninety,)), as_of=DAY)


@pytest.mark.parametrize("name", ["长" * 61, " \n ", "甲 13900000000"])
def test_a_name_that_none_can_have_is_refused_and_the_others_stay_readable(tmp_path: Path, name: str) -> None:
    store = fresh_store(tmp_path / "k.db")
    good = Scenario(name="甲")
    with store.writing() as open_:
        scenarios.save(open_, good)
        with pytest.raises(InputRefused, match="名称"):
            scenarios.save(open_, good.model_copy(update={"name": name}))
    with store.reading() as seen:
        assert list(scenarios.read_scenarios(seen.connection)) == ["甲"]
    store.close()
