"""`/api/v1`: what it says equals what geo says, filtered as asked, and never holds people."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from api import deps
from api.views.gap_files import COLUMNS
from geo.assess import assess
from geo.schema import LAYERS
from geo.states import State, decide
from geo.tables import GAP_COLUMNS, csv_bytes, gap_rows
from tests.support import EAST, PLACE, RIVER, TOWN, VILLAGES, WILLOW_RIVER, WILLOW_TOWN, county
from tests.web_client import DAY, PERSON, PHONE, Web

TOWNSHIPS = sorted(county().townships["code"])
JSON_PATHS = [
    "assessment",
    "gaps",
    *(f"layers/{name}" for name in LAYERS),
    f"units/{TOWN}",
    "units/X2",
    f"units/{PLACE}",
]
PAGES = ["/", "/map", "/gaps", "/gaps.csv", f"/units/{TOWN}", f"/units/{WILLOW_TOWN}", "/units/X2", "/units/J1"]


def found(facts: Any) -> list[tuple[str, Any]]:
    """(rule id, finding) of an assessment."""
    return [(rule["id"], f) for task in facts["tasks"] for rule in task["rules"] for f in rule["findings"]]


def test_assessment_is_assessment_json(client: Web) -> None:
    store, day = client.store, date.fromisoformat(DAY)
    expected = assess(store.layers(as_of=day), store.plan(), as_of=day, place_name=store.place().name)
    answer = client.get("/api/v1/assessment")
    assert answer.content == expected.to_json()
    assert answer.headers["content-type"] == "application/json"


def test_without_a_day_today_is_meant(client: Web) -> None:
    for params in ({}, {"as_of": ""}):
        answer = client.client.get("/api/v1/assessment", params=params)
        assert answer.json()["as_of"] == date.today().isoformat()


@pytest.mark.parametrize("path", ["/api/v1/assessment", "/api/v1/units/" + TOWN, "/", "/gaps.csv"])
def test_a_request_over_midnight_is_about_one_day(client: Web, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    asked: list[date] = []

    class Clock(date):
        @classmethod
        def today(cls) -> Clock:
            asked.append(date(2022, 10, 31 - len(asked)))
            return cls(asked[-1].year, asked[-1].month, asked[-1].day)

    monkeypatch.setattr(deps, "date", Clock)
    assert client.client.get(f"{path}?of=midnight").status_code == 200  # asked for the first time
    assert asked == [date(2022, 10, 31)]


@pytest.mark.parametrize("township", TOWNSHIPS)
def test_a_townships_assessment_keeps_every_law(client: Web, township: str) -> None:
    whole = client.json("/api/v1/assessment")
    part = client.json("/api/v1/assessment", township=township)
    assert part["township"] == {"code": township, "name": client.store.place().gazetteer.townships[township]}
    assert [task["no"] for task in part["tasks"]] == [task["no"] for task in whole["tasks"]]
    assert found(part) == [(rule, f) for rule, f in found(whole) if f["township_code"] == township]
    for task in part["tasks"]:
        assert task["state"] == decide(State(rule["state"]) for rule in task["rules"])
        for rule in task["rules"]:
            check_counts(rule)


def check_counts(rule: Any) -> None:
    units, states = rule["units"], Counter(f["state"] for f in rule["findings"])
    assert units["in_scope"] == units["met"] + units["not_met"] + units["unknown"] == len(rule["findings"])
    assert {state: units[state] for state in ("met", "not_met", "unknown")} == {
        state: states[state] for state in ("met", "not_met", "unknown")
    }
    if rule["unit"] == "city":
        assert (rule["state"], rule["findings"]) == ("not_applicable", [])
    elif rule["id"] not in {"4.population.reach", "3.base.count"} and rule["findings"]:
        assert rule["value"] == units["met"] / units["in_scope"]
        if units["unknown"] == 0:
            assert rule["state"] == ("met" if rule["value"] >= rule["threshold"] else "not_met")


def test_townships_add_up_to_the_whole(client: Web) -> None:
    parts = [client.json("/api/v1/assessment", township=code) for code in TOWNSHIPS]
    whole = client.json("/api/v1/assessment")
    assert Counter((r, f["unit_code"]) for part in parts for r, f in found(part)) == Counter(
        (r, f["unit_code"]) for r, f in found(whole) if f["township_code"]
    )


def test_reach_of_a_township_is_of_its_people(client: Web) -> None:
    rules = {r["id"]: r for task in client.json("/api/v1/assessment", township=TOWN)["tasks"] for r in task["rules"]}
    reach = rules["4.population.reach"]
    people = {f["unit_code"]: f["population"] for f in reach["findings"]}
    assert reach["value"] == people[WILLOW_TOWN] / sum(people.values())


@pytest.mark.parametrize("wanted", [TOWN, TOWN[:9], county().gazetteer.townships[TOWN]])
def test_a_township_is_known_by_code_and_name(client: Web, wanted: str) -> None:
    assert client.json("/api/v1/gaps", township=wanted)["filters"]["township"] == TOWN


def test_gaps_are_the_findings_that_are_not_met(client: Web) -> None:
    facts = client.json("/api/v1/assessment")
    listed = client.json("/api/v1/gaps")
    expected = Counter((r, f["unit_code"], f["state"]) for r, f in found(facts) if f["state"] != "met")
    assert Counter((g["rule"], g["unit_code"], g["state"]) for g in listed["gaps"]) == expected
    counts = listed["counts"]
    assert counts["total"] == counts["not_met"] + counts["unknown"] == len(listed["gaps"])
    assert counts["met"] == 0


@pytest.mark.parametrize("state", [None, "not_met", "unknown", "met"])
@pytest.mark.parametrize("township", [None, TOWN, RIVER])
@pytest.mark.parametrize("rule", [None, "1.village.station", "5.figure.budget"])
def test_filters_of_gaps_combine(client: Web, rule: str | None, township: str | None, state: str | None) -> None:
    params = {"rule": rule or "", "township": township or "", "state": state or ""}
    listed = client.json("/api/v1/gaps", **params)
    states = [state] if state else ["not_met", "unknown"]
    expected = {
        (r, f["unit_code"])
        for r, f in found(client.json("/api/v1/assessment"))
        if f["state"] in states and rule in (None, r) and township in (None, f["township_code"])
    }
    assert {(g["rule"], g["unit_code"]) for g in listed["gaps"]} == expected
    assert listed["filters"] == {"rule": rule, "township": township, "state": state}


def test_csv_is_that_of_the_command_line(client: Web) -> None:
    store, day = client.store, date.fromisoformat(DAY)
    result = assess(store.layers(as_of=day), store.plan(), as_of=day, place_name=store.place().name)
    answer = client.get("/gaps.csv", township=TOWN, state="not_met")
    rows = gap_rows(result, store.place().gazetteer, township=TOWN, states=("not_met",))
    told = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    own = list(csv.DictReader(io.StringIO(csv_bytes(rows).decode("utf-8-sig"))))
    assert [{name: row[name] for name in GAP_COLUMNS} for row in told] == own
    nothing = client.get("/gaps.csv", township=EAST, rule="5.figure.complaints")
    assert nothing.content == csv_bytes([], header=COLUMNS)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="gaps-{DAY}.csv"'


@pytest.mark.parametrize("name", list(LAYERS))
def test_layers_hold_the_public_columns(client: Web, name: str) -> None:
    layer = LAYERS[name]
    answer = client.get(f"/api/v1/layers/{name}")
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert told["type"] == "FeatureCollection"
    table = client.store.layers(as_of=date.fromisoformat(DAY))[name]
    assert told["count"] == len(told["features"]) == len(table) > 0
    for feature in told["features"]:
        assert {c.name for c in layer.columns if not c.private} <= feature["properties"].keys()
        assert not {c.name for c in layer.columns if c.private} & feature["properties"].keys()
    drawn = [f for f in told["features"] if f["geometry"]]
    assert len(drawn) == int(table.geometry.notna().sum())


def test_values_of_a_layer(client: Web) -> None:
    stations = {f["id"]: f for f in client.json("/api/v1/layers/stations")["features"]}
    by_unit = {f["properties"]["unit_code"]: f for f in stations.values()}
    first = by_unit[VILLAGES[0]]
    assert first["geometry"] == {"type": "Point", "coordinates": [102.0556, 30.0673]}
    assert {k: first["properties"][k] for k in ("sharing", "equipment", "area_m2", "built_on", "township_code")} == {
        "sharing": "dedicated", "equipment": True, "area_m2": 60.0, "built_on": "2020-05-01", "township_code": RIVER,
    }  # fmt: skip
    shared = by_unit[WILLOW_RIVER]
    assert (shared["geometry"], shared["properties"]["equipment"]) == (None, None)
    assert shared["properties"]["serves"] == [VILLAGES[2]]
    assert EAST not in by_unit  # built later
    boards = {f["properties"]["unit_code"]: f["properties"] for f in client.json("/api/v1/layers/boards")["features"]}
    assert boards[VILLAGES[0]]["updates"] == ["2022-06-01", "2022-09-20"]
    assert boards[RIVER]["updates"] is None


def test_as_of_cuts_the_layers(client: Web) -> None:
    later = client.json("/api/v1/layers/stations", as_of="2022-12-01")
    assert later["count"] == client.json("/api/v1/layers/stations")["count"] + 1


def test_a_townships_layer_holds_what_serves_it(client: Web) -> None:
    units = {f["properties"]["unit_code"] for f in client.json("/api/v1/layers/stations", township=EAST)["features"]}
    assert units == {WILLOW_RIVER}  # shared with a village of EAST
    villages = client.json("/api/v1/layers/villages", township=TOWN)["features"]
    assert {f["properties"]["township_code"] for f in villages} == {TOWN}
    assert [f["id"] for f in client.json("/api/v1/layers/townships", township=TOWN)["features"]] == [TOWN]


def test_a_layer_of_a_box(client: Web) -> None:
    everything = client.json("/api/v1/layers/stations")["features"]
    placed = [f for f in everything if f["geometry"]]
    lon, lat = placed[0]["geometry"]["coordinates"]
    near = client.json("/api/v1/layers/stations", bbox=f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}")
    assert placed[0]["id"] in {f["id"] for f in near["features"]}
    assert near["count"] < len(everything)
    assert near["box"] == [lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001]
    assert client.json("/api/v1/layers/stations", bbox="1,1,2,2")["count"] == 0
    whole = client.json("/api/v1/layers/stations", bbox="-180,-90,180,90")
    assert [f["id"] for f in whole["features"]] == [f["id"] for f in placed]


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "3,1,2,2", "1,1,2,99", "nan,1,2,2"])
def test_a_box_that_is_none(client: Web, box: str) -> None:
    answer = client.get("/api/v1/layers/stations", bbox=box)
    assert answer.status_code == 422
    assert "西,南,东,北" in answer.text


def test_a_part_is_answered_before_and_after_the_whole_is_known(client: Web) -> None:
    first = client.json("/api/v1/layers/boards", as_of="2022-09-15", township=TOWN)
    client.json("/api/v1/layers/boards", as_of="2022-09-15")
    assert client.json("/api/v1/layers/boards", as_of="2022-09-15", township=f"{TOWN[:9]}") == first


def test_a_villages_file(client: Web) -> None:
    told = client.json(f"/api/v1/units/{WILLOW_TOWN}")
    assert told["unit"]["level"] == "village"
    assert told["unit"]["township_code"] == TOWN
    assert told["unit"]["properties"]["population"] == 1500
    facts = client.json("/api/v1/assessment")
    expected = {r: f["state"] for r, f in found(facts) if f["unit_code"] == WILLOW_TOWN}
    assert {row["rule"]: row["state"] for row in told["requirements"]} == expected
    assert told["counts"]["in_scope"] == len(expected)
    assert {row["layer"] for row in told["facilities"]} == {"boards", "activities"}
    station = next(row for row in told["requirements"] if row["rule"] == "1.village.station")
    assert station["state"] == "not_met"
    assert station["evidence"] == [{"file": "stations.csv", "sheet": None, "row": 5, "batch": 1}]


def test_files_of_every_level(client: Web) -> None:
    assert client.json(f"/api/v1/units/{TOWN}")["unit"]["level"] == "township"
    assert client.json(f"/api/v1/units/{PLACE}")["unit"]["level"] == "city"
    assert {row["rule"] for row in client.json(f"/api/v1/units/{PLACE}")["requirements"]} >= {"5.declared.rules"}
    school = client.json(f"/api/v1/units/{quote('X/1 号', safe='')}")
    assert (school["unit"]["level"], school["requirements"][0]["state"]) == ("school", "met")
    assert client.json("/api/v1/units/J1")["unit"]["level"] == "base"


def test_a_unit_elsewhere_is_unknown_in_a_township(client: Web) -> None:
    assert client.get(f"/api/v1/units/{WILLOW_TOWN}", township=TOWN).status_code == 200
    assert client.get(f"/api/v1/units/{WILLOW_TOWN}", township=RIVER).status_code == 404


@pytest.mark.parametrize("path", [*(f"/api/v1/{path}" for path in JSON_PATHS), *PAGES])
def test_people_never_leave_the_store(client: Web, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    names = () if path == "/map" else ("person", "phone")  # a symbol of the map is called person
    for private in (PERSON, PHONE, json.dumps(PERSON)[1:-1], "责任人", "联系电话", *names):
        assert private not in answer.text, private


@pytest.mark.parametrize("name", list(LAYERS))
def test_hostile_texts_come_through_json_unharmed(hostile: Web, name: str) -> None:
    table = hostile.store.layers(as_of=date.fromisoformat(DAY))[name]
    told = hostile.json(f"/api/v1/layers/{name}")
    assert [f["properties"]["name"] for f in told["features"]] == [None if n is None else str(n) for n in table["name"]]
