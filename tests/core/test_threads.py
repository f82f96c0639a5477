"""Threads give results in order, whatever is asked of them."""

from __future__ import annotations

import threading
import time

import pytest

from cutaway.core import threads


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 3)
    threads._pool.cache_clear()
    yield
    threads._pool.cache_clear()


def test_results_come_in_the_order_of_the_work() -> None:
    def slow_first(k: int) -> int:
        time.sleep(0.02 if k == 0 else 0)
        return k

    assert threads.at_once(slow_first, 20) == list(range(20))


def test_work_that_asks_for_threads_itself_does_not_wait_for_its_own() -> None:
    def nested(k: int) -> int:
        return sum(threads.at_once(lambda j: j * k, 10))

    assert threads.at_once(nested, 30) == [45 * k for k in range(30)]


def test_few_results_wait() -> None:
    done = []
    coming = threads.in_turn(done.append, 100)
    next(coming)
    time.sleep(0.05)
    assert len(done) <= 2 * 3 + 1 + 1


def test_an_error_comes_to_the_caller_and_leaves_the_threads_usable() -> None:
    def fails(k: int) -> int:
        if k == 3:
            raise ValueError("three")
        return k

    with pytest.raises(ValueError, match="three"):
        threads.at_once(fails, 50)
    assert threads.at_once(lambda k: k, 5) == [0, 1, 2, 3, 4]


def test_one_piece_of_work_stays_in_its_thread() -> None:
    assert threads.at_once(lambda k: threading.get_ident(), 1) == [threading.get_ident()]


def test_the_caller_does_its_part_and_is_free_afterwards() -> None:
    met = threading.Barrier(3)

    def together(k: int) -> int:
        met.wait(timeout=10)  # breaks unless three threads are at work at once
        return threading.get_ident()

    assert threading.get_ident() in threads.at_once(together, 3)
    assert len(set(threads.at_once(together, 3))) == 3


@pytest.mark.parametrize("where", ["the caller", "another"])
def test_an_error_waits_until_no_thread_is_at_work(where: str) -> None:
    caller = threading.get_ident()
    begun = threading.Barrier(3)
    ended = []

    def some_fail(k: int) -> None:
        if k < 3:
            begun.wait(timeout=10)
        if (threading.get_ident() == caller) == (where == "the caller"):
            raise ValueError(where)
        time.sleep(0.05)
        ended.append(k)

    with pytest.raises(ValueError, match=where):
        threads.at_once(some_fail, 40)
    so_far = len(ended)
    time.sleep(0.1)
    assert len(ended) == so_far < 40
