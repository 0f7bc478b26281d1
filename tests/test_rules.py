"""Plans: every kind of mistake is an error that names its line; Changji's plan is the whole table of POLICY."""

from __future__ import annotations

import hashlib
import re
from datetime import date

import pytest
from pydantic import ValidationError

from geo.bundled import bundled_place
from geo.errors import PlanError, UnknownRule
from geo.place import read_place
from geo.plans.lines import line_of
from geo.plans.rules import Plan, read_plan
from tests.support import county, county_plan, county_plan_text, plan_text

GOOD = """\
[plan]
id = "test"
place = "990101"
title = "测试方案"
issued_on = 2022-05-16

[settings]
scope = "plan"
agricultural_subdistricts = [
    "990101001000",
]

[[phases]]
name = "实施"
starts_on = 2022-02-01
ends_on = 2022-10-31

[[tasks]]
no = 1
section = "一"
title = "甲"
requirement = "甲的要求"
lead = ["市科协"]
kind = "map"
[[tasks.rules]]
id = "1.village.station"
kind = "presence"
unit = "village"
layer = "stations"
require = ["equipment"]
requirement = "有站"
threshold = 0.9
[[tasks.rules]]
id = "1.school.lab"
kind = "rows"
unit = "school"
layer = "schools"
where = { run_by_city = [true] }
requirement = "有室"
[tasks.rules.meets]
lab = [true]
science_teacher = ["full", "part"]

[[tasks]]
no = 2
section = "二"
title = "乙"
requirement = "乙的要求"
lead = ["市科协"]
kind = "map"
[[tasks.rules]]
id = "2.village.freshness"
kind = "freshness"
unit = "village"
months = 2
requirement = "更换"
[[tasks.rules]]
id = "2.figure.activities"
kind = "tally"
layer = "activities"
requirement = "次数"
threshold = 5
[[tasks.rules]]
id = "2.figure.money"
kind = "figure"
item = "经费"
requirement = "够"
threshold = 2
[[tasks.rules]]
id = "2.population.reach"
kind = "reach"
requirement = "覆盖"
threshold = 0.8
"""
UNITS = {"990101001000", "990101001201", "990101100000"}
VALUES = {"where = { run_by_city": "where", 'require = ["equipment"]': "require"}

