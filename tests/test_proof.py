"""The chain of proof of a unit: the assessment's states down to rows, who sent them and who recorded them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from geo.errors import UnknownUnit
from geo.proof import Prover
from tests.command_line import Done, kepu
from tests.dossiers import HOSTILE, county_edition
from tests.stored import fresh_store
from tests.support import TOWN, VILLAGE_ZONE, WILLOW_RIVER
from tests.writing import write_book

if TYPE_CHECKING:
    from pathlib import Path

    from geo.store import Store

STATIONS: list[list[Any]] = [
    ["编号", "乡镇", "村", "活动站名称", "共用单位", "建成日期", "责任人", "联系电话"],
    ["ZD-1", "河口街道", "柳树村", "[red]站[/red]", "河口社区", "2022-08-01", "某人甲", "13900000000"],
    ["", "云岭镇", "柳树村", "无", "", "", "", ""],
]


@pytest.fixture(scope="module")
def prover() -> Prover:
    edition = county_edition()
    return Prover(edition.assessment, edition.layers, edition.gazetteer)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("store")
    made = fresh_store(folder / "k.db")
    path = write_book(folder / "站.xlsx", STATIONS)
    done = kepu("import", "stations", path, "--sender", "河口街道", "--received-on", "2022-10-20", "--store", made.url)
    assert done.code in (0, 1), done.err
    return made


def run(store: Store, *arguments: str | Path, code: int = 0) -> Done:
    done = kepu("proof", *arguments, "--as-of", "2022-10-31", "--store", store.url, columns=200)
    assert done.code == code, (done.out, done.err)
    return done


def test_states_are_those_of_the_assessment_for_every_unit(prover: Prover) -> None:
    facts = county_edition().facts
    wanted: dict[tuple[str, str], list[tuple[str, str, str, int]]] = {}
    for task in facts["tasks"]:
        for rule in task["rules"]:
            for found in rule["findings"]:
                told = (rule["id"], found["state"], found["reason"], len(found["evidence"]))
                wanted.setdefault((rule["unit"], found["unit_code"]), []).append(told)
    for (level, code), states in wanted.items():
        proof = prover.proof(code)
        assert proof.level == level
        assert [(s.rule, str(s.state), s.reason, len(s.rows)) for s in proof.states] == states


def test_what_stands_there_and_what_serves_from_elsewhere(prover: Prover) -> None:
    assert {one.name for one in prover.proof(WILLOW_RIVER).facilities if one.layer.name == "stations"} == set(HOSTILE)
    served = prover.proof("990101001001").facilities
    assert {one.unit_code for one in served if one.layer.name == "stations"} == {WILLOW_RIVER}
    assert any(
        one.layer.name == "activities" and one.unit_code == TOWN for one in prover.proof(WILLOW_RIVER).facilities
    )
    assert [one.id for one in prover.proof("X1").facilities] == ["X1"]


def test_outside_the_plan_is_not_counted(prover: Prover) -> None:
    proof = prover.proof(VILLAGE_ZONE)
    assert not proof.counted
    assert proof.states == ()


def test_units_that_are_none(prover: Prover) -> None:
    with pytest.raises(UnknownUnit, match="没有代码"):
        prover.proof("=1+1")


def test_it_is_json_without_people(prover: Prover) -> None:
    text = json.dumps(prover.proof(WILLOW_RIVER).to_dict(), ensure_ascii=False, allow_nan=False)
    assert '"person"' not in text
    assert '"phone"' not in text
    assert json.loads(text)["facilities"][0]["layer"] == "stations"


def test_the_command_names_file_row_batch_days_and_sender(store: Store) -> None:
    out = run(store, "河口街道柳树村").out
    assert WILLOW_RIVER in out
    assert "站.xlsx" in out
    assert "第2行" in out
    assert "（第1批）" in out
    assert "河口街道报送" in out
    assert "2022-10-20收到" in out
    assert "[red]站[/red]" in out
    assert "某人甲" not in out
    assert "13900000000" not in out


def test_the_command_as_json(store: Store) -> None:
    told = json.loads(run(store, WILLOW_RIVER, "--format", "json").out)
    assert told["as_of"] == "2022-10-31"
    (station,) = (state for state in told["states"] if state["rule"] == "1.village.station")
    (row,) = station["rows"]
    assert (row["file"], row["row"], row["batch"]) == ("站.xlsx", 2, 1)
    assert (row["received_on"], row["sender"]) == ("2022-10-20", "河口街道")
    assert row["recorded_on"]


def test_a_unit_that_is_none_is_one_line(store: Store) -> None:
    done = run(store, "没有村", code=2)
    assert done.lines == ["错误：没有代码或编号为“没有村”的单位"]
