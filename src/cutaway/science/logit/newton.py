"""Maximum likelihood for the binary logistic model, by Newton's method over passes of a fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.logit.approach import approach
from cutaway.science.logit.ascent import EXACT, Ascent, Drift, Status, ascend
from cutaway.science.logit.cholesky import inverse
from cutaway.science.logit.frame import Frame
from cutaway.science.logit.gram import Gram, Slope
from cutaway.science.logit.inputs import checked, find_fault

if TYPE_CHECKING:
    from cutaway.science.logit.separation import Separation

Fold = Callable[..., Any]

_SUBSAMPLE = 16  # every 16th row gives the start
_SUBSAMPLE_ROWS = 2048  # and no fewer than these, nor fewer than 40 a coefficient
_START = 2.0  # standard errors of the subsample: a step shorter than that ends its fit
_FRAME_ROWS = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A fitted logistic model, in the coordinates of the columns that were given.

    `params` (p+1,) has the intercept first; an aliased column has NaN there and in `cov`, and its index (from 0,
    without the intercept) in `aliased`. `cov` is the inverse information, or the sandwich where `robust`. `hessian`
    is the information (with the penalty, if any) in the same coordinates. When `status` is "separated", the estimates
    do not exist: `params` is where the iteration stopped, and `separation` names the certified direction along which
    the likelihood rises for ever.
    """

    params: np.ndarray
    cov: np.ndarray
    hessian: np.ndarray
    loglik: float
    null_loglik: float
    rows: int
    weight: float
    events: float
    iterations: int
    status: Status
    aliased: tuple[int, ...] = ()
    robust: bool = False
    separation: Separation | None = None

    @property
    def intercept(self) -> float:
        """Log-odds where every column is zero."""
        return float(self.params[0])

    @property
    def coef(self) -> np.ndarray:
        """Log-odds (p,) for one unit of each column."""
        return self.params[1:]

    @property
    def se(self) -> np.ndarray:
        """Standard errors (p+1,), intercept first."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.cov)))

    @property
    def z(self) -> np.ndarray:
        """Wald statistics (p+1,): params / se."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.params / self.se)

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (p+1,) of the Wald statistics against the normal distribution."""
        from scipy.special import ndtr

        return np.asarray(2.0 * ndtr(-np.abs(self.z)))

    def intervals(self, level: float = 0.95) -> np.ndarray:
        """Wald intervals (p+1, 2) at this confidence level."""
        from scipy.special import ndtri

        reach = float(ndtri(0.5 + level / 2)) * self.se
        return np.column_stack((self.params - reach, self.params + reach))

    @property
    def usable(self) -> np.ndarray:
        """`params` with zero in place of the aliased, for scoring."""
        return np.asarray(np.nan_to_num(self.params, nan=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Thin:
    """A subsample of a fold's rows: its own fold, and how many `times` its weight the whole has."""

    fold: Fold
    times: float


