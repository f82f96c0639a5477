"""Answers kept within a bound."""

from __future__ import annotations

from cutaway.lab.kept import Kept


def test_the_ones_used_longest_ago_are_given_up() -> None:
    kept: Kept[bytes] = Kept(10, len)
    for key in "abc":
        kept.put(key, b"....")
        assert kept.get("a" if key != "c" else key) is not None
    assert [kept.get(key) is not None for key in "abc"] == [True, False, True]


def test_what_is_put_again_counts_once() -> None:
    kept: Kept[bytes] = Kept(10, len)
    for _ in range(5):
        kept.put("a", b"....")
    kept.put("b", b"......")
    assert len(kept) == 2


def test_what_is_too_large_is_not_kept_and_drives_nothing_out() -> None:
    kept: Kept[bytes] = Kept(10, len)
    kept.put("a", b"....")
    kept.put("b", b"." * 11)
    assert kept.get("a") == b"...." and kept.get("b") is None
