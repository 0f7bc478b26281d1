"""The maps' palette as a style sheet, so that pages and maps never differ."""

from __future__ import annotations

from maps import palette


def css() -> str:
    """Custom properties: --ink … --accent, and --STATE-fill, --STATE-line for each state."""
    names = ("INK", "MUTED", "GROUND", "LAND", "LINE", "ACCENT")
    lines = [f"--{name.lower()}: {getattr(palette, name)};" for name in names]
    for style in palette.STATES:
        key = style.key.replace("_", "-")
        lines += [f"--{key}-fill: {style.fill};", f"--{key}-line: {style.line};"]
    return ":root {\n  " + "\n  ".join(lines) + "\n}\n"
