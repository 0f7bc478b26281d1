"""Examples of the reference: an invented county, shaped like the real answers (a test holds them to it)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_PLAN: Final = {"id": "example-2022", "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"}
_SOURCE: Final = {"file": "示例镇台账.xlsx", "sheet": "Sheet1", "row": 12, "batch": 3}
_STATE: Final = {"state": "not_met", "sharing": None, "reason": "上报无科普活动站（室）", "evidence": [_SOURCE]}
_VILLAGE: Final = {"unit_code": "990101101201", "unit_name": "示例村村委会", "township_code": "990101101000"}
_COUNTS: Final = {"in_scope": 139, "met": 110, "met_shared": 24, "not_met": 20, "unknown": 9, "not_applicable": 0}
_RULE: Final = {"id": "17.village.station", "requirement": "每个行政村（社区）有专用或共用的科普活动站（室）"}
_ASKED: Final = {
    "task": 17, "task_title": "科普“站栏员”", "rule": _RULE["id"], "requirement": _RULE["requirement"],
}  # fmt: skip
_JOB: Final = "0b6f2c1d9e8a4f57a1c3d5e7f9b1a2c4"

EXAMPLES: Final[Mapping[str, Any]] = MappingProxyType({
    "layer": {
        "type": "FeatureCollection",
        "name": "stations",
        "title": "科普活动站（室）",
        "as_of": "2022-10-31",
        "township": None,
        "count": 1,
        "features": [
            {
                "type": "Feature",
                "id": "ZD1",
                "geometry": {"type": "Point", "coordinates": [99.25, 40.95]},
                "properties": {
                    "id": "ZD1", "unit_code": "990101101201", "name": "示例村科普活动站",
                    "township_code": "990101101000", "serves": [], "sharing": "shared", "host": "文化站",
                    "equipment": True, "area_m2": 60.0, "built_on": "2021-06-01", "month_only": False,
                    "closed_on": None, "closed_month_only": None,
                    "open_hours": None, "datum": "cgcs2000", **_SOURCE,
                },
            }
        ],
    },
    "assessment": {
        "as_of": "2022-10-31",
        "plan": _PLAN,
        "tasks": [
            {
                "no": 17,
                "title": "科普“站栏员”",
                "section": "二·6",
                "requirement": "站、栏、员到村",
                "kind": "map",
                "lead": ["各乡镇、街道"],
                "cooperating": ["市科协"],
                "state": "not_met",
                "rules": [
                    {
                        **_RULE, "unit": "village", "threshold": 1.0, "value": 0.791, "state": "not_met",
                        "units": _COUNTS, "findings": [{**_VILLAGE, **_STATE, "facilities": []}],
                    }
                ],
            }
        ],
    },
    "gaps": {
        "as_of": "2022-10-31",
        "plan": _PLAN,
        "filters": {"township": "990101101000", "rule": "17.village.station", "state": None},
        "counts": {"total": 1, "met": 0, "not_met": 1, "unknown": 0},
        "gaps": [
            {
                **_ASKED, "unit": "village", **_VILLAGE, "township_name": "示例镇", **_STATE,
                "last_change": None, "due": None,
            }
        ],
    },
    "siting": {
        "rule": "17.village.station", "layer": "stations", "model": "cover", "within": 1000.0, "weight": "units",
        "gaps": 2, "met_before": 9, "met_after": 11, "in_scope": 11, "objective": 2.0, "bound": 2.0, "gap": 0.0,
        "status": "optimal", "seconds": 0.004, "straight": True, "estimated": 0,
        "sites": [
            {
                "unit_code": "990101101201", "name": "示例村", "township_code": "990101101000",
                "lon": 99.25, "lat": 40.95,
                "serves": [
                    {"unit_code": "990101101201", "unit_name": "示例村", "metres": 0.0},
                    {"unit_code": "990101101202", "unit_name": "邻村", "metres": 731.4},
                ],
                "people": 2150.0,
            }
        ],
        "left": [], "clashes": [], "unlocated": [],
    },
    "unit": {
        "as_of": "2022-10-31",
        "plan": _PLAN,
        "unit": {
            "code": "990101101201",
            "name": "示例村村委会",
            "level": "village",
            "township_code": "990101101000",
            "township_name": "示例镇",
            "properties": {"code": "990101101201", "name": "示例村村委会", "kind": "village", "population": 1200},
        },
        "counts": {"in_scope": 5, "met": 4, "met_shared": 1, "not_met": 1, "unknown": 0, "not_applicable": 0},
        "requirements": [{**_ASKED, **_STATE, "facilities": []}],
        "facilities": [{"layer": "boards", "id": "XC1", "updates": ["2022-10-01"], **_SOURCE}],
    },
    "accepted": {"id": _JOB, "state": "queued", "status_url": f"/api/v1/imports/{_JOB}"},
    "import": {
        "id": _JOB,
        "state": "done",
        "stage": None,
        "progress": {"rows": 13, "of": 13},
        "file": "示例镇科普站.xlsx",
        "layer": "stations",
        "datum": "auto",
        "complete": True,
        "dry_run": False,
        "sender": "示例镇",
        "received_on": "2022-10-31",
        "scope": None,
        "columns": {"最后更换": "最近更换日期"},
        "created_at": "2022-10-31T08:00:00+00:00",
        "finished_at": "2022-10-31T08:00:01+00:00",
        "outcome": "stored",
        "batch": 3,
        "counts": {"records": {"stations": 12}, "reported_none": {"stations": 1}},
        "rows": {"read": 13, "good": 12, "repaired": 1, "asked": 0, "refused": 0},
        "changes": {"stations": {"new": 10, "changed": 1, "same": 1, "gone": 0}},
        "tables": [
            {
                "sheet": "活动站",
                "header_row": 2,
                "layer": "科普活动站（室）",
                "title": "示例镇科普活动站登记表",
                "rows": 13,
                "columns": [{"written": "村", "read_as": "村(社区)"}],
                "unread": ["序号"],
            }
        ],
        "questions": [
            {
                "kind": "unit",
                "field": "village",
                "township": "示例镇",
                "written": "示范村",
                "message": "示例镇没有这个村（社区）",
                "file": "示例镇科普站.xlsx",
                "sheet": "活动站",
                "row": 4,
                "times": 1,
                "candidates": [{"code": "990101101201", "name": "示例镇示例村村委会", "reason": "差一字"}],
            }
        ],
        "faults": [],
    },
    "health": {
        "status": "ok",
        "version": "0.1.0",
        "store": "ok",
        "migrations": "ok",
        "disk": "ok",
        "backup": "unknown",
    },
})  # fmt: skip

# (kind, detail, further members) of the problem that stands for each status in the reference
_PROBLEMS: Final = {
    400: ("bad-request", "请求无法读取", "请求的格式不对，无法读取。", {}),
    401: ("login-needed", "请先登录", "请先登录", {}),
    403: ("not-allowed", "没有权限", "您的角色不能做这件事；需要请找管理员", {}),
    404: ("unknown-unit", "没有这个单位", "没有乡镇（街道）“示例乡”", {}),
    413: ("too-large", "上传内容过大", "上传内容超过上限 20 MB，请拆成几个文件再传", {}),
    422: (
        "invalid",
        "参数不对",
        "请求里有参数不对，请逐项改正。",
        {"errors": [{"in": "query", "name": "as_of", "detail": "日期无法识别，请写成 2022-10-31"}]},
    ),
    503: (
        "no-store",
        "还没有数据",
        "还没有数据库。请先运行 kepu demo（看演示）或 kepu init（从头开始），再刷新本页。",
        {},
    ),
}


def problem_example(status: int) -> dict[str, Any]:
    """A problem of this status, as the reference shows it."""
    kind, title, detail, more = _PROBLEMS[status]
    head = {"type": f"urn:kepu:problem:{kind}", "title": title, "status": status, "detail": detail}
    return {**head, "instance": "/api/v1/…", **more}
