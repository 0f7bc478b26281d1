"""City-wide rules: reported numbers, declarations, tallies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support import EAST, HILL, PLACE, RIVER, TOWN, Row, finding, judged, layers_of

STAFF: Row = {"id": "7.figure.staff", "kind": "figure", "item": "工作人员数", "threshold": 5}
RANK: Row = {"id": "29.figure.rank", "kind": "figure", "item": "位次", "threshold": 30, "comparison": "at_most"}
BUDGET: Row = {"id": "12.figure.budget", "kind": "figure", "item": "经费", "per": "常住人口", "threshold": 2}
DECLARED: Row = {"id": "1.declared.reform", "kind": "declared", "item": "方案"}
TALLY: Row = {"id": "23.figure.activities", "kind": "tally", "layer": "activities", "threshold": 3}


def told(task: int, item: str, value: float | None, **columns: Any) -> dict[str, Any]:
    return {"unit_code": PLACE, "task": task, "item": item, "value": value, **columns}


def outcome(rule: Row, *figures: Row, **said: Any) -> tuple[str, float | None]:
    result = judged(rule, layers_of(figures=figures, **said))
    found = finding(result, PLACE)
    assert found["state"] == str(result.state)
    assert (found["unit_name"], found["township_code"], found["sharing"]) == ("全市", None, None)
    return str(result.state), result.value


@pytest.mark.parametrize(
    ("value", "at_least", "at_most"),
    [(5.0, "met", "met"), (4.99, "not_met", "met"), (30.0, "met", "met"), (30.01, "met", "not_met"),
     (0.0, "not_met", "met"), (None, "unknown", "unknown")],
)  # fmt: skip
def test_a_number_against_a_threshold(value: float | None, at_least: str, at_most: str) -> None:
    assert outcome(STAFF, told(7, "工作人员数", value)) == (at_least, value)
    assert outcome(RANK, told(29, "位次", value)) == (at_most, value)


def test_numbers_of_other_tasks_and_items_do_not_count() -> None:
    assert outcome(STAFF) == ("unknown", None)
    assert outcome(STAFF, told(8, "工作人员数", 9), told(7, "别的", 9)) == ("unknown", None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_number_is_no_number(value: float) -> None:
    assert outcome(STAFF, told(7, "工作人员数", value)) == ("unknown", None)


@pytest.mark.parametrize(
    ("money", "people", "state", "value"),
    [
        (1_214_882.0, 607_441.0, "met", 2.0),
        (1_214_881.0, 607_441.0, "not_met", 1_214_881 / 607_441),
        (None, 607_441.0, "unknown", None),
        (1000.0, None, "unknown", None),
        (None, None, "unknown", None),
        (1000.0, 0.0, "unknown", None),
        (0.0, 607_441.0, "not_met", 0.0),
    ],
)
def test_a_quotient(money: float | None, people: float | None, state: str, value: float | None) -> None:
    assert outcome(BUDGET, told(12, "经费", money), told(12, "常住人口", people)) == (state, value)


def test_a_quotient_needs_both_reports() -> None:
    assert outcome(BUDGET, told(12, "经费", 1000.0)) == ("unknown", None)
    assert outcome(BUDGET, told(12, "常住人口", 1000.0)) == ("unknown", None)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"as_of": date(2021, 12, 31)}, {"as_of": date(2022, 6, 30)}),
        ({"as_of": date(2021, 12, 31), "batch": 9}, {"as_of": date(2022, 6, 30), "batch": 1}),
        ({"as_of": None, "batch": 9}, {"as_of": date(2022, 6, 30), "batch": 1}),
        ({"as_of": date(2022, 6, 30), "batch": 1}, {"as_of": date(2022, 6, 30), "batch": 2}),
        ({"batch": 1}, {"batch": 2}),
        ({"row": 3}, {"row": 4}),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_the_newest_report_counts(older: Row, newer: Row, *, reverse: bool) -> None:
    figures = [told(7, "工作人员数", 3.0, **older), told(7, "工作人员数", 6.0, **newer)]
    assert outcome(STAFF, *(figures[::-1] if reverse else figures)) == ("met", 6.0)


def test_a_newer_blank_replaces_an_older_number() -> None:
    assert outcome(STAFF, told(7, "工作人员数", 6.0, batch=1), told(7, "工作人员数", None, batch=2)) == (
        "unknown",
        None,
    )


def test_a_report_of_a_later_day_does_not_count_yet() -> None:
    figures = [
        told(7, "工作人员数", 3.0, as_of=date(2022, 10, 31)),
        told(7, "工作人员数", 6.0, as_of=date(2022, 11, 1)),
    ]
    assert outcome(STAFF, *figures) == ("not_met", 3.0)


@pytest.mark.parametrize(("value", "state"), [(1.0, "met"), (0.0, "not_met"), (None, "unknown")])
def test_a_declaration(value: float | None, state: str) -> None:
    assert outcome(DECLARED, told(1, "方案", value)) == (state, value)


def test_nothing_declared() -> None:
    assert outcome(DECLARED) == ("unknown", None)


@pytest.mark.parametrize(
    ("rule", "figures", "reason"),
    [
        (STAFF, [told(7, "工作人员数", 6.0, unit_of_measure="人", evidence="编制文件")],
         "工作人员数6人，要求不少于5；佐证：编制文件"),
        (STAFF, [told(7, "工作人员数", 4.0)], "工作人员数4，要求不少于5；未附佐证材料"),
        (STAFF, [], "工作人员数没有上报"),
        (RANK, [told(29, "位次", 30.0)], "位次30，要求不超过30；未附佐证材料"),
        (BUDGET, [told(12, "经费", 300.0), told(12, "常住人口", 100.0)],
         "经费300÷常住人口100=3，要求不少于2；未附佐证材料"),
        (BUDGET, [told(12, "经费", 300.0)], "常住人口没有上报"),
        (BUDGET, [], "经费、常住人口没有上报"),
        (BUDGET, [told(12, "经费", 300.0), told(12, "常住人口", 0.0)], "常住人口报为0，不能计算"),
        (DECLARED, [told(1, "方案", 1.0, evidence="某文件")], "申报已完成，佐证：某文件"),
        (DECLARED, [told(1, "方案", 0.0)], "申报未完成，未附佐证材料"),
        (DECLARED, [], "没有申报"),
    ],
)  # fmt: skip
def test_reasons(rule: Row, figures: list[Row], reason: str) -> None:
    found = finding(judged(rule, layers_of(figures=figures)), PLACE)
    assert found["reason"] == reason
    assert len(found["evidence"]) == len(figures)


# -- units of measure ------------------------------------------------------------------

MEASURED: Row = {**STAFF, "measure": "人"}
PERCENT: Row = {**RANK, "measure": "%"}
FRACTION: Row = {"id": "27.figure.share", "kind": "figure", "item": "覆盖率", "threshold": 0.8, "measure": "小数"}
PER_HEAD: Row = {**BUDGET, "measure": "元", "per_measure": "人"}


@pytest.mark.parametrize(
    ("money", "of_money", "people", "of_people", "state", "value"),
    [
        (300_000, "元", 40, "万人", "not_met", 0.75),
        (300_000, "元", 40, "人", "met", 7500.0),
        (121.4882, "万元", 60.7441, "万人", "met", 2.0),
        (1_214_881, "元", 60.7441, "万人", "not_met", 1_214_881 / 607_441),
        (0.0121, "亿元", 607.441, "千人", "not_met", 1_210_000 / 607_441),
        (1_300_000, "", 607_441, "", "met", 1_300_000 / 607_441),
        (130, "万", 60, "万", "met", 1_300_000 / 600_000),
        (130, "万元", 60, "万户", "unknown", None),
        (130, "美元", 60, "人", "unknown", None),
        (130, "人", 60, "元", "unknown", None),
        (130, "万元", 60, "元", "unknown", None),
        (-130, "万元", 60, "人", "unknown", None),
        (1e305, "亿元", 60, "人", "unknown", None),
    ],
)
def test_a_quotient_in_the_units_of_the_plan(
    money: float, of_money: str, people: float, of_people: str, state: str, value: float | None
) -> None:
    figures = [
        told(12, "经费", money, unit_of_measure=of_money or None),
        told(12, "常住人口", people, unit_of_measure=of_people or None),
    ]
    found, number = outcome(PER_HEAD, *figures)
    assert found == state
    assert number == (None if value is None else pytest.approx(value, rel=1e-12))


@pytest.mark.parametrize(
    ("value", "measure", "of_percent", "of_fraction"),
    [
        (85, "%", ("not_met", 85.0), ("met", 0.85)),
        (24, "%", ("met", 24.0), ("not_met", 0.24)),
        (0.85, "小数", ("not_met", 85.0), ("met", 0.85)),
        (0.29, "小数", ("met", 29.0), ("not_met", 0.29)),
        (290, "‰", ("met", 29.0), ("not_met", 0.29)),
        (0.85, "%", ("unknown", None), ("unknown", None)),  # 85 % as a spreadsheet keeps it, or less than one
        (1, "%", ("unknown", None), ("unknown", None)),
        (0, "%", ("met", 0.0), ("not_met", 0.0)),
        (85, "小数", ("unknown", None), ("unknown", None)),
        (85, None, ("not_met", 85.0), ("unknown", None)),
        (0.85, None, ("unknown", None), ("met", 0.85)),
        (85, "人", ("unknown", None), ("unknown", None)),
    ],
)
def test_shares_on_the_scale_of_the_plan(
    value: float, measure: str | None, of_percent: tuple[str, float | None], of_fraction: tuple[str, float | None]
) -> None:
    assert outcome(PERCENT, told(29, "位次", value, unit_of_measure=measure)) == of_percent
    assert outcome(FRACTION, told(27, "覆盖率", value, unit_of_measure=measure)) == of_fraction


@pytest.mark.parametrize(
    ("measure", "state"),
    [(None, "met"), ("人", "met"), ("支", "met"), ("？", "met"), ("万人", "unknown"), ("千元", "unknown"),
     ("小数", "unknown"), ("是/否", "unknown")],
)  # fmt: skip
def test_a_plan_without_units_reads_only_what_needs_no_converting(measure: str | None, state: str) -> None:
    assert outcome(STAFF, told(7, "工作人员数", 6.0, unit_of_measure=measure))[0] == state


@pytest.mark.parametrize(
    "item",
    ["“三长”兼职", "三长兼职", "《三长》 兼职", "9.“三长”兼职", "任务9：三长兼职", "(9)三长兼职", "９、三长兼职。"],
)
def test_an_item_is_known_in_all_its_spellings(item: str) -> None:
    rule: Row = {"id": "9.declared.heads", "kind": "declared", "item": "“三长”兼职"}
    assert outcome(rule, told(9, item, 1.0)) == ("met", 1.0)
    assert outcome(rule, told(9, f"{item}率", 1.0)) == ("unknown", None)
    assert outcome(rule, told(19, item, 1.0)) == ("unknown", None)


def test_the_newest_report_counts_in_whatever_spelling() -> None:
    figures = [told(7, "工作人员数", 6.0, batch=1), told(7, "7.“工作人员数”", 4.0, batch=2)]
    assert outcome(STAFF, *figures) == ("not_met", 4.0)


@pytest.mark.parametrize("value", [2.0, 0.5, -1.0])
def test_a_declaration_is_one_or_none(value: float) -> None:
    assert outcome(DECLARED, told(1, "方案", value)) == ("unknown", None)


@pytest.mark.parametrize(
    ("rule", "figures", "reason"),
    [
        (MEASURED, [told(7, "工作人员数", 6.0, unit_of_measure="人")], "工作人员数6人，要求不少于5人；未附佐证材料"),
        (MEASURED, [told(7, "工作人员数", 6.0)],
         "工作人员数6人，要求不少于5人；工作人员数未注明计量单位，按“人”计；未附佐证材料"),
        (MEASURED, [told(7, "工作人员数", 6.0, unit_of_measure="元")], "工作人员数6：计量单位“元”不能换算成“人”"),
        (MEASURED, [told(7, "工作人员数", -6.0)], "工作人员数-6：不能是负数"),
        (PER_HEAD, [told(12, "经费", 30, unit_of_measure="万元"), told(12, "常住人口", 40, unit_of_measure="万人")],
         "经费30万元（合300000元）÷常住人口40万人（合400000人）=0.75元/人，要求不少于2元/人；未附佐证材料"),
        (PER_HEAD, [told(12, "经费", 30, unit_of_measure="万元"), told(12, "常住人口", 0, unit_of_measure="人")],
         "常住人口报为0人，不能计算"),
        (PER_HEAD, [told(12, "经费", 30, unit_of_measure="斤")],
         "常住人口没有上报；经费30：计量单位“斤”不能换算成“元”"),
        (PERCENT, [told(29, "位次", 0.24)], "位次0.24：分不清是0.24%还是24%"),
        (DECLARED, [told(1, "方案", 3.0)], "申报只能是1（是）或0（否），不能是3"),
        (STAFF, [told(7, "工作人员数", 6.0, unit_of_measure="千人")],
         "工作人员数6：方案没有写明计量单位，“千人”不能换算"),
    ],
)  # fmt: skip
def test_reasons_speak_of_units(rule: Row, figures: list[Row], reason: str) -> None:
    found = finding(judged(rule, layers_of(figures=figures)), PLACE)
    assert found["reason"] == reason
    assert len(found["evidence"]) == len(figures)


# -- tallies -------------------------------------------------------------------------


def activities(n: int, **columns: Any) -> list[dict[str, Any]]:
    return [{"unit_code": PLACE, "date": date(2022, 5, 1), **columns} for _ in range(n)]


TOWNSHIPS = [("activities", code) for code in (RIVER, EAST, TOWN, HILL)]


@pytest.mark.parametrize(
    ("rows", "complete", "state", "value"),
    [
        ([], [], "unknown", None),
        ([], [("activities", PLACE)], "not_met", 0.0),
        (activities(2), [], "unknown", 2.0),
        (activities(2), [("activities", PLACE)], "not_met", 2.0),
        (activities(2), TOWNSHIPS, "not_met", 2.0),
        (activities(2), TOWNSHIPS[1:], "unknown", 2.0),
        (activities(3), [], "met", 3.0),
        (activities(3), [("activities", PLACE)], "met", 3.0),
        ([*activities(2), *activities(1, date=None)], [("activities", PLACE)], "unknown", 2.0),
        ([*activities(2), *activities(4, date=date(2021, 5, 1))], [("activities", PLACE)], "not_met", 2.0),
        ([*activities(2), *activities(4, date=date(2022, 12, 1))], [], "unknown", 2.0),
    ],
)
def test_a_tally(rows: list[Row], complete: list[tuple[str, str]], state: str, value: float | None) -> None:
    result = judged(TALLY, layers_of(activities=rows, complete=complete))
    assert (str(result.state), result.value) == (state, value)


def test_a_tally_of_some_kinds_and_of_all_time() -> None:
    rows = [*activities(2, kind="lecture"), *activities(2, kind=None), *activities(2, kind="caravan")]
    some = {**TALLY, "where": {"kind": ["lecture"]}}
    result = judged(some, layers_of(activities=rows, complete=[("activities", PLACE)]))
    assert (str(result.state), result.value) == ("unknown", 2.0)
    assert len(finding(result, PLACE)["evidence"]) == 4
    assert "记录2条，另有2条看不出是否计入，要求不少于3；清单完整" in finding(result, PLACE)["reason"]
    ever = {**TALLY, "layer": "bases", "period": "ever"}
    assert judged(ever, layers_of(bases=[{"unit_code": PLACE}] * 3)).value == 3.0


def test_evidence_of_a_tally_that_is_not_met_has_the_complete_lists() -> None:
    for complete in ([("activities", PLACE)], TOWNSHIPS):
        found = finding(judged(TALLY, layers_of(activities=activities(1), complete=complete)), PLACE)
        assert {source["file"] for source in found["evidence"]} == {"activities.xlsx", "complete.xlsx"}
        assert found["reason"] == "科普活动记录1条，要求不少于3；清单完整"
