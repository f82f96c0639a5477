"""NumPy's products run on one thread while that is asked for, and on as many as before afterwards."""

from __future__ import annotations

import threading

import pytest

from cutaway.core import blas
from cutaway.core.blas import one_blas_thread


def threads() -> int:
    library = blas._openblas()
    assert library is not None, "the tests run with NumPy's own wheel, which brings OpenBLAS"
    return int(library[0]())


def test_it_is_one_inside_and_what_it_was_outside() -> None:
    library = blas._openblas()
    assert library is not None
    before = threads()
    library[1](2)
    try:
        with one_blas_thread():
            assert threads() == 1
            with one_blas_thread():
                assert threads() == 1
            assert threads() == 1
        assert threads() == 2
        with pytest.raises(KeyError), one_blas_thread():
            raise KeyError
        assert threads() == 2
    finally:
        library[1](before)


def test_the_last_of_several_threads_gives_them_back() -> None:
    library = blas._openblas()
    assert library is not None
    before = threads()
    library[1](2)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=hold)
    try:
        with one_blas_thread():
            other.start()
            assert entered.wait(10)
        assert threads() == 1
        leave.set()
        other.join(10)
        assert threads() == 2
    finally:
        leave.set()
        library[1](before)


def test_another_blas_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_openblas", lambda: None)
    with one_blas_thread():
        pass
