"""Whether chains have met: rank-normalised split R-hat, and effective sample sizes of the bulk and the tails.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, Bayesian Analysis 16, equations 1 to 14; Geyer's initial
monotone sequence as there. Equal to ArviZ's `rhat` and `ess` (bulk, tail).
"""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError


def r_hat(draws: np.ndarray) -> float:
    """Of draws (chains, steps): the larger of R-hat of the ranks, and of the ranks of distances from the median.

    Near 1 where the chains have met; NaN where all draws are equal.

    Raises: InputError for fewer than four steps.

    >>> rng = np.random.default_rng(1)
    >>> r_hat(rng.normal(size=(4, 500))) < 1.01
    True
    """
    x = _split(draws, "r_hat")
    return max(_plain(_normal_ranks(x)), _plain(_normal_ranks(np.abs(x - np.median(x)))))


def effective_size(draws: np.ndarray) -> tuple[float, float]:
    """Of draws (chains, steps): how many independent ones say as much of the mean, and of the 5 % and 95 % quantiles.

    Raises: InputError for fewer than four steps.

    >>> bulk, tail = effective_size(np.random.default_rng(1).normal(size=(4, 500)))
    >>> bulk > 1500, tail > 1500
    (True, True)
    """
    x = _split(draws, "effective_size")
    low, high = (_independent((x <= np.quantile(x, p)).astype(float)) for p in (0.05, 0.95))
    return _independent(_normal_ranks(x)), min(low, high)


def _split(draws: np.ndarray, caller: str) -> np.ndarray:
    x = np.asarray(draws, float)
    if x.ndim != 2 or x.shape[1] < 4:
        raise InputError(f"draws: {caller} expected (chains, steps) with at least 4 steps, got shape {x.shape}")
    half = x.shape[1] // 2
    return np.concatenate((x[:, :half], x[:, -half:]))


def _normal_ranks(x: np.ndarray) -> np.ndarray:
    """Normal quantiles of the ranks, ties sharing theirs."""
    from scipy.special import ndtri

    _, where, count = np.unique(x, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[where.reshape(x.shape)]
    return np.asarray(ndtri((rank - 3 / 8) / (x.size + 1 / 4)))


def _plain(x: np.ndarray) -> float:
    within = x.var(axis=1, ddof=1).mean()
    if not within > 0:
        return float("nan")
    n = x.shape[1]
    return float(np.sqrt((n - 1) / n + x.mean(axis=1).var(ddof=1) / within))


def _independent(x: np.ndarray) -> float:
    """Effective size from autocorrelations over all chains."""
    m, n = x.shape
    if x.max() == x.min():
        return float(x.size)
    width = 1 << (2 * n - 1).bit_length()
    centred = x - x.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centred, width, axis=1)
    covariance = (np.fft.irfft(spectrum * spectrum.conj(), width, axis=1)[:, :n] / n).mean(axis=0)
    within = covariance[0] * n / (n - 1)
    total = within * (n - 1) / n + (x.mean(axis=1).var(ddof=1) if m > 1 else 0.0)
    rho = 1 - (within - covariance) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    last = max(min(int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else n, (n - 3) // 2), 1)
    kept = np.minimum.accumulate(pairs[:last])
    extra = max(rho[2 * last], 0.0) if 2 * last < n else 0.0
    tau = max(-1 + 2 * kept.sum() + extra, 1 / np.log10(m * n))
    return float(m * n / tau)
