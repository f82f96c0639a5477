"""NumPy's and SciPy's products run on one thread while that is asked for, and on as many as before afterwards."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import scipy.linalg  # noqa: F401  (which loads its library)

from cutaway.core import blas
from cutaway.core.blas import one_blas_thread


@pytest.fixture(params=["numpy", "scipy"])
def library(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    found = blas._openblas(request.param)
    assert found is not None, "the tests run with NumPy's and SciPy's own wheels, which bring OpenBLAS"
    read, write = found
    before = read()
    write(2)
    yield found
    write(before)


def test_it_is_one_inside_and_what_it_was_outside(library: tuple[Any, Any]) -> None:
    threads = library[0]
    with one_blas_thread():
        assert threads() == 1
        with one_blas_thread():
            assert threads() == 1
        assert threads() == 1
    assert threads() == 2
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert threads() == 2


def test_the_last_of_several_threads_gives_them_back(library: tuple[Any, Any]) -> None:
    threads = library[0]
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


def test_scipy_is_held_by_who_enters_after_it_was_imported(
    library: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scipys = blas._openblas("scipy")
    assert scipys is not None
    scipys[1](2)
    with monkeypatch.context() as before:
        before.delitem(sys.modules, "scipy.linalg")
        outer = one_blas_thread()
        outer.__enter__()
        assert scipys[0]() == 2
    with one_blas_thread():
        assert scipys[0]() == 1
    assert scipys[0]() == 1  # the first is still at work
    outer.__exit__(None, None, None)
    assert scipys[0]() == 2


def test_another_blas_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_openblas", lambda package: None)
    monkeypatch.setattr(blas, "_known", {})
    with one_blas_thread():
        pass
    assert not blas._held
