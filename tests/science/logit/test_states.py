"""Every state of the topic obeys of(x ++ y) == of(x) + of(y), is associative, and has a zero."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings

from cutaway.science.logit.effects import ClassMarginalSums, MarginalSums
from cutaway.science.logit.firth import HatSums
from cutaway.science.logit.folds import FoldGrams, OtherGrams
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram, Slope
from cutaway.science.logit.inputs import Faults
from cutaway.science.logit.kernel import BLOCK, decay
from cutaway.science.logit.margins import ColumnRanges, Margins
from cutaway.science.logit.multinomial import MultinomialGram
from cutaway.science.logit.profile import Several
from tests.science.logit.rows import three_batches


def numbers(state) -> list[np.ndarray]:
    """All numbers in a state, in order."""
    if state is None:
        return []
    if isinstance(state, tuple):
        return [n for part in state for n in numbers(part)]
    if hasattr(state, "__dataclass_fields__"):
        return [n for f in fields(state) for n in numbers(getattr(state, f.name))]
    return [np.asarray(state, dtype=float)]


def same(a, b) -> None:
    left, right = numbers(a), numbers(b)
    assert len(left) == len(right) > 0
    for u, v in zip(left, right, strict=True):
        finite = np.abs(u[np.isfinite(u)])
        np.testing.assert_allclose(u, v, rtol=1e-9, atol=1e-10 * (1 + finite.max(initial=0)))


def ids(x):
    return (np.arange(len(x)) * 7 % 3).astype(np.int64)


def frame_of(p):
    return Frame(np.linspace(-1, 1, p), np.linspace(0.5, 2, p))


def at_of(p, free=None):
    shape = (p + 1,) if free is None else (free, p + 1)
    return np.linspace(-0.5, 0.4, int(np.prod(shape))).reshape(shape)


# name -> (number of classes, p -> of, p -> zero); row ids are taken from the first column so that batches agree
BINARY = {
    "gram": (lambda p: partial(Gram.of, at=at_of(p), frame=frame_of(p)), lambda p: Gram.zero(p)),
    "gram with meat": (lambda p: partial(Gram.of, at=at_of(p), meat=True), lambda p: Gram.zero(p, meat=True)),
    "slope": (lambda p: partial(Slope.of, at=at_of(p), frame=frame_of(p)), lambda p: Slope.zero(p)),
    "effects": (
        lambda p: partial(MarginalSums.of, at=at_of(p), groups=((0,), tuple(range(1, p)))),
        lambda p: MarginalSums.zero(p, ((0,), tuple(range(1, p)))),
    ),
    "hats": (
        lambda p: partial(HatSums.of, at=at_of(p), root=np.tril(np.ones((p + 1, p + 1))), frame=frame_of(p)),
        lambda p: HatSums.zero(p),
    ),
    "margins": (
        lambda p: partial(Margins.of, directions=np.stack([at_of(p, 1), -at_of(p, 1)]), reference=0),
        lambda p: Margins.zero(2),
    ),
    "ranges": (lambda p: ColumnRanges.of, lambda p: ColumnRanges.zero(p)),
    "faults": (lambda p: Faults.of, lambda p: Faults.zero(p)),
    "fold grams": (
        lambda p: lambda x, y, w: FoldGrams.of(x, y, w, np.abs(x[:, 0]).astype(int) % 3, at=at_of(p), folds=3),
        lambda p: FoldGrams.zero(p, 3),
    ),
    "other grams": (
        lambda p: (
            lambda x, y, w: OtherGrams.of(
                x, y, w, np.abs(x[:, 0]).astype(int) % 3, at=at_of(p, 3), wanted=(True, False, True)
            )
        ),
        lambda p: OtherGrams((Gram.zero(p), None, Gram.zero(p))),
    ),
    "several": (
        lambda p: partial(Several.of, of=(partial(Gram.of, at=at_of(p)), partial(Gram.of, at=-at_of(p)))),
        lambda p: Several((Gram.zero(p), Gram.zero(p))),
    ),
}
MANY = {
    "multinomial gram": (
        lambda p: partial(MultinomialGram.of, at=at_of(p, 3), reference=1, frame=frame_of(p)),
        lambda p: MultinomialGram.zero(p, 4),
    ),
    "class effects": (
        lambda p: partial(ClassMarginalSums.of, at=at_of(p, 3), reference=0, groups=((0,),)),
        lambda p: ClassMarginalSums.zero(4, ((0,),)),
    ),
    "class margins": (
        lambda p: partial(Margins.of, directions=at_of(p, 3)[None], reference=3),
        lambda p: Margins.zero(1),
    ),
    "class ranges": (lambda p: partial(ColumnRanges.of, classes=4), lambda p: ColumnRanges.zero(p, 4)),
    "class fold grams": (
        lambda p: lambda x, y, w: FoldGrams.of(x, y, w, np.abs(x[:, 0]).astype(int) % 2, at=at_of(p, 3), folds=2),
        lambda p: FoldGrams.zero(p, 2, classes=4),
    ),
}


def law(of, zero, x, y, w, a, b):
    def batch(i, j):
        return of(x[i:j], y[i:j], None if w is None else w[i:j])

    n = len(x)
    first, second, third = batch(0, a), batch(a, b), batch(b, n)
    same(batch(0, n), first + second + third)
    same((first + second) + third, first + (second + third))
    same(first + zero, first)
    same(zero + first, first)


@pytest.mark.parametrize("name", sorted(BINARY))
@given(rows=three_batches())
@settings(max_examples=20, deadline=None)
def test_binary_states_add(name, rows):
    x, y, w, a, b = rows
    make, zero = BINARY[name]
    law(make(x.shape[1]), zero(x.shape[1]), x, y, w, a, b)


@pytest.mark.parametrize("name", sorted(MANY))
@given(rows=three_batches(classes=4))
@settings(max_examples=20, deadline=None)
def test_multinomial_states_add(name, rows):
    x, y, w, a, b = rows
    make, zero = MANY[name]
    law(make(x.shape[1]), zero(x.shape[1]), x, y, w, a, b)


def test_a_gram_minus_its_part_is_the_rest():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)), rng.integers(0, 2, 50).astype(np.int32)
    at = at_of(3)
    rest = Gram.of(x, y, None, at) - Gram.of(x[:20], y[:20], None, at)
    same(rest, Gram.of(x[20:], y[20:], None, at))


def test_gram_equals_its_formulas_also_over_many_chunks():
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(90_001, 5)), rng.integers(0, 2, 90_001).astype(np.int32), rng.random(90_001)
    at = np.array([0.3, -1.0, 0.5, 2.0, 0.0, 0.1])
    gram = Gram.of(x, y, w, at, meat=True)
    design = np.column_stack((np.ones(len(x)), x))
    eta = design @ at
    p = 1 / (1 + np.exp(-eta))
    residual = w * (y - p)
    assert gram.loglik == pytest.approx(np.sum(w * (y * eta - np.logaddexp(0, eta))), rel=1e-12)
    np.testing.assert_allclose(gram.gradient, design.T @ residual, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(gram.hessian, (design.T * (w * p * (1 - p))) @ design, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(gram.meat, (design.T * residual**2) @ design, rtol=1e-10, atol=1e-9)
    slope = Slope.of(x, y, w, at)
    assert slope.loglik == gram.loglik
    np.testing.assert_array_equal(slope.gradient, gram.gradient)
    assert (gram.rows, gram.weight, gram.events) == (90_001, pytest.approx(w.sum()), pytest.approx(w[y == 1].sum()))


def test_gram_does_not_depend_on_the_number_of_cores(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(90_001, 5)), rng.integers(0, 2, 90_001).astype(np.int32)
    many = Gram.of(x, y, None, at_of(5))
    monkeypatch.setattr("cutaway.core.threads.cores", lambda: 1)
    one = Gram.of(x, y, None, at_of(5))
    assert many.loglik == one.loglik
    assert np.array_equal(many.hessian, one.hessian)


def test_extreme_predictors_neither_overflow_nor_lose_the_loss():
    x = np.array([[-1e3], [1e3], [-1e3], [1e3]])
    y = np.array([0, 1, 1, 0], dtype=np.int32)
    gram = Gram.of(x, y, None, np.array([0.0, 2.0]))
    assert gram.loglik == pytest.approx(-4000.0)
    assert np.all(np.isfinite(gram.hessian))


def test_the_exponential_is_the_librarys():
    eta = np.concatenate(
        (np.linspace(-40, 40, 100), [0.0, -0.0, 1e-300, 700.0, -707.9, 708.1, -1e300, np.inf], np.zeros(20))
    )
    out = np.empty(BLOCK)
    decay(eta, out, np.empty(BLOCK, dtype=np.int64))
    np.testing.assert_allclose(out, np.exp(-np.minimum(np.abs(eta), 708.0)), rtol=5e-16)


def test_nan_is_not_lost():
    x, y = np.zeros((200, 2)), np.zeros(200, dtype=np.int32)
    x[150, 1] = np.nan
    gram = Gram.of(x, y, None, at_of(2))
    assert np.isnan(gram.loglik) and np.isnan(gram.gradient[2])
