"""Leave-one-fold-out coefficients are the fits without the fold."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.science import logit
from cutaway.science.logit.frame import Frame
from tests.science.logit.rows import binary, folded, several


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("framed", [False, True])
def test_binary(weighted, framed):
    x, y = binary(300, 3)
    ids = np.arange(300) % 5
    w = np.random.default_rng(0).random(300) if weighted else None
    frame = Frame.of_rows(x) if framed else None
    out = logit.leave_fold_out(folded([70, 200], x, y, w, ids), logit.fit(x, y, w).params, 5, frame=frame)
    assert out.converged.all()
    for f in range(5):
        left = ids != f
        alone = logit.fit(x[left], y[left], None if w is None else w[left])
        np.testing.assert_allclose(out.params[f], alone.params, atol=1e-5)


def test_a_long_table_needs_two_passes():
    x, y = binary(60_000, 3)
    ids = np.random.default_rng(0).integers(0, 5, len(x))
    out = logit.leave_fold_out(folded([], x, y, None, ids), logit.fit(x, y).params, 5)
    assert out.converged.all() and out.passes <= 2
    np.testing.assert_allclose(out.params[0], logit.fit(x[ids != 0], y[ids != 0]).params, atol=1e-6)


def test_multinomial():
    x, y = several(600)
    ids = np.arange(600) % 3
    out = logit.leave_fold_out(
        folded([100], x, y, None, ids), logit.fit_multinomial(x, y, reference=1).params, 3, reference=1
    )
    assert out.params.shape == (3, 3, 4) and out.converged.all()
    for f in range(3):
        alone = logit.fit_multinomial(x[ids != f], y[ids != f], reference=1)
        np.testing.assert_allclose(out.params[f], alone.params, atol=1e-5)


def test_penalty():
    x, y = binary(200, 2)
    ids = np.arange(200) % 4
    penalty = np.diag([0.0, 5.0, 50.0])
    out = logit.leave_fold_out(folded([], x, y, None, ids), logit.fit(x, y, penalty=penalty).params, 4, penalty=penalty)
    alone = logit.fit(x[ids != 2], y[ids != 2], penalty=penalty)
    np.testing.assert_allclose(out.params[2], alone.params, atol=1e-6)


def test_a_fold_whose_rest_is_separated_or_of_one_class_says_so():
    x, y = binary(200, 2)
    ids = np.arange(200) % 4
    y[ids != 0] = x[ids != 0, 0] > 0
    out = logit.leave_fold_out(folded([], x, y, None, ids), logit.fit(x, y).params, 4)
    assert not out.converged[0] and out.converged[1:].all()
    assert np.all(np.isfinite(out.params))
    only = np.where(ids == 1, y, 0)
    out = logit.leave_fold_out(folded([], x, only, None, ids), logit.fit(x, only).params, 4)
    assert not out.converged[1] and np.all(np.isfinite(out.params))


def test_aliased_columns_stay_out():
    x, y = binary(200, 2)
    wide = np.column_stack((x, x[:, 0]))
    ids = np.arange(200) % 4
    out = logit.leave_fold_out(folded([], wide, y, None, ids), logit.fit(wide, y).params, 4)
    assert np.all(out.params[:, 3] == 0)
    np.testing.assert_allclose(out.params[1, :3], logit.fit(x[ids != 1], y[ids != 1]).params, atol=1e-5)
