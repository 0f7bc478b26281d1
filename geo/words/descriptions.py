"""Whether a description (设备: "投影仪2台、电脑坏了") says that something is there.

A description is a list of items. Each one is said to be there, to be lacking, or is in
doubt: broken, planned, incomplete, not clear. A word of denial may speak of its neighbours
too (没有投影仪、电脑; 投影仪、电脑坏了), so beside one only what it can't reach is a yes. A
text is never a yes when all that it says is no or not yet; what can't be told is left to
the sender.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from geo.words.vocabulary import flags, plain, words

_SPLIT = re.compile(r"[、,，;；。!！\n\r\t|]+|但是?|不过|然而|(?<=[^\W\d])\s+(?=[^\W\d_无没未暂尚缺坏已均都全])")
_MARKS = re.compile(r"[()\[\]{}【】〔〕「」“”\"'‘’:_~]+")
_COUNTER = "(?:余|多)?(?:台|套|个|块|张|把|间|处|架|件|部|种|册|本|组|只|面|幅|条|支|盏|副|名|人|位|批|米|平|m|㎡)"
_SEVERAL = re.compile(
    rf"(?<![\d.])(?:0*[1-9]\d*(?:\.\d+)?|[一二两三四五六七八九十百几数多]+){_COUNTER}|0*[1-9]\d*$|若干"
)
_ZERO = re.compile(rf"(?<![\d.])(?:0+(?:\.0+)?|零)(?={_COUNTER}|$){_COUNTER}?")
_VERB = (
    "配备|配置|配齐|配(?!件)|安装|装(?!置)|建成|建(?!筑)|设立|设置|设(?!备|施)|购置|购买|采购|购|买|到位|到货|添置|成立"
)
_END = "(?:好|齐|完)?(?:了|的)?"
_LACKING = re.compile(
    rf"(?:尚|还|暂|并|均|都|皆|也|仍)*(?:没有(?:{_VERB})?{_END}|[没未](?:{_VERB}){_END}|缺少|缺乏|(?<!欠)缺|没|(?<!有)无)"
    r"|(?<!\d)[×✗✘](?!\d)"
)
_THERE = re.compile(r"(?:现|已|配|设|备|装|拥|内|均|都)*有|已(?:经)?(?:配|安装|装|购|建|设)")
_THERE_AFTER = re.compile(r"(?:有|完好|良好|正常|齐全|可用|能用|在用|[√✓✔])$")
_ALL = re.compile("均|都|皆|全|一律")


@dataclass(frozen=True)
class _Item:
    """An item: `said` yes, no, or None in doubt; how plainly, and which neighbours its doubt may reach."""

    said: bool | None
    stated: bool = False
    """It says itself that it is there (有, 完好)."""
    counted: bool = False
    before: bool = False
    after: bool = False
    opens: bool = False
    """What follows may be a list of what is wanted, numbers and all (缺少, 计划购买)."""
    whole: bool = False
    """It names no thing of its own (坏了), so it speaks of what stands before it."""
    every: bool = False
    """It speaks of the whole list (均, 都, 全)."""


@lru_cache(maxsize=20_000)
def affirms(text: str) -> bool | None:
    """Return whether a description says that there is something; None where that can't be told."""
    if plain(text) in flags():
        return flags()[plain(text)]
    items = [_read(item) for item in _SPLIT.split(unicodedata.normalize("NFKC", text)) if plain(item)]
    if any(item.said and not _reached(items, at) for at, item in enumerate(items)):
        return True
    none = any(item.every and item.said is False for item in items)
    bare = (item.said and none and not (item.stated or item.counted) for item in items)
    return False if items and all(item.said is False or said for item, said in zip(items, bare, strict=True)) else None


def doubtful(text: str) -> bool:
    """Say whether a text denies or puts off anything: 无法使用, 在建, 待定, 不详."""
    found = _harmless().sub("物", plain(text))
    return bool(_doubt().search(found) or _LACKING.search(found)) or not any(ch.isalnum() for ch in found)


def _reached(items: list[_Item], at: int) -> bool:
    """Say whether what another item denies may be meant of this one too."""
    item = items[at]
    for other, found in enumerate(items):
        if found.said or other == at:
            continue
        if found.every or (found.whole and (other > at or not item.stated)):
            return True
        near = found.before if other > at else found.after
        far = found.counted if other > at else found.opens
        if near and not item.stated and (far or not item.counted):
            return True
    return False


def _read(written: str) -> _Item:
    text = _MARKS.sub("", _harmless().sub("物", plain(written)))
    if text in flags():
        return _Item(flags()[text], whole=not flags()[text])
    if text in words("unclear"):
        return _Item(None, whole=True)
    counted = bool(_SEVERAL.search(text))
    zero, lacking, doubt = _ZERO.search(text), _LACKING.search(text), _doubt().search(text)
    if not (zero or lacking or doubt):
        if not any(ch.isalnum() for ch in text):
            return _Item(None, whole=True)
        return _Item(True, bool(_THERE.match(text) or _THERE_AFTER.search(text)), counted)
    mark = zero or lacking or doubt
    assert mark is not None
    rest = text[: mark.start()] + text[mark.end() :]
    own = _filling().sub("", _SEVERAL.sub("", _doubt().sub("", rest)))
    said = False if mark is not doubt and not counted and _lacks(rest, mark, zero) else None
    return _Item(
        said,
        counted=counted,
        before=bool(_filling().sub("", text[: mark.start()])),
        after=bool(_filling().sub("", text[mark.end() :])),
        opens=said is None or "缺" in mark.group(),
        whole=not _things().search(own),
        every=bool(_ALL.search(text)),
    )


def _lacks(rest: str, mark: re.Match[str], zero: re.Match[str] | None) -> bool:
    """Say whether an item plainly lacks what it names: one denial, at its start or end, of a known thing."""
    if _doubt().search(rest) or _LACKING.search(rest):
        return False
    if zero:
        return True
    head, tail = (_filling().sub("", part) for part in (mark.string[: mark.start()], mark.string[mark.end() :]))
    if not head:
        return not tail or bool(_things().match(tail))
    return not tail and bool(_things().search(head))


@cache
def _harmless() -> re.Pattern[str]:
    """Words that hold a character of denial and deny nothing (无线, 空调, 未来)."""
    return _any_of("harmless")


@cache
def _doubt() -> re.Pattern[str]:
    return re.compile(rf"^[-—–−]|^no(?!te)|{_any_of('doubtful').pattern}")


@cache
def _filling() -> re.Pattern[str]:
    """Words that name nothing of their own (目前, 设备, 已)."""
    return _any_of("filling")


@cache
def _things() -> re.Pattern[str]:
    return _any_of("things")


def _any_of(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(word) for word in sorted(words(kind), key=len, reverse=True)))
