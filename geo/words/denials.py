"""Whether what stands in place of a name denies that there is anything, or puts it off.

A name may hold such words and be a name all the same (未央路宣传栏, 建设中学), so a text
counts as a denial only if nothing else is left of it once the layer's own words (活动站,
宣传栏), days and brackets are taken out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

from geo.words.descriptions import affirms, doubtful
from geo.words.vocabulary import catalogue, flags, plain, puts_off, says_none

Said = Literal["name", "none", "doubtful"]

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_DAYS = re.compile(r"\d+(?:年|月|日|号|季度)?|(?:今|明|本|去|后)年|(?:上|下)半年|年底|月底")
_NONE = re.compile(
    r"(?:尚|暂|还|目前|现)*(?:无|没有|没|未)(?:建成|建立|建设|建|设立|设置|设|成立|配备|配置|配)?(?:有)?"
)
_PUT_OFF = re.compile(
    r"(?:正在?|尚|还|暂|已经?|即将|准备)*(?:无|没有|没|未|缺|空缺|暂缺|缺失|拟|待|在|筹|计划|规划|申请|报批)*"
    r"(?:建成|建立|建设|建|设立|设置|设|成立|组建|筹备|筹建|落实|完成|完工|竣工|配备|配置|定|聘|物色|报|补|拆除|停用|停办|关闭"
    r"|撤销|撤并|损坏|搬迁|废弃|不详|不清楚|未知)*(?:之?中|里|阶段)?"
)


@lru_cache(maxsize=20_000)
def said_of(text: str, layer: str) -> Said:
    """Say whether a text in place of a facility's name is one, says that there is none, or leaves it open."""
    if says_none(text) or plain(text) in flags():
        return "name" if flags().get(plain(text)) else "none"
    if puts_off(text):
        return "doubtful"
    whole = plain(text)
    bare = _BRACKETS.sub("", whole)
    signs = _signs(layer)
    if not all(sign in signs or sign.isdecimal() for sign in bare):
        return "name"
    left = _DAYS.sub("", _own_words(layer).sub("", bare))
    if not left or left == bare == "":
        return "name"
    if _NONE.fullmatch(left):
        return "none" if bare == whole else "doubtful"
    return "doubtful" if _PUT_OFF.fullmatch(left) else "name"


@lru_cache(maxsize=20_000)
def said_of_person(text: str) -> Said:
    """Say whether a text in place of a person's name is one, says that there is nobody, or leaves it open."""
    if says_none(text) or affirms(text) is False:
        return "none"
    return "doubtful" if puts_off(text) or doubtful(text) or _PUT_OFF.fullmatch(plain(text)) else "name"


@cache
def _signs(layer: str) -> frozenset[str]:
    """Return the characters of which a text that denies or puts off consists; with another one in it, it is a name."""
    patterns = (_NONE, _PUT_OFF, _DAYS, _own_words(layer))
    return frozenset().union(*(pattern.pattern for pattern in patterns))


@cache
def _own_words(layer: str) -> re.Pattern[str]:
    words = [*catalogue()["sheets"].get(layer, ()), "科普", "设施", "农村专业技术", "农技", "文化"]
    return re.compile("|".join(map(re.escape, sorted(map(plain, words), key=len, reverse=True))))
