"""DAT003: features of different magnitude."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.model import Plain
from cutaway.checks.run.subject import Subject
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import count
from cutaway.science import descent

# Beyond this condition number (1e-4 of the inverse of a float64's unit roundoff) even a direct solve keeps fewer than
# four digits.
UNSOLVABLE = 1e-4 / np.finfo(float).eps


@check("DAT003", name="features of different magnitude", asks="model", needs=("model", "numbers"))
def magnitude(subject: Subject, *, min_ratio: float = 10_000.0, tolerance: float = 0.001) -> Iterator[Finding]:
    """The columns as they are make the log loss much steeper in some directions than in others.

    Why it matters: gradient descent must step so short that the steepest direction stays stable, and then crawls
    along the flattest: the number of steps grows like the condition number of the loss' Hessian. Penalties and
    distances weigh columns by their units.

    What to do: standardise (for heavy tails: ranks or logarithms) inside the pipeline, fitted on the training rows.
    It matters for gradient descent and networks, penalised linear models, support vector machines, nearest
    neighbours, k-means and principal components. It does not matter for trees, forests, boosting, naive Bayes, nor
    for unpenalised maximum likelihood by Newton's method.

    Null: none; the two condition numbers are computed at the fitted coefficients, not tested. It is told when the raw
    columns need ten thousand times the steps of the standardised ones, which is what two columns make whose sizes
    differ a hundredfold, and is an issue only where float64 itself cannot solve for the raw coefficients to four
    digits.

    Passed: Standardising would not save gradient descent four decades of steps.

    Source: Nesterov 2004, theorem 2.1.15 for the rate of gradient descent with the best constant step; Boyd &
    Vandenberghe 2004, section 9.3.

    Example: scales 1 and 1,000 fire, equal scales stay silent.

    >>> from cutaway.checks.run.example import fitted
    >>> rng = np.random.default_rng(0)
    >>> a, b, y = rng.normal(size=500), rng.normal(size=500), rng.integers(0, 2, 500)
    >>> [f.columns[0] for f in magnitude(fitted(y=y, a=a, b=1000 * b))]
    ['b']
    >>> list(magnitude(fitted(y=y, a=a, b=b)))
    []
    """
    plain = subject.model
    assert plain is not None
    before, after = _conditions(plain)
    if not before / after >= min_ratio:
        return
    steps_before, steps_after = descent.steps_to(before, tolerance), descent.steps_to(after, tolerance)
    raw = f"a condition number of {count(before)}" if np.isfinite(before) else "an infinite condition number"
    size = np.sqrt(plain.centre**2 + plain.scale**2)  # root mean square of a column: its part in the steepest direction
    number = [i for i, t in enumerate(plain.design.terms) if t.kind == "number"]
    order = sorted(number, key=lambda i: -abs(np.log10(size[i])))
    largest = [plain.design.terms[i].feature for i in order[:3] if not 0.1 <= size[i] <= 10] or [
        plain.design.terms[order[0]].feature
    ]
    yield Finding(
        title=(
            f"Gradient descent needs about {count(steps_before)} steps on the raw columns and {count(steps_after)} "
            f"once standardised"
        ),
        severity="medium" if before > UNSOLVABLE else "low",
        columns=tuple(largest),
        evidence={
            "condition_number_raw": before,
            "condition_number_standardised": after,
            "steps_raw": steps_before,
            "steps_standardised": steps_after,
            **{f"root_mean_square_of_{plain.design.terms[i].feature}": float(size[i]) for i in order[:3]},
        },
        detail=(
            f"The Hessian of the log loss has {raw} on the raw columns and one of "
            f"{count(after)} standardised. Steps are counted until the error is a "
            f"{1 / tolerance:,.0f}th, with the best constant step. Trees, boosting and Newton's method do not care."
        ),
        figure=Bars(
            alt=(
                f"Steps of gradient descent: {count(steps_before)} on the raw columns, {count(steps_after)} on "
                f"standardised ones."
            ),
            axis=Axis(label="steps of gradient descent", scale="log"),
            labels=("raw", "standardised"),
            values=(steps_before, steps_after),
            harmful=(True, False),
        ),
        remedy=Remedy(
            "Standardise inside the pipeline, so that means and deviations come from the training rows alone.",
            {
                "scikit-learn": "make_pipeline(StandardScaler(), LogisticRegression())",
                "Keras": "norm = keras.layers.Normalization(); norm.adapt(x_train)  # the model's first layer",
                "PyTorch": (
                    "mean, sd = x_train.mean(0), x_train.std(0)\nx = (x - mean) / sd  # with the training "
                    "mean and sd for test rows too"
                ),
            },
        ),
    )


def _conditions(plain: Plain) -> tuple[float, float]:
    """Condition numbers of the log loss' Hessian on the raw and on the standardised columns, intercept included."""
    hessian = plain.fit.hessian if plain.fit.status == "converged" else np.linalg.pinv(np.nan_to_num(plain.cov))
    jacobian = np.kron(np.eye(len(plain.params)), descent.standardised_to_raw(plain.centre, plain.scale))
    return descent.condition_number_in(hessian, jacobian), descent.condition_number(hessian)