def fit_fold(
    fold: Fold,
    p: int,
    *,
    start: np.ndarray | None = None,
    thin: Thin | None = None,
    ridge: np.ndarray | float | None = None,
    penalty: np.ndarray | None = None,
    frame: Frame | None = None,
    robust: bool = False,
    max_iter: int = 40,
    certify: bool = True,
    tolerance: float = EXACT,
) -> Fit:
    """Maximise Σ w [y log p + (1 - y) log(1 - p)] - ½ Σ λⱼ bⱼ² - ½ bᵀ P b.

    `fold(of)` returns the sum of `of(x, y, weight)` over all batches. `start` (p+1,), `ridge` (p+1,) or one number
    for all columns but the intercept, and `penalty` P (p+1, p+1) are in the columns' own coordinates, as is the
    result. `frame` centres and scales the columns inside the passes; it changes the rounding only. With a penalty
    `cov` is the inverse of the penalised information. `robust`: HC0 sandwich covariance (one more pass), which is
    what sampling weights ask for. `thin`: a subsample; it saves passes over a long
    table whose `start` is the subsample's fit. `tolerance`: the step, in standard errors, below which the fit is done;
    the step is taken.

    It always ends: "converged", "separated" (certified by a pass unless `certify` is False) or "not converged" after
    `max_iter` passes.

    Raises:
        InputError: no rows, one class only, a weight that is negative, or NaN or infinite values.

    Source: McCullagh and Nelder, Generalized Linear Models, 1989, section 4.4.
    """
    frame = frame or Frame.identity(p)
    quadratic = np.zeros((p + 1, p + 1))
    if ridge is not None:
        lam = np.asarray(ridge, dtype=np.float64)
        quadratic += np.diag(np.concatenate(([0.0], np.full(p, lam))) if lam.ndim == 0 else lam)
    if penalty is not None:
        quadratic += penalty
    penalised = bool(np.any(quadratic))
    begin = np.zeros(p + 1) if start is None else frame.inward(np.nan_to_num(start))
    inner = frame.penalty_inward(quadratic) if penalised else None
    drift: Drift | None = None
    if thin is not None:

        def slope(at: np.ndarray) -> Any:
            return fold(partial(Slope.of, at=at, frame=frame))

        def curvature(at: np.ndarray) -> np.ndarray:
            gram: Gram = thin.fold(partial(Gram.of, at=at, frame=frame))
            return np.asarray(thin.times * gram.hessian)

        def both(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return curvature(old), curvature(new)

        drift = both
        begin = approach(slope, begin, curvature(begin), inner)
    seen: list[Gram] = []

    def evaluate(at: np.ndarray) -> Gram:
        gram: Gram = fold(partial(Gram.of, at=at, frame=frame))
        if not seen:
            require_rows(gram, fold, p)
            seen.append(gram)
        return gram

    found: list[Separation] = []

    def diverges(ended: Ascent) -> bool:
        from cutaway.science.logit.separation import certified_separation

        certificate = certified_separation(fold, p, ended, frame)
        if certificate is not None:
            found.append(certificate)
        return certificate is not None

    def climb(begin: np.ndarray, drift: Drift | None) -> Ascent:
        return ascend(
            evaluate,
            begin,
            inner,
            max_iter=max_iter,
            diverges=diverges if certify and not penalised else None,
            tolerance=tolerance,
            drift=drift,
        )

    ended = climb(begin, drift)
    if ended.status == "not converged" and start is not None and max_iter > 1:
        # A start can be worse than none: from far out, where curvatures have died away, no Newton step leads back.
        constant = np.zeros(p + 1)
        constant[0] = np.log(seen[0].events / (seen[0].weight - seen[0].events))
        again = climb(constant, None)
        ended = replace(again, passes=ended.passes + again.passes)
    first = seen[0]
    covariance = inverse(ended.hessian, ended.alive)
    if robust:
        meat = fold(partial(Gram.of, at=ended.params, frame=frame, meat=True)).meat
        if meat is None:  # pragma: no cover - a fold that drops fields is broken
            raise AssertionError("the fold lost the meat of the sandwich")
        covariance = covariance @ meat @ covariance
    t = frame.matrix
    t_inverse = np.linalg.inv(t)
    params = frame.outward(ended.params)
    cov = t @ covariance @ t.T
    dead = np.flatnonzero(~ended.alive)
    params[dead] = np.nan
    cov[dead, :] = np.nan
    cov[:, dead] = np.nan
    return Fit(
        params=params,
        cov=cov,
        hessian=t_inverse.T @ ended.hessian @ t_inverse,
        loglik=ended.loglik,
        null_loglik=first.null_loglik(),
        rows=first.rows,
        weight=first.weight,
        events=first.events,
        iterations=ended.passes,
        status=ended.status,
        aliased=tuple(int(j) - 1 for j in dead if j > 0),
        robust=robust,
        separation=found[-1] if found else None,
    )


def fit(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    robust: bool = False,
    ridge: np.ndarray | float | None = None,
    penalty: np.ndarray | None = None,
    max_iter: int = 40,
) -> Fit:
    """Logistic regression of y (n,), 0 or 1, on the columns of x (n, p), with an intercept, by maximum likelihood.

    Any scale and offset of the columns will do: they are standardised inside and the results mapped back. Equal
    columns and other exact combinations are found and set aside (`aliased`). Separated data end with status
    "separated". `weight` (n,): sampling or frequency weights; with sampling weights ask for `robust=True`. `ridge`
    and `penalty` as in `fit_fold`.

    Raises:
        InputError: wrong shapes, no rows, NaN or infinite values, labels other than 0 and 1, one class only, negative
        weights.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> fitted = fit(x, np.array([0, 0, 1, 0, 1, 1]))
    >>> fitted.status, round(fitted.intercept, 4), round(float(fitted.coef[0]), 4)
    ('converged', -3.0351, 1.214)
    """
    x, y, weight = checked(x, y, weight)
    return _fit_rows(x, y, weight, ridge=ridge, penalty=penalty, robust=robust, max_iter=max_iter)


def _fit_rows(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
    *,
    ridge: np.ndarray | float | None,
    penalty: np.ndarray | None,
    robust: bool = False,
    max_iter: int = 40,
    certify: bool = True,
    tolerance: float = EXACT,
) -> Fit:
    """The fit of checked rows, started from that of every 16th of them where these are enough, and so on down."""
    n, p = x.shape
    begin: np.ndarray | None = None
    thin: Thin | None = None
    if n // _SUBSAMPLE >= max(_SUBSAMPLE_ROWS, 40 * (p + 1)) and max_iter > 1:
        xs, ys = np.ascontiguousarray(x[::_SUBSAMPLE]), np.ascontiguousarray(y[::_SUBSAMPLE])
        ws = None if weight is None else np.ascontiguousarray(weight[::_SUBSAMPLE])
        part = _loose(xs, ys, ws, ridge, penalty)
        if part is not None:
            begin = part.usable
            thin = Thin(lambda of: of(xs, ys, ws), float(n if weight is None else weight.sum()) / part.weight)
    frame = _frame(x)
    return fit_fold(
        lambda of: of(x, y, weight),
        p,
        start=_constant(y, weight, frame) if begin is None else begin,
        thin=thin,
        ridge=ridge,
        penalty=penalty,
        frame=frame,
        robust=robust,
        max_iter=max_iter,
        certify=certify,
        tolerance=tolerance,
    )


def _loose(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
    ridge: np.ndarray | float | None,
    penalty: np.ndarray | None,
) -> Fit | None:
    """The fit of a subsample, to few digits, or None where it does not exist."""
    used = y if weight is None else y[weight > 0]
    if len(used) == 0 or used.min() == used.max():
        return None
    try:
        part = _fit_rows(x, y, weight, ridge=ridge, penalty=penalty, max_iter=15, certify=False, tolerance=_START)
    except InputError:  # all rows will say it better
        return None
    return part if part.status == "converged" else None


def _constant(y: np.ndarray, weight: np.ndarray | None, frame: Frame) -> np.ndarray:
    """Coefficients (p+1,) of the model without columns, at their means."""
    share = float(np.clip(np.average(y, weights=weight), 1e-12, 1 - 1e-12))
    inner = np.zeros(len(frame.centre) + 1)
    inner[0] = np.log(share / (1 - share))
    return frame.outward(inner)


def _frame(x: np.ndarray) -> Frame:
    """Means and standard deviations of some thousand rows, near enough; of all for columns constant in those."""
    stride = max(1, len(x) // _FRAME_ROWS)
    part = x[::stride]
    frame = Frame.of_rows(part)
    flat = np.flatnonzero(np.all(part == part[0], axis=0)) if stride > 1 else np.empty(0, dtype=np.int64)
    if len(flat):
        whole = Frame.of_rows(x[:, flat])
        frame.centre[flat], frame.scale[flat] = whole.centre, whole.scale
    return frame


def require_rows(gram: Gram, fold: Callable[..., Any], p: int) -> None:
    """Raise the error that says why a first pass cannot be fitted, if it cannot.

    Raises:
        InputError: no rows, one class only, NaN or infinite values.
    """
    if gram.rows == 0:
        raise InputError("x: expected at least one row, got none")
    if not (np.isfinite(gram.loglik) and np.all(np.isfinite(gram.gradient))):
        find_fault(fold, p)
    if gram.events <= 0 or gram.events >= gram.weight:
        raise InputError(
            f"y: expected two classes, got {gram.events:g} of 1 in {gram.weight:g}; a model needs rows of both"
        )
