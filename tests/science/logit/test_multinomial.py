"""The multinomial fit equals statsmodels' MNLogit, and the binary fit where there are two classes."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cutaway.core.errors import InputError
from cutaway.science import logit
from tests.science.logit.rows import binary, folded, several


@pytest.mark.parametrize("classes", [3, 5])
def test_equals_statsmodels(classes):
    x, y = several(classes=classes)
    fitted = logit.fit_multinomial(x, y, reference=0)
    theirs = sm.MNLogit(y, sm.add_constant(x)).fit(disp=0, method="newton", tol=1e-14)
    assert fitted.status == "converged"
    assert fitted.classes == tuple(range(1, classes))
    np.testing.assert_allclose(fitted.params, theirs.params.T, atol=1e-7)
    np.testing.assert_allclose(fitted.se, theirs.bse.T, atol=1e-7)
    np.testing.assert_allclose(fitted.p_values, theirs.pvalues.T, atol=1e-7)
    assert fitted.loglik == pytest.approx(theirs.llf, abs=1e-8)
    assert fitted.null_loglik == pytest.approx(theirs.llnull, abs=1e-4)


def test_two_classes_are_the_binary_fit():
    x, y = binary()
    fitted, two = logit.fit(x, y), logit.fit_multinomial(x, y, reference=0)
    np.testing.assert_allclose(two.params[0], fitted.params, atol=1e-10)
    np.testing.assert_allclose(two.cov, fitted.cov, atol=1e-10)


def test_the_reference_changes_the_names_and_not_the_model():
    x, y = several()
    last, first = logit.fit_multinomial(x, y), logit.fit_multinomial(x, y, reference=0)
    assert (last.reference, first.reference) == (3, 0)
    np.testing.assert_allclose(
        logit.probabilities(x, last.params), logit.probabilities(x, first.params, reference=0), atol=1e-9
    )
    np.testing.assert_allclose(first.params[2], -last.params[0], atol=1e-9)


def test_a_fold_a_weight_and_a_scale():
    x, y = several()
    w = np.random.default_rng(1).integers(0, 3, len(x)).astype(float)
    by_weight = logit.fit_multinomial_fold(folded([100, 100, 500], x, y, w), 3, 4)
    repeated = logit.fit_multinomial(np.repeat(x, w.astype(int), axis=0), np.repeat(y, w.astype(int)))
    np.testing.assert_allclose(by_weight.params, repeated.params, atol=1e-8)
    scale = np.array([1e-6, 1e3, 1e9])
    np.testing.assert_allclose(
        logit.fit_multinomial(x * scale + 7 * scale, y).params[:, 1:] * scale,
        logit.fit_multinomial(x, y).params[:, 1:],
        rtol=1e-7,
    )


def test_aliased_in_every_class():
    x, y = several()
    fitted = logit.fit_multinomial(np.column_stack((x, x[:, 1])), y)
    assert fitted.aliased == (3,)
    assert np.all(np.isnan(fitted.params[:, 4]))
    np.testing.assert_allclose(fitted.params[:, :4], logit.fit_multinomial(x, y).params, atol=1e-9)
    assert np.all(np.isfinite(logit.probabilities(x[:1].repeat(2, 1)[:, :4], fitted.usable)))


def test_bad_input_is_named():
    x, y = several()
    with pytest.raises(InputError, match="none of class 4"):
        logit.fit_multinomial(x, y, classes=5)
    with pytest.raises(InputError, match="column 1"):
        logit.fit_multinomial(np.where(np.arange(3) == 1, np.inf, x), y)
    with pytest.raises(InputError, match="class codes 0 to 1"):
        logit.MultinomialGram.of(x, y, None, np.zeros((1, 4)))
