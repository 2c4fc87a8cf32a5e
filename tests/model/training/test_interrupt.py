from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from model.training.interrupt import ctrl_c_noted


@pytest.fixture(autouse=True)
def pythons_own_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_noted_and_the_second_ends() -> None:
    with ctrl_c_noted(is_patient=False) as is_asked:
        assert not is_asked()
        signal.raise_signal(signal.SIGINT)
        assert is_asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_patient_note_it_as_often_as_it_comes() -> None:
    with ctrl_c_noted(is_patient=True) as is_asked:
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
        assert is_asked()


def test_a_handler_of_the_program_is_left_alone() -> None:
    calls: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: calls.append(number))
    with ctrl_c_noted(is_patient=False) as is_asked:
        signal.raise_signal(signal.SIGINT)
        assert not is_asked()
    assert calls == [signal.SIGINT]


def test_a_thread_changes_no_handler() -> None:
    def inside() -> tuple[bool, bool]:
        with ctrl_c_noted(is_patient=False) as is_asked:
            is_same = signal.getsignal(signal.SIGINT) is signal.default_int_handler
            return is_asked(), is_same

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inside).result() == (False, True)
