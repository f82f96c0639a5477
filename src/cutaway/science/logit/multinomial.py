"""Maximum likelihood for the multinomial logistic model: the state of a Newton step, and the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cutaway.core.errors import InputError
from cutaway.core.threads import at_once
from cutaway.science.logit.ascent import Ascent, Status, ascend
from cutaway.science.logit.cholesky import inverse
from cutaway.science.logit.chunks import chunk_edges, design, total
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.inputs import checked, find_fault

if TYPE_CHECKING:
    from cutaway.science.logit.separation import Separation


@dataclass(frozen=True, slots=True, eq=False)
class MultinomialGram:
    """Sums over rows for one Newton step.

    Coefficients of the K-1 classes other than the reference stand one after the other, m = (K-1)(p+1).
    loglik = Σ w log p_y;  gradient (m,) = Σ w (1[y = k] - p_k) x̃;  hessian (m, m), the information: blocks Σ w p_k
    (δ_kl - p_l) x̃ x̃ᵀ; counts (K,) = Σ w 1[y = k].
    """

    loglik: float
    gradient: np.ndarray
    hessian: np.ndarray
    rows: int
    weight: float
    counts: np.ndarray

    @classmethod
    def of(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        weight: np.ndarray | None,
        at: np.ndarray,
        reference: int | None = None,
        frame: Frame | None = None,
    ) -> MultinomialGram:
        """The sums over x (n, p), codes y (n,), weight (n,) or None at coefficients `at` (K-1, p+1).

        `reference` is the last class unless given.

        Raises:
            InputError: shapes that do not fit, or a code that is not below K.
        """
        from cutaway.science.logit.kernel_multinomial import multinomial_rows

        x, y, w = design(x, y, weight)
        n, p = x.shape
        frame = frame or Frame.identity(p)
        at = np.ascontiguousarray(at, dtype=np.float64)
        free = len(at)
        base = free if reference is None else int(reference)
        if n and (y.min() < 0 or y.max() > free):
            raise InputError(f"y: expected class codes 0 to {free}, got {int(y.min())} to {int(y.max())}")
        scale = 1.0 / frame.scale
        padded = -(-(p + 1) // 4) * 4
        pairs = free * (free + 1) // 2
        edges = chunk_edges(n, p, pairs * padded * padded)

        def work(k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
            h, g = np.zeros((pairs, padded, padded)), np.zeros((free, padded))
            s, c = np.zeros(2), np.zeros(free + 1)
            multinomial_rows(x, y, w, at, base, frame.centre, scale, edges[k], edges[k + 1], h, g, s, c)
            return h, g, s, c

        parts = at_once(work, len(edges) - 1)
        h, g, s, c = (total(part[i] for part in parts) for i in range(4))
        q = p + 1
        hessian = np.empty((free, q, free, q))
        pair = 0
        for a in range(free):
            for b in range(a + 1):
                low = np.tril(h[pair, :q, :q])
                hessian[a, :, b, :] = hessian[b, :, a, :] = low + np.tril(low, -1).T
                pair += 1
        return cls(float(s[0]), g[:, :q].ravel(), hessian.reshape(free * q, free * q), n, float(s[1]), c)

    @classmethod
    def zero(cls, p: int, classes: int) -> MultinomialGram:
        """The sums of no rows."""
        m = (classes - 1) * (p + 1)
        return cls(0.0, np.zeros(m), np.zeros((m, m)), 0, 0.0, np.zeros(classes))

    def __add__(self, other: MultinomialGram) -> MultinomialGram:
        """The sums of both sets of rows."""
        return MultinomialGram(
            self.loglik + other.loglik,
            self.gradient + other.gradient,
            self.hessian + other.hessian,
            self.rows + other.rows,
            self.weight + other.weight,
            self.counts + other.counts,
        )

    def __sub__(self, other: MultinomialGram) -> MultinomialGram:
        """The sums of these rows without the others, which must be among them."""
        return MultinomialGram(
            self.loglik - other.loglik,
            self.gradient - other.gradient,
            self.hessian - other.hessian,
            self.rows - other.rows,
            self.weight - other.weight,
            self.counts - other.counts,
        )

    def null_loglik(self) -> float:
        """Log-likelihood of the intercepts alone."""
        some = self.counts[self.counts > 0]
        return float(np.sum(some * np.log(some / self.weight)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MultinomialFit:
    """A fitted multinomial model.

    Row i of `params` (K-1, p+1), intercept first, is the log-odds of class `classes[i]` against `reference`.
    `cov` (m, m) belongs to `params.ravel()`. Aliased columns have NaN in every class. When `status` is "separated",
    the estimates do not exist.
    """

    params: np.ndarray
    cov: np.ndarray
    hessian: np.ndarray
    classes: tuple[int, ...]
    reference: int
    loglik: float
    null_loglik: float
    rows: int
    weight: float
    counts: np.ndarray
    iterations: int
    status: Status
    aliased: tuple[int, ...] = ()
    separation: Separation | None = None

    @property
    def se(self) -> np.ndarray:
        """Standard errors (K-1, p+1)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.cov)).reshape(self.params.shape))

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (K-1, p+1) of the Wald statistics against the normal distribution."""
        from scipy.special import ndtr

        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(2.0 * ndtr(-np.abs(self.params / self.se)))

    @property
    def usable(self) -> np.ndarray:
        """`params` with zero in place of the aliased, for scoring."""
        return np.asarray(np.nan_to_num(self.params, nan=0.0))


def fit_multinomial_fold(
    fold: Callable[..., MultinomialGram],
    p: int,
    classes: int,
    *,
    reference: int | None = None,
    start: np.ndarray | None = None,
    penalty: np.ndarray | None = None,
    frame: Frame | None = None,
    max_iter: int = 40,
    certify: bool = True,
) -> MultinomialFit:
    """Maximise Σ w log p_y(x) - ½ Σ_k b_kᵀ P b_k over the classes other than `reference` (default: the last code).

    `fold(of)` returns the sum of `of(x, y, weight)`. `start` (K-1, p+1), `penalty` P (p+1, p+1) and the result are in
    the columns' own coordinates. Ends as `newton.fit_fold` does; a separation is certified for all classes together.

    Raises:
        InputError: fewer than two classes with rows, no rows, or NaN or infinite values.

    Source: Agresti, Categorical Data Analysis, 2013, section 8.1.
    """
    frame = frame or Frame.identity(p)
    base = classes - 1 if reference is None else reference
    free, q = classes - 1, p + 1
    begin = np.zeros((free, q)) if start is None else frame.inward(np.nan_to_num(start))
    quadratic = None
    if penalty is not None and np.any(penalty):
        quadratic = np.kron(np.eye(free), frame.penalty_inward(penalty))
    seen: list[MultinomialGram] = []

    def evaluate(at: np.ndarray) -> MultinomialGram:
        gram = fold(partial(MultinomialGram.of, at=at.reshape(free, q), reference=base, frame=frame))
        if not seen:
            _require_rows(gram, fold, p)
            seen.append(gram)
        return gram

    found: list[Separation] = []

    def diverges(ended: Ascent) -> bool:
        from cutaway.science.logit.separation import certified_separation

        certificate = certified_separation(fold, p, ended, frame, classes, base)
        if certificate is not None:
            found.append(certificate)
        return certificate is not None

    def climb(begin: np.ndarray) -> Ascent:
        return ascend(
            evaluate,
            begin,
            quadratic,
            max_iter=max_iter,
            diverges=diverges if certify and quadratic is None else None,
        )

    ended = climb(begin.ravel())
    if ended.status == "not converged" and start is not None and max_iter > 1 and np.all(seen[0].counts > 0):
        constant = np.zeros((free, q))  # a start can be worse than none
        constant[:, 0] = np.log(np.delete(seen[0].counts, base) / seen[0].counts[base])
        again = climb(constant.ravel())
        ended = replace(again, passes=ended.passes + again.passes)
    first = seen[0]
    t = np.kron(np.eye(free), frame.matrix)
    cov = t @ inverse(ended.hessian, ended.alive) @ t.T
    params = frame.outward(ended.params.reshape(free, q)).ravel()
    back = np.linalg.inv(t)
    dead = np.flatnonzero(~ended.alive)
    params[dead] = np.nan
    cov[dead, :] = np.nan
    cov[:, dead] = np.nan
    return MultinomialFit(
        params=params.reshape(free, q),
        cov=cov,
        hessian=back.T @ ended.hessian @ back,
        classes=tuple(k for k in range(classes) if k != base),
        reference=base,
        loglik=ended.loglik,
        null_loglik=first.null_loglik(),
        rows=first.rows,
        weight=first.weight,
        counts=first.counts,
        iterations=ended.passes,
        status=ended.status,
        aliased=tuple(sorted({int(j) % q - 1 for j in dead if j % q > 0})),
        separation=found[-1] if found else None,
    )


def fit_multinomial(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    classes: int | None = None,
    reference: int | None = None,
    penalty: np.ndarray | None = None,
    max_iter: int = 40,
) -> MultinomialFit:
    """Multinomial logistic regression of class codes y (n,), 0 … K-1, on x (n, p), by maximum likelihood.

    `classes` K: the largest code plus one unless given; `reference`: the last code unless given. Columns may have any
    scale and offset.

    Raises:
        InputError: wrong shapes, no rows, NaN or infinite values, labels that are not codes, a code without rows.
    """
    x, y, weight = checked(x, y, weight, classes or 0)
    k = classes or int(y.max()) + 1
    counts = np.bincount(y, weights=weight, minlength=k)
    if np.any(counts <= 0):
        raise InputError(f"y: expected rows of every class 0 to {k - 1}, got none of class {int(np.argmin(counts))}")
    base = k - 1 if reference is None else reference
    frame = Frame.of_rows(x)
    inner = np.zeros((k - 1, x.shape[1] + 1))
    inner[:, 0] = np.log(np.delete(counts, base) / counts[base])

    def whole(of: Callable[..., MultinomialGram]) -> MultinomialGram:
        return of(x, y, weight)

    return fit_multinomial_fold(
        whole,
        x.shape[1],
        k,
        reference=base,
        start=frame.outward(inner),
        penalty=penalty,
        frame=frame,
        max_iter=max_iter,
    )


def _require_rows(gram: MultinomialGram, fold: Callable[..., MultinomialGram], p: int) -> None:
    if gram.rows == 0:
        raise InputError("x: expected at least one row, got none")
    if not (np.isfinite(gram.loglik) and np.all(np.isfinite(gram.gradient))):
        find_fault(fold, p)  # type: ignore[arg-type]
    if np.sum(gram.counts > 0) < 2:
        raise InputError(f"y: expected at least two classes with rows, got counts {gram.counts.tolist()}")
