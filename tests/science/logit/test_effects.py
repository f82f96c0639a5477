"""Average marginal effects equal statsmodels' and their definition."""

from __future__ import annotations

import numpy as np
import statsmodels.api as sm

from cutaway.science import logit
from tests.science.logit.rows import binary, folded, several


def with_factor(n=600):
    x, y = binary(n, 2)
    level = np.random.default_rng(3).integers(0, 3, n)
    return np.column_stack((x, level == 1, level == 2)).astype(float), y, level


def test_numbers_and_flags_equal_statsmodels():
    x, y = binary(500, 3)
    x[:, 2] = x[:, 2] > 0.5
    fitted = logit.fit(x, y)
    theirs = sm.Logit(y, sm.add_constant(x)).fit(disp=0, tol=1e-14).get_margeff(dummy=True)
    ours = logit.average_marginal_effects(x, fitted.params, fitted.cov, groups=[(2,)])
    np.testing.assert_allclose(ours.effect, theirs.margeff, atol=1e-9)
    np.testing.assert_allclose(ours.se, theirs.margeff_se, atol=1e-9)


def level_effect(params, x, group, j):
    """Definition: everyone at the level against everyone at the reference."""
    on, off = x.copy(), x.copy()
    on[:, group] = 0
    off[:, group] = 0
    on[:, j] = 1
    return np.mean(logit.probabilities(on, params) - logit.probabilities(off, params))


def test_levels_of_a_factor_are_compared_with_its_reference():
    x, y, _ = with_factor()
    fitted = logit.fit(x, y)
    ours = logit.average_marginal_effects(x, fitted.params, fitted.cov, groups=[(2, 3)])
    for j in (2, 3):
        np.testing.assert_allclose(ours.effect[j], level_effect(fitted.params, x, [2, 3], j), atol=1e-12)
    for j in range(4):  # the delta method, by finite differences
        step = 1e-5
        gradient = np.array(
            [
                (
                    logit.average_marginal_effects(x, fitted.params + step * e, groups=[(2, 3)]).effect[j]
                    - logit.average_marginal_effects(x, fitted.params - step * e, groups=[(2, 3)]).effect[j]
                )
                / (2 * step)
                for e in np.eye(5)
            ]
        )
        np.testing.assert_allclose(ours.se[j], np.sqrt(gradient @ fitted.cov @ gradient), rtol=1e-6)


def test_standardised_columns_need_their_on_and_off():
    x, y, _ = with_factor()
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - centre) / scale
    raw, standard = logit.fit(x, y), logit.fit(z, y)
    ours = logit.average_marginal_effects(x, raw.params, raw.cov, groups=[(2, 3)])
    theirs = logit.average_marginal_effects(
        z, standard.params, standard.cov, groups=[(2, 3)], off=-centre / scale, on=(1 - centre) / scale
    )
    np.testing.assert_allclose(theirs.effect[2:], ours.effect[2:], atol=1e-9)
    np.testing.assert_allclose(theirs.se[2:], ours.se[2:], atol=1e-9)
    np.testing.assert_allclose(theirs.effect[:2] / scale[:2], ours.effect[:2], atol=1e-9)


def test_weights_folds_and_aliased_columns():
    x, y, _ = with_factor(300)
    w = np.random.default_rng(0).integers(0, 3, 300).astype(float)
    params = logit.fit(np.column_stack((x, x[:, 0])), y).params
    wide = np.column_stack((x, x[:, 0]))
    by_weight = logit.marginal_effects_fold(folded([50, 51], wide, None, w), params, groups=[(2, 3)])
    repeated = logit.average_marginal_effects(np.repeat(wide, w.astype(int), axis=0), params, groups=[(2, 3)])
    np.testing.assert_allclose(by_weight.effect, repeated.effect, atol=1e-12)
    assert np.isnan(by_weight.effect[4]) and np.isfinite(by_weight.effect[:4]).all()


def test_no_rows_give_nan():
    assert np.all(np.isnan(logit.average_marginal_effects(np.zeros((0, 2)), np.zeros(3)).effect))


def test_classes_equal_statsmodels_and_sum_to_zero():
    x, y = several()
    fitted = logit.fit_multinomial(x, y, reference=0)
    theirs = sm.MNLogit(y, sm.add_constant(x)).fit(disp=0, method="newton", tol=1e-14).get_margeff()
    ours = logit.class_marginal_effects_fold(folded([400], x, None, None), fitted.params, reference=0)
    np.testing.assert_allclose(ours, theirs.margeff.T, atol=1e-9)
    np.testing.assert_allclose(ours.sum(axis=0), 0, atol=1e-12)


def test_levels_in_a_multinomial_model():
    x, y = several()
    x[:, 2] = x[:, 2] > 0
    fitted = logit.fit_multinomial(x, y)
    ours = logit.class_marginal_effects_fold(folded([], x, None, None), fitted.params, groups=[(2,)])
    on, off = x.copy(), x.copy()
    on[:, 2], off[:, 2] = 1, 0
    change = logit.probabilities(on, fitted.params) - logit.probabilities(off, fitted.params)
    np.testing.assert_allclose(ours[:, 2], change.mean(axis=0), atol=1e-12)


def test_two_classes_agree_with_the_binary_effects():
    x, y = binary()
    params = logit.fit(x, y).params
    both = logit.class_marginal_effects_fold(folded([], x, None, None), params[None], reference=0)
    np.testing.assert_allclose(both[1], logit.average_marginal_effects(x, params).effect, atol=1e-12)