# what stands in the plan, what a mistake puts there, the fault's code, and (if it is another) the line it is found on
MISTAKES = [
    # syntax
    ('title = "测试方案"', 'title = "测试方案', "plan-syntax", None),
    ("no = 2", "no = 2 2", "plan-syntax", None),
    ('kind = "reach"', 'kind = "reach"\nkind = "reach"', "plan-syntax", 'kind = "reach"\nkind = "reach"'),
    # unknown and missing fields
    ('place = "990101"', 'place = "990101"\nplaced = 1', "plan-extra-forbidden", "placed = 1"),
    ('scope = "plan"', 'skope = "plan"', "plan-extra-forbidden", None),
    ('name = "实施"', 'name = "实施"\ncolour = "红"', "plan-extra-forbidden", 'colour = "红"'),
    ('section = "二"', 'section = "二"\nweight = 3', "plan-extra-forbidden", "weight = 3"),
    ("months = 2", "months = 2\npoints = 5", "plan-extra-forbidden", "points = 5"),
    ("threshold = 0.9", 'comparison = "at_most"', "plan-extra-forbidden", None),
    ("[[phases]]", "[[fases]]", "plan-extra-forbidden", None),
    ('id = "test"\n', "", "plan-missing", "[plan]"),
    ('title = "甲"\n', "", "plan-missing", "[[tasks]]\nno = 1"),
    ('title = "乙"\n', "", "plan-missing", "[[tasks]]\nno = 2"),
    ('requirement = "有站"\n', "", "plan-missing", '[[tasks.rules]]\nid = "1.village.station"'),
    ('item = "经费"\n', "", "plan-missing", '[[tasks.rules]]\nid = "2.figure.money"'),
    ("ends_on = 2022-10-31\n", "", "plan-missing", "[[phases]]"),
    # settings
    ('scope = "plan"', 'scope = "some"', "plan-literal-error", None),
    ('scope = "plan"', 'scope = "plan"\nfresh_boards = "most"', "plan-literal-error", 'fresh_boards = "most"'),
    ('scope = "plan"', 'scope = "plan"\nexpired_titles = "maybe"', "plan-bool-parsing", 'expired_titles = "maybe"'),
    ('    "990101001000",', '    "99010100100",', "plan-string-pattern-mismatch", "agricultural_subdistricts = ["),
    # kinds, units, layers
    ('kind = "presence"', 'kind = "presense"', "plan-union-tag-invalid", '[[tasks.rules]]\nid = "1.village.station"'),
    ('kind = "tally"\n', "", "plan-union-tag-not-found", '[[tasks.rules]]\nid = "2.figure.activities"'),
    ('layer = "stations"', 'layer = "station"', "plan-literal-error", None),
    ('layer = "stations"', 'layer = "villages"', "plan-literal-error", None),
    ('layer = "stations"', 'layer = "figures"', "plan-literal-error", None),
    ('unit = "village"\nlayer', 'unit = "hamlet"\nlayer', "plan-literal-error", 'unit = "hamlet"'),
    ('unit = "school"', 'unit = "base"', "plan-unit-layer", 'layer = "schools"'),
    ('unit = "school"', 'unit = "town"', "plan-literal-error", None),
    # columns and values
    ('require = ["equipment"]', 'require = ["equipmnt"]', "plan-unknown-column", None),
    ('require = ["equipment"]', 'require = ["phone"]', "plan-unknown-column", None),
    ('require = ["equipment"]', 'require = ["serves"]', "plan-unknown-column", None),
    ("where = { run_by_city", "where = { run_by_county", "plan-unknown-column", None),
    ("{ run_by_city = [true] }", '{ run_by_city = ["yes"] }', "plan-unknown-column", None),
    ("{ run_by_city = [true] }", "{ run_by_city = [] }", "plan-too-short", None),
    ("{ run_by_city = [true] }", "{ run_by_city = true }", "plan-tuple-type", None),
    ("{ run_by_city = [true] }", '{ students = ["1"] }', "plan-unknown-column", None),
    ("{ run_by_city = [true] }", '{ person = ["某人"] }', "plan-unknown-column", None),
    ("lab = [true]", "laboratory = [true]", "plan-unknown-column", None),
    ('["full", "part"]', '["full", "half"]', "plan-unknown-column", None),
    ('["full", "part"]', "[false]", "plan-unknown-column", None),
    # numbers
    ("months = 2", "months = 0", "plan-greater-than-equal", None),
    ("months = 2", "months = 25", "plan-less-than-equal", None),
    ("months = 2", "months = 2.5", "plan-int-from-float", None),
    ("months = 2", 'months = "two"', "plan-int-parsing", None),
    ("threshold = 5", 'threshold = "five"', "plan-float-parsing", None),
    ("threshold = 5", "threshold = nan", "plan-finite-number", None),
    ("threshold = 5", "threshold = inf", "plan-finite-number", None),
    ("threshold = 5", "threshold = -1", "plan-greater-than-equal", None),
    ("threshold = 0.9", "threshold = 90", "plan-threshold", None),
    ("threshold = 0.9", "threshold = 0.0", "plan-threshold", None),
    ("threshold = 0.8", "threshold = 80", "plan-threshold", None),
    ("no = 2", "no = 0", "plan-greater-than-equal", None),
    # units of measure
    ('item = "经费"', 'item = "经费"\nmeasure = "箩"', "plan-measure", 'measure = "箩"'),
    ('item = "经费"', 'item = "经费"\nper_measure = "人"', "plan-measure", 'per_measure = "人"'),
    ('item = "经费"', 'item = "经费"\nmeasure = "元"\nper = "人口"', "plan-measure", 'measure = "元"'),
    ('item = "经费"', 'item = "经费"\nper = "人口"\nper_measure = "人"', "plan-measure", 'per_measure = "人"'),
    ('item = "经费"', 'item = "经费"\nmeasure = " "', "plan-string-too-short", 'measure = " "'),
    # texts and lists
    ('title = "甲"', 'title = " "', "plan-string-too-short", None),
    ('title = "甲"', "title = 1", "plan-string-type", None),
    ('title = "甲"\nrequirement = "甲的要求"\nlead = ["市科协"]', 'title = "甲"\nrequirement = "甲的要求"\nlead = []',
     "plan-too-short", "lead = []"),
    ('require = ["equipment"]', 'require = "equipment"', "plan-tuple-type", None),
    ('id = "test"', 'id = "Test 1"', "plan-string-pattern-mismatch", None),
    ('place = "990101"', 'place = "99"', "plan-string-pattern-mismatch", None),
    ("issued_on = 2022-05-16", 'issued_on = "2022.13"', "plan-date-from-datetime-inexact", None),
    ("issued_on = 2022-05-16", 'issued_on = "2022-13-01"', "plan-date-from-datetime-parsing", None),
    ("issued_on = 2022-05-16", "issued_on = true", "plan-date-type", None),
    # ids and numbers
    ('id = "2.figure.money"', 'id = "2.figure"', "plan-string-pattern-mismatch", None),
    ('id = "2.figure.money"', 'id = "1.figure.money"', "plan-rule-number", None),
    ('id = "2.figure.money"', 'id = "2.village.freshness"', "plan-rule-twice",
     'id = "2.village.freshness"\nkind = "figure"'),
    ('kind = "tally"', 'kind = "tally"\nperiod = "always"', "plan-literal-error", 'period = "always"'),
    ('layer = "activities"', 'layer = "bases"', "plan-period", '[[tasks.rules]]\nid = "2.figure.activities"'),
    ('layer = "stations"', 'layer = "stations"\nperiod = "year"', "plan-period", 'period = "year"'),
    # units of the place
    ('    "990101001000",', '    "990101001000",\n    "990101009000",', "plan-unknown-unit", '    "990101009000",'),
    ('    "990101001000",', '    "990101001201",', "plan-unknown-unit", None),
    ('place = "990101"', 'place = "990102"', "plan-unknown-place", None),
    ("ends_on = 2022-10-31", "ends_on = 2022-01-31", "plan-phase", None),
]  # fmt: skip


