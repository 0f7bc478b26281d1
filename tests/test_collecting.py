"""The collector looks less often during an import, and as before afterwards."""

from __future__ import annotations

import gc
import threading

import pytest

from geo.collecting import seldom_collected


def test_the_threshold_comes_back_after_an_error() -> None:
    before = gc.get_threshold()

    @seldom_collected()
    def fail() -> None:
        assert gc.get_threshold()[0] > before[0]
        raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert gc.get_threshold() == before


def test_it_comes_back_when_the_last_of_several_imports_ends() -> None:
    before = gc.get_threshold()
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with seldom_collected():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with seldom_collected():
        thread.start()
        assert entered.wait(10)
    assert gc.get_threshold()[0] > before[0]
    leave.set()
    thread.join()
    assert gc.get_threshold() == before
