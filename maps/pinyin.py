"""Search keys of Chinese names: full pinyin and initials."""

from functools import lru_cache
from typing import Final

from pypinyin import lazy_pinyin

# Units end alike; reading these once and not with every name halves the work.
_ENDINGS: Final = ("社区居民委员会", "社区居委会", "居民委员会", "村民委员会", "村村委会", "村委会", "居委会", "街道")


def keys(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name, lower case: 三工镇 → ("sangongzhen", "sgz").

    What is not Chinese is kept as it stands, less its blanks.
    """
    ending = next((end for end in _ENDINGS if name.endswith(end)), "")
    first, last = _read(name.removesuffix(ending)), _read(ending)
    return first[0] + last[0], first[1] + last[1]


@lru_cache(maxsize=50_000)
def _read(text: str) -> tuple[str, str]:
    syllables = ["".join(part.split()).lower() for part in lazy_pinyin(text)]
    return "".join(syllables), "".join(part[:1] for part in syllables)


def forget() -> None:
    """Forget the names read so far."""
    _read.cache_clear()
