"""The palette keeps its promises: states differ in grey, for the colour-blind, by shape and by hatching."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from maps import palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def linear(colour: str) -> NDArray[np.float64]:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of linear RGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour: str) -> float:
    return float(lab(linear(colour))[0])


def test_gaps_are_the_darkest_state_in_grey() -> None:
    grey = {style.key: lightness(style.area) for style in palette.STATES}
    others = [value for key, value in grey.items() if key != "not_met"]
    assert min(others) - grey["not_met"] >= 20
    points = {style.key: lightness(style.fill) for style in palette.STATES}
    assert points["met"] - points["not_met"] >= 25


def test_share_classes_darken_steadily_with_the_gap() -> None:
    values = [lightness(entry.fill) for entry in palette.SHARES]
    assert all(after - before >= 6 for before, after in pairwise(values)), values


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_states_stay_apart_for_the_colour_blind(deficiency: str) -> None:
    seen = np.array(DEFICIENCIES[deficiency])
    colours = {style.key: lab(seen @ linear(style.area)) for style in palette.STATES if style.hatch == "none"}
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(colours[one] - colours[other]) >= 10, (one, other)


def test_each_state_has_its_own_shape_and_the_white_one_a_hatching() -> None:
    assert len({style.glyph for style in palette.STATES}) == len(palette.STATES)
    unknown = palette.STATES[palette.STATE_CODE["unknown"]]
    assert unknown.hatch == "diagonal"
    met, shared = (palette.STATES[palette.STATE_CODE[key]] for key in ("met", "met_shared"))
    assert met.hatch != shared.hatch


@pytest.mark.parametrize(
    ("share", "label"),
    [(0, "0"), (0.001, "50% 及以下"), (0.5, "50% 及以下"), (0.51, "50%–80%"), (0.8, "50%–80%"),
     (0.81, "80%–100%"), (0.9999, "80%–100%"), (1, "100%")],
)  # fmt: skip
def test_share_classes_have_round_breaks(share: float, label: str) -> None:
    assert palette.SHARES[palette.share_class(share)].label == label


def test_no_two_looks_of_a_board_carry_the_same_mark() -> None:
    assert len({style.mark for style in palette.FRESHNESS}) == len(palette.FRESHNESS)
    assert palette.STATES[palette.STATE_CODE["not_applicable"]].hatch == "level"


def test_text_on_paper_is_readable() -> None:
    for ink in (palette.INK, palette.MUTED, palette.ACCENT):
        assert (1 + 0.05) / (float(linear(ink) @ [0.2126, 0.7152, 0.0722]) + 0.05) >= 4.5
