"""Chinese texts of figures and evidence that several modules say; part of the catalogue in api.texts."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

FIGURE_TEXTS: Final = MappingProxyType({
    "figures": "数字与申报",
    "no_picture": "这份材料不是图片",
    "evidence_withdrawn": "这份材料已经撤回；需要查看的请找管理员",
})  # fmt: skip
