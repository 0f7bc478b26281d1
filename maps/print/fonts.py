"""The fonts that print and atlas use: free ones, found on this machine, embedded in every PDF."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from maps.errors import FontMissing

SANS: Final = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "SimHei",
)  # fmt: skip
SERIF: Final = ("Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "SimSun", "FangSong")


@dataclass(frozen=True)
class Fonts:
    """Family names as Typst and matplotlib know them, and the files they come from."""

    sans: str
    serif: str
    files: tuple[Path, ...]


@cache
def fonts() -> Fonts:
    """Return the first Chinese sans and serif of this machine; raises FontMissing if it has none.

    A machine without a serif prints everything in its sans.
    """
    import typst

    found: dict[str, set[Path]] = {}
    for font in typst.Fonts().fonts():
        if font.path:
            found.setdefault(font.family, set()).add(Path(font.path))
    sans = next((name for name in SANS if name in found), None)
    serif = next((name for name in SERIF if name in found), sans)
    if sans is None or serif is None:
        msg = f"没有中文字体，不能排版；请安装其中之一：{'、'.join(SANS)}（Debian：apt-get install fonts-noto-cjk）"
        raise FontMissing(msg)
    return Fonts(sans, serif, tuple(sorted(found[sans] | found[serif])))
