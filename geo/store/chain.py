"""The chain of the audit: what an entry's hash is made of, and where a chain is broken first.

Knows no database. The canonical form is RFC 8785 (JSON Canonicalization Scheme) of an object
without fractions; docs/CONTRACT.md writes it down for other programs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from geo.store import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ORIGIN: Final = "0" * 64
"""What the first entry has as the hash of the one before it."""
ACTIONS: Final[Mapping[str, str]] = {
    "init": "建库",
    "import": "导入",
    "undo": "撤销",
    "plan": "装入方案",
    "upgrade": "升级",
    "restore": "由备份恢复",
    "viewed": "查看个人信息",
    "user-added": "新增用户",
    "user-changed": "修改用户",
    "password-changed": "修改密码",
    "token-made": "发放令牌",
    "token-withdrawn": "收回令牌",
    "login-failed": "多次登录失败",
    "login-refused": "统一登录被拒",
    "logged-out": "令其退出登录",
    "share-made": "建共享链接",
    "share-withdrawn": "收回共享链接",
    "gap-taken": "认领缺口",
    "gap-done": "完成认领",
    "gap-released": "释放认领",
    "scenario-saved": "保存方案",
    "scenario-dropped": "删除方案",
    "scenario-planned": "方案列入计划",
    "evidence-added": "附佐证材料",
    "evidence-withdrawn": "撤回佐证材料",
}
_RENUMBERED_BY: Final = 1000
"""How far off the number is looked for that an entry had before somebody renumbered it."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=repr).encode
FIELD_LABELS: Final[Mapping[str, str]] = {
    "at": "时间",
    "by": "经办",
    "action": "操作",
    "batch": "批次",
    "detail": "详情",
    "salt_sha256": "密钥摘要",
    "previous": "前一条哈希",
    "hash": "哈希",
}
"""What messages and exports call the fields of an entry."""


@dataclass(frozen=True)
class Entry:
    """One line of the audit.

    `at`: the moment as text, `2022-10-31T08:00:00.000000Z`. `salt_sha256`: digest of the secret
    that the digests in `detail` are made with, None where it holds none.
    """

    entry: int
    at: str
    by: str
    action: str
    batch: int | None
    detail: Mapping[str, Any]
    salt_sha256: str | None
    previous: str
    hash: str

    @property
    def digest(self) -> str:
        """The hash that it should have."""
        told = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "hash"}
        return hashlib.sha256(canonical(told)).hexdigest()

    @property
    def title(self) -> str:
        """Number, moment on the office's clock, person and action, as findings name an entry."""
        what = ACTIONS.get(self.action, self.action) + (f"，第{self.batch}批" if self.batch is not None else "")
        return f"第{self.entry}条（{shown_moment(self.at)}，{self.by or '未记经办'}，{what}）"


@dataclass(frozen=True)
class Finding:
    """What does not fit: `entry`, the number of the first entry that it concerns, None for what has no entry."""

    entry: int | None
    kind: str
    told: str


def canonical(value: Any) -> bytes:
    """Return a value as JSON in its one canonical form."""
    return _encode(value).encode("utf-8", "surrogatepass")


def moment_text(at: datetime) -> str:
    """Return a stored moment (UTC, without a zone) as the chain writes it."""
    return at.isoformat(timespec="microseconds") + "Z"


def shown_moment(at: str) -> str:
    """Return a moment of the chain as the office's clock showed it; text that is none as it is."""
    try:
        moment = datetime.fromisoformat(at.removesuffix("Z"))
        return clock.local(moment).isoformat(sep=" ", timespec="minutes")
    except (ValueError, OverflowError):
        return at


def first_break(entries: Sequence[Entry]) -> Finding | None:
    """Return where a chain is broken first, by the entry's number; `entries` in order of their numbers."""
    previous = ORIGIN
    for at, entry in enumerate(entries):
        number = at + 1
        if entry.entry != number and entry.digest == entry.hash:
            return _gap(entries, at)
        if entry.entry != number or entry.digest != entry.hash:
            return _altered(entries, at)
        if entry.previous != previous:
            return _unlinked(entries, at)
        previous = entry.hash
    return None


def _gap(entries: Sequence[Entry], at: int) -> Finding:
    """Numbers are left out before an entry that is whole."""
    first, last = at + 1, entries[at].entry - 1
    if last < first:
        return Finding(entries[at].entry, "inserted", f"{entries[at].title}是放进去的：序号应从1起，每条加1")
    before = f"在{entries[at - 1].title}之后" if at else "在最前面"
    which = f"第{first}条" if first == last else f"第{first}条到第{last}条"
    return Finding(first, "removed", f"{which}被抽走：{before}，{entries[at].title}之前")


def _altered(entries: Sequence[Entry], at: int) -> Finding:
    """An entry is not what its hash was made of: renumbered, exchanged, or altered."""
    entry, number = entries[at], entries[at].entry
    own = _former_number(entry)
    if own is not None and own > number:
        swapped = next((e for e in entries[at + 1 :] if e.entry == own), None)
        if swapped is not None and _former_number(swapped) == number:
            told = f"{entry.title}和{swapped.title}被对调：它们的哈希是按第{own}条、第{number}条算的"
            return Finding(number, "swapped", told)
        which = f"第{number}条" if own == number + 1 else f"第{number}条到第{own - 1}条"
        return Finding(number, "removed", f"{which}被抽走，后面的改了序号：{entry.title}原是第{own}条")
    if own is not None and 0 < own <= at:
        put_in = entries[own - 1]
        told = f"{put_in.title}是放进去的，后面的改了序号：{entry.title}原是第{own}条"
        return Finding(put_in.entry, "inserted", told)
    return Finding(number, "altered", f"{entry.title}被改过：{_what_differs(entries, at)}")


def _former_number(entry: Entry) -> int | None:
    """Return the number under which an entry's hash is right."""
    near = range(max(1, entry.entry - _RENUMBERED_BY), entry.entry + _RENUMBERED_BY)
    return next((n for n in near if replace(entry, entry=n).digest == entry.hash), None)


def _what_differs(entries: Sequence[Entry], at: int) -> str:
    """Say what of an altered entry is no longer what it was, as far as its neighbours tell."""
    entry = entries[at]
    former = entries[at - 1].hash if at else ORIGIN
    if at + 1 < len(entries) and entries[at + 1].previous == entry.digest:
        return "所记的本条哈希不是原来的（内容未变）"
    if replace(entry, previous=former).digest == entry.hash:
        return "所记的前一条哈希不是原来的"
    return "内容与所记的哈希不符"


def _unlinked(entries: Sequence[Entry], at: int) -> Finding:
    """An entry is whole but names another predecessor: one of the two was put in the place of another."""
    entry = entries[at]
    followed = at + 1 < len(entries) and entries[at + 1].previous == entry.hash
    if at == 0:
        return Finding(entry.entry, "link", f"{entry.title}接不上：它之前应当没有别的记录")
    before = entries[at - 1]
    if followed:
        told = f"{before.title}被换过：它的哈希重算过，与下一条所记的不符"
        return Finding(before.entry, "link", told)
    if at + 1 < len(entries):
        return Finding(entry.entry, "link", f"{entry.title}被换过或是放进去的：与前后两条都接不上")
    told = f"{before.title}与最后一条（第{entry.entry}条）接不上：前者的哈希重算过，或后者是放进去的"
    return Finding(before.entry, "link", told)
