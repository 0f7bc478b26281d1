"""Colours, shapes and hatchings of every drawing that the project makes.

A state is told by three things at once (colour, shape of the point, hatching of the area), so that it
survives colour blindness, a grey printer and a bad projector. The ground is calm grey; the one strong
colour is kept for gaps. Lightness falls from met to not met, which is what a grey copy shows.
"""

from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Glyph = Literal["disc", "half", "diamond", "square", "dot"]
Hatch = Literal["none", "dots", "diagonal", "cross", "level"]
Mark = Literal["", "?", "!", "×", "–"]

INK: Final = "#1f2a37"
MUTED: Final = "#5b6774"
GROUND: Final = "#d3d9df"
LAND: Final = "#f7f8f9"
LINE: Final = "#8a94a0"
ACCENT: Final = "#1d4f91"


@dataclass(frozen=True)
class StateStyle:
    """How one state looks, in sRGB hex: ``fill`` of the point, calmer ``area`` fill, ``line`` of both."""

    key: str
    label: str
    fill: str
    area: str
    line: str
    glyph: Glyph
    hatch: Hatch
    mark: Mark = ""


@dataclass(frozen=True)
class ShareClass:
    """One class of the share met: ``low`` < share ≤ ``high``, both in 0…1 (the first class is exactly 0)."""

    label: str
    low: float
    high: float
    fill: str


@dataclass(frozen=True)
class FacilityStyle:
    """The point symbol of one facility layer."""

    layer: str
    label: str
    shape: str
    fill: str


# The order is the order of the codes 0…4 in the map's data block.
STATES: Final = (
    StateStyle("unknown", "未上报", "#ffffff", "#ffffff", "#4b5563", "square", "diagonal"),
    StateStyle("met", "达标（专用）", "#8dbdb8", "#a5ccc8", "#2a625f", "disc", "none"),
    StateStyle("met_shared", "达标（共用）", "#c3dedb", "#d3e7e5", "#2a625f", "half", "dots"),
    StateStyle("not_met", "未达标", "#c2371a", "#d0573a", "#6f1a08", "diamond", "none"),
    StateStyle("not_applicable", "不适用", "#edeff1", "#edeff1", "#8a94a0", "dot", "level"),
)
STATE_CODE: Final = MappingProxyType({style.key: code for code, style in enumerate(STATES)})

SHARES: Final = (
    ShareClass("0", -1.0, 0.0, "#9c2810"),
    ShareClass("50% 及以下", 0.0, 0.5, "#c9633e"),
    ShareClass("50%–80%", 0.5, 0.8, "#e3a17c"),
    ShareClass("80%–100%", 0.8, 0.999999, "#f0cbb4"),
    ShareClass("100%", 0.999999, 1.0, "#d5ede9"),
)

FRESHNESS: Final = (
    StateStyle("fresh", "按期更换", "#8dbdb8", "#8dbdb8", "#2a625f", "disc", "none"),
    StateStyle("due", "30 天内到期", "#f2c14e", "#f2c14e", "#7a5a00", "half", "dots", "–"),
    StateStyle("overdue", "已逾期", "#c2371a", "#c2371a", "#6f1a08", "diamond", "none", "!"),
    StateStyle("never", "从未更换", "#7d1d0a", "#7d1d0a", "#3f0d03", "diamond", "cross", "×"),
    StateStyle("unknown", "更换情况未上报", "#ffffff", "#ffffff", "#4b5563", "square", "diagonal", "?"),
)
FRESHNESS_CODE: Final = MappingProxyType({style.key: code for code, style in enumerate(FRESHNESS)})

FACILITIES: Final = (
    FacilityStyle("stations", "科普活动站（室）", "house", "#2f4b6e"),
    FacilityStyle("boards", "科普宣传栏（画廊）", "board", "#2f4b6e"),
    FacilityStyle("communicators", "科普员", "person", "#2f4b6e"),
    FacilityStyle("schools", "中小学校", "flag", "#2f4b6e"),
    FacilityStyle("bases", "科普教育基地", "star", "#2f4b6e"),
    FacilityStyle("organisations", "科普组织", "triangle", "#2f4b6e"),
    FacilityStyle("associations", "农村专业技术协会", "cross", "#2f4b6e"),
    FacilityStyle("activities", "科普活动", "hexagon", "#2f4b6e"),
)


def share_class(share: float) -> int:
    """Index into SHARES of a share in 0…1."""
    return next(index for index, entry in enumerate(SHARES) if share <= entry.high)


def as_data() -> dict[str, Any]:
    """The palette as plain values, for the map's data block."""
    return {
        "ink": INK,
        "muted": MUTED,
        "ground": GROUND,
        "land": LAND,
        "line": LINE,
        "accent": ACCENT,
        "states": [asdict(style) for style in STATES],
        "shares": [asdict(entry) for entry in SHARES],
        "freshness": [asdict(style) for style in FRESHNESS],
        "facilities": [asdict(style) for style in FACILITIES],
    }