def line_number(text: str, lines: str) -> int:
    """The line on which some lines begin, or end for a key that occurs twice."""
    assert text.count(lines) == 1, lines
    return text[: text.index(lines)].count("\n") + 1


def test_the_good_plan_is_good() -> None:
    plan = read_plan(GOOD, units=UNITS)
    assert [task.no for task in plan.tasks] == [1, 2]
    assert plan.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


@pytest.mark.parametrize(("there", "mistake", "code", "found_on"), MISTAKES, ids=[f"{m[2]}:{m[1]!r}" for m in MISTAKES])
def test_a_mistake_names_its_line(there: str, mistake: str, code: str, found_on: str | None) -> None:
    assert GOOD.count(there) == 1
    text = GOOD.replace(there, mistake)
    with pytest.raises(PlanError) as refused:
        read_plan(text, file="my.toml", units=UNITS)
    assert [fault.code for fault in refused.value.faults] == [code]
    fault = refused.value.faults[0]
    expected = line_number(text, found_on or mistake)
    if code == "plan-syntax" and found_on:
        expected += 1  # the second of the two keys
    assert fault.row == expected
    assert (fault.file, fault.severity) == ("my.toml", "error")
    assert f"第{expected}行" in fault.line()
    assert fault.remedy
    assert re.search(r"[\u4e00-\u9fff]", fault.message)


def test_a_task_number_that_occurs_twice() -> None:
    text = GOOD.replace("no = 2", "no = 1").replace('id = "2.', 'id = "1.')
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    assert [(fault.code, fault.row) for fault in refused.value.faults] == [
        ("plan-task-twice", text[: text.rindex("no = 1")].count("\n") + 1)
    ]


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        GOOD.replace("months = 2", "months = 0").replace('scope = "plan"', 'scope = "x"').replace("no = 1", "no = -1")
    )
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    rows = [fault.row for fault in refused.value.faults]
    assert rows == [line_number(text, line) for line in ('scope = "x"', "no = -1", "months = 0")]
    assert "3 处错误" in str(refused.value)


@pytest.mark.parametrize("text", ["", "tasks = []", "plan = 1", "[plan]\n", 'x = "'])
def test_what_is_no_plan_at_all(text: str) -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    assert refused.value.faults


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    plan = read_plan("\ufeff" + GOOD.replace("\n", "\r\n"))
    assert plan.tasks == read_plan(GOOD).tasks


def test_units_are_checked_only_when_known() -> None:
    read_plan(GOOD.replace('"990101001000"', '"990101009000"'))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("plan", "id"), 'id = "test"'),
        (("settings", "agricultural_subdistricts", 0), "agricultural_subdistricts = ["),
        (("phases", 0, "name"), 'name = "实施"'),
        (("tasks", 0, "title"), 'title = "甲"'),
        (("tasks", 1, "title"), 'title = "乙"'),
        (("tasks", 0, "rules", 1, "where", "run_by_city", 0), "where = { run_by_city"),
        (("tasks", 0, "rules", 1, "meets", "lab"), "lab = [true]"),
        (("tasks", 0, "rules", 1, "meets", "science_teacher", 1), "science_teacher = "),
        (("tasks", 0, "rules", 0, "require", 1), 'require = ["equipment"]'),  # an index is no rule's number
        (("tasks", 1, "rules", 2, "nothing"), '[[tasks.rules]]\nid = "2.figure.money"'),
    ],
)
def test_line_of(path: tuple[str | int, ...], line: str) -> None:
    assert line_of(GOOD, path) == line_number(GOOD, line)


def test_line_of_what_is_not_there() -> None:
    assert line_of(GOOD, ("scores",)) is None
    assert line_of(GOOD, ()) is None
    assert line_of("", ("plan",)) is None


