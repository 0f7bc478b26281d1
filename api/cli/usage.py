"""What is wrong with a command as it was typed, in one Chinese line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_QUOTED = re.compile(r"'([^']*)'")
_BOUND = re.compile(r"(greater|less) than or equal to (\d+)")
_EXTRA = re.compile(r"unexpected extra argument\(?s?\)? \((.*)\)")


def told(error: TyperException) -> str:
    """Say what Typer refused. Its own messages are English, and its classes private: they are told by name."""
    where = getattr(getattr(error, "ctx", None), "command_path", "kepu")
    return f"{_what(error)}；用法见 {where} -h"


def _what(error: TyperException) -> str:
    kind, message = type(error).__name__, error.message
    if kind == "NoSuchOption":
        near = "、".join(sorted(getattr(error, "possibilities", None) or ()))
        return f"没有选项 {getattr(error, 'option_name', '')}" + (f"，相近的有 {near}" if near else "")
    if kind == "BadOptionUsage":
        return f"选项 {getattr(error, 'option_name', '')} 用得不对：后面要有一个值，开关则不能有"
    param = getattr(error, "param", None)
    if param is not None:
        name, help_ = _name(param), getattr(param, "help", None) or ""
        return f"缺少{name}：{help_}" if kind == "MissingParameter" else f"{name} 的值不对：{_wanted(message) or help_}"
    if "No such command" in message:
        return f"没有命令“{'、'.join(_QUOTED.findall(message))}”"
    extra = _EXTRA.search(message)
    return f"多出来的参数：{extra[1]}" if extra else "命令写得不对"


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"参数 {param.metavar or param.name}"
    return f"选项 {'、'.join(param.opts)}"


def _wanted(message: str) -> str:
    """Say what an option takes: one of some words, or a number within bounds."""
    if "is not one of" in message:
        given, *known = _QUOTED.findall(message)
        return f"“{given}”不在可填的 {'、'.join(known)} 之中"
    bound = _BOUND.search(message)
    return f"{'至少' if bound[1] == 'greater' else '至多'}是 {bound[2]}" if bound else ""
