"""The four states and their three-valued logic, table by table."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from geo.states import MET, NOT_APPLICABLE, NOT_MET, UNKNOWN, State, both, decide, state_of

T, F, U = MET, NOT_MET, UNKNOWN

KLEENE_AND = {
    (T, T): T, (T, F): F, (T, U): U,
    (F, T): F, (F, F): F, (F, U): F,
    (U, T): U, (U, F): F, (U, U): U,
}  # fmt: skip


def test_both_is_kleene_and() -> None:
    left, right = (np.array(side, dtype=np.int8) for side in zip(*KLEENE_AND, strict=True))
    result = both(left, right)
    assert result.dtype == np.int8
    assert result.tolist() == list(KLEENE_AND.values())


def test_both_of_one_is_itself_and_of_many_folds() -> None:
    cases = np.array(list(product((T, F, U), repeat=3)), dtype=np.int8).T
    assert both(cases[0]).tolist() == cases[0].tolist()
    folded = [KLEENE_AND[KLEENE_AND[int(a), int(b)], int(c)] for a, b, c in cases.T]
    assert both(*cases).tolist() == folded


def test_both_of_no_rows() -> None:
    assert both(np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int8)).shape == (0,)


MET_, NOT_, UNKNOWN_, OUT = State.MET, State.NOT_MET, State.UNKNOWN, State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("parts", "task"),
    [
        ((), OUT),
        ((OUT,), OUT),
        ((OUT, OUT), OUT),
        ((MET_,), MET_),
        ((NOT_,), NOT_),
        ((UNKNOWN_,), UNKNOWN_),
        ((MET_, MET_), MET_),
        ((MET_, NOT_), NOT_),
        ((MET_, UNKNOWN_), UNKNOWN_),
        ((MET_, OUT), MET_),
        ((NOT_, UNKNOWN_), NOT_),
        ((NOT_, OUT), NOT_),
        ((UNKNOWN_, OUT), UNKNOWN_),
        ((MET_, UNKNOWN_, NOT_), NOT_),
        ((MET_, UNKNOWN_, OUT), UNKNOWN_),
    ],
)
def test_a_task_joins_its_rules(parts: tuple[State, ...], task: State) -> None:
    assert decide(parts) is task
    assert decide(reversed(parts)) is task


def test_codes_states_and_labels() -> None:
    codes = (MET, NOT_MET, UNKNOWN, NOT_APPLICABLE)
    assert [str(state_of(code)) for code in codes] == ["met", "not_met", "unknown", "not_applicable"]
    assert [state.label for state in State] == ["达标", "未达标", "未上报", "不适用"]