def test_rules_written_in_line() -> None:
    """Rules may be inline tables; a fault then stands on the line of the list."""
    head = GOOD[: GOOD.index("[[tasks]]")]
    task = (
        '[[tasks]]\nno = 1\nsection = "一"\ntitle = "甲"\nrequirement = "甲"\nlead = ["乙"]\nkind = "map"\nrules = [\n'
    )
    text = head + task + '  { id = "1.declared.x", kind = "declared", item = "x", requirement = "x" },\n]\n'
    assert read_plan(text).rules[0].id == "1.declared.x"
    with pytest.raises(PlanError) as refused:
        read_plan(text.replace('item = "x"', 'thing = "x"'))
    assert {fault.row for fault in refused.value.faults} == {line_number(text, "rules = [")}


def test_a_plan_cannot_be_changed() -> None:
    plan = read_plan(GOOD)
    with pytest.raises(ValidationError):
        plan.settings.scope = "all"  # type: ignore[misc]


def test_rules_by_id() -> None:
    plan = read_plan(GOOD)
    assert plan.rule("2.figure.money").threshold == 2
    assert plan.task_of("2.figure.money").no == 2
    for look_up in (plan.rule, plan.task_of):
        with pytest.raises(UnknownRule, match=r"3\.village\.nothing"):
            look_up("3.village.nothing")


def test_defaults_are_those_of_the_policy() -> None:
    settings = read_plan(plan_text({"id": "1.declared.x", "kind": "declared", "item": "x"})).settings
    assert settings.model_dump() == {
        "scope": "plan",
        "agricultural_subdistricts": None,
        "township_board_serves_village": False,
        "shared": "declared_or_several",
        "freshness_reading": "since_last_change",
        "fresh_boards": "one",
        "city_run_schools": "flag",
        "bases_above_prefecture": True,
        "expired_titles": False,
        "population": "resident",
        "reach_reading": "units",
        "reach_metres": 2000.0,
        "year": "calendar",
    }


# -- the plans that there are --------------------------------------------------------

RULE_IDS = [
    "8.township.organisation", "8.village.organisation", "10.school.teacher", "11.township.association",
    "16.base.count", "17.township.station", "17.township.board", "17.township.equipment", "17.village.station",
    "17.village.board", "17.village.freshness", "17.village.communicator", "18.school.lab", "27.population.reach",
    "30.township.caravan", "30.rural.museum",
]  # fmt: skip
ON_THE_MAP = {8, 10, 11, 16, 17, 18, 27, 30}
IN_FIGURES = {4, 7, 12, 19, 20, 21, 23, 25, 29}
THRESHOLDS = {
    "7.figure.staff": 5, "12.figure.budget_per_resident": 2, "16.base.count": 5, "18.school.lab": 0.5,
    "19.figure.volunteers": 1000, "20.figure.team_activities": 5, "21.figure.volunteer_brands": 2,
    "23.figure.activities": 5, "25.figure.media_per_week": 1, "27.population.reach": 0.8, "17.village.station": 1,
    "17.village.freshness": 1, "10.school.teacher": 1, "4.figure.leader_in_charge_reports": 2,
}  # fmt: skip


def bundled_plan() -> Plan:
    folder = bundled_place()
    return read_plan((folder / "plan.toml").read_text(encoding="utf-8"), units=read_place(folder).unit_codes)


def test_the_bundled_plan_has_all_31_tasks_in_order() -> None:
    plan = bundled_plan()
    assert [task.no for task in plan.tasks] == list(range(1, 32))
    for task in plan.tasks:
        kind = "map" if task.no in ON_THE_MAP else "figure" if task.no in IN_FIGURES else "declared"
        assert task.kind == kind, task.no
    assert plan.plan.issued_on == date(2022, 5, 16)
    assert plan.plan.document == "昌市政办发〔2022〕14号"


def test_the_bundled_plan_has_every_agreed_rule() -> None:
    plan = bundled_plan()
    ids = [rule.id for rule in plan.rules]
    assert set(RULE_IDS) <= set(ids)
    others = [rule for rule in ids if rule not in RULE_IDS]
    assert all(re.fullmatch(r"\d{1,2}\.(figure|declared)\.[a-z0-9_]+", rule) for rule in others)
    assert {rule: plan.rule(rule).threshold for rule in THRESHOLDS} == THRESHOLDS
    assert len([rule for rule in ids if rule.startswith("4.")]) == 4
    for task in plan.tasks:
        assert task.kind == "map" or not {rule.id for rule in task.rules} & set(RULE_IDS)


def test_units_of_the_agreed_rules_are_as_their_ids_say() -> None:
    plan = bundled_plan()
    for rule in RULE_IDS:
        said = rule.split(".")[1]
        assert plan.rule(rule).unit == {"population": "village", "rural": "school"}.get(said, said)


def test_the_countys_plan_is_another() -> None:
    assert county_plan().plan.place == county().code
    assert not {rule.id for rule in county_plan().rules} & set(RULE_IDS)
    assert read_plan(county_plan_text(), units=county().unit_codes).rules[1].model_dump()["months"] == 3
