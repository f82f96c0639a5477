"""The threshold of a power law, found exactly without trying every value at every threshold: compiled.

For a threshold the Kolmogorov-Smirnov distance is the largest gap between two falling curves, the share of the tail
that is left and the fitted one. Between two values both curves are known to within their ends, so that most values need
no look; and a threshold is given up as soon as one gap is larger than the smallest distance found so far. The first
gapss that are looked at stand where the last thresholds had theirs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

RECENT = 32  # places where the last thresholds were given up
STACK = 128  # halvings that can be open at once: two for each of 63 levels


@njit(cache=True, nogil=True)
def hurwitz(s, q):  # type: ignore[no-untyped-def]
    """Σ (q + k)^-s over k from 0 on, s > 1, and its derivative by s, to about 1e-13 of it.

    Source: Euler and Maclaurin's formula; the terms below 12 are added one by one.
    """
    value, slope = 0.0, 0.0
    while q < 12.0:
        log = np.log(q)
        term = np.exp(-s * log)
        value += term
        slope -= log * term
        q += 1.0
    log = np.log(q)
    power = np.exp(-s * log)
    value += power * q / (s - 1.0) + power / 2
    slope += -power * q / (s - 1.0) * (log + 1 / (s - 1.0)) - power * log / 2
    # Bernoulli numbers over factorials, with s (s + 1) … of one, three, five and seven factors
    product, derived, fall = s, 1.0, power / q
    signs = (1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600)
    for k in range(4):
        value += signs[k] * product * fall
        slope += signs[k] * fall * (derived - product * log)
        for more in (2 * k + 1, 2 * k + 2):
            derived = derived * (s + more) + product
            product *= s + more
        fall /= q * q
    return value, slope


@njit(cache=True, nogil=True)
def discrete_alpha(mean_log, x, guess):  # type: ignore[no-untyped-def]
    """The α at which -ζ'(α, x) / ζ(α, x) is the mean logarithm of the tail; `guess` is near it, α > 1."""
    low, high = 1.0 + 1e-9, 60.0
    a = min(max(guess, 1.0 + 1e-6), 50.0)
    for _ in range(80):
        value, slope = hurwitz(a, x)
        g = -slope / value - mean_log  # falls in a
        if g > 0:
            low = a
        else:
            high = a
        step = 1e-5 * a
        beyond, its = hurwitz(a + step, x)
        bend = (-its / beyond - mean_log - g) / step
        new = a - g / bend if bend < 0 else 0.5 * (low + high)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - a) <= 1e-13 * a:
            return new
        a = new
    return a


@njit(cache=True, nogil=True)
def fitted_alpha(j, values, logs, left, log_left, discrete):  # type: ignore[no-untyped-def]
    """Maximum likelihood above the j-th distinct value; infinite where nothing lies above it."""
    n = left[j]
    excess = log_left[j] - n * logs[j]
    if excess <= 0:
        return np.inf
    if not discrete:
        return 1.0 + n / excess
    guess = 1.0 + n / (excess + n * (logs[j] - np.log(values[j] - 0.5)))
    return discrete_alpha(log_left[j] / n, values[j], guess)


@njit(cache=True, nogil=True)
def _remains(i, j, values, logs, alpha, whole, discrete):  # type: ignore[no-untyped-def]
    """The share of the fitted tail from the i-th value on."""
    if discrete:
        return hurwitz(alpha, values[i])[0] / whole
    return np.exp((1.0 - alpha) * (logs[i] - logs[j]))


@njit(cache=True, nogil=True)
def _gap(i, empirical, fitted, left, n, both):  # type: ignore[no-untyped-def]
    """Between the shares from the i-th value on; with `both`, just beyond it as well."""
    d = abs(empirical - fitted)
    if both and i + 1 < left.size:
        d = max(d, abs(left[i + 1] / n - fitted))
    return d


@njit(cache=True, nogil=True)
def distance(j, alpha, values, logs, left, discrete, both, first, best):  # type: ignore[no-untyped-def]
    """The Kolmogorov-Smirnov distance above the j-th value, and where it is; infinite once it must be above `best`.

    `first` (k,): places at which to look first.
    """
    last = values.size - 1
    n = np.float64(left[j])
    whole = hurwitz(alpha, values[j])[0] if discrete else 1.0
    most, where = -1.0, j
    for place in first:
        i = min(max(place, j), last)
        d = _gap(i, left[i] / n, _remains(i, j, values, logs, alpha, whole, discrete), left, n, both)
        if d > most:
            most, where = d, i
            if most > best:
                return np.inf, where
    lows, highs = np.empty(STACK, np.int64), np.empty(STACK, np.int64)
    low_fit, high_fit = np.empty(STACK), np.empty(STACK)
    lows[0], highs[0] = j, last
    low_fit[0] = 1.0
    high_fit[0] = _remains(last, j, values, logs, alpha, whole, discrete)
    for i, fit in ((j, low_fit[0]), (last, high_fit[0])):
        d = _gap(i, left[i] / n, fit, left, n, both)
        if d > most:
            most, where = d, i
    if most > best:
        return np.inf, where
    open_ = 1
    while open_:
        open_ -= 1
        a, b, fa, fb = lows[open_], highs[open_], low_fit[open_], high_fit[open_]
        if b - a < 2:
            continue
        ea, eb = left[a + 1] / n, left[b - 1] / n  # of the values strictly between
        if both:
            eb = left[b] / n
        if max(ea - fb, fa - eb) <= most:
            continue
        m = (a + b) // 2
        fm = _remains(m, j, values, logs, alpha, whole, discrete)
        d = _gap(m, left[m] / n, fm, left, n, both)
        if d > most:
            most, where = d, m
            if most > best:
                return np.inf, where
        # The half that may hold the larger gap is looked at first.
        first_is_left = max(left[a + 1] / n - fm, fa - left[m] / n) >= max(left[m] / n - fb, fm - left[b] / n)
        for turn in range(2):
            if (turn == 1) == first_is_left:
                lows[open_], highs[open_], low_fit[open_], high_fit[open_] = a, m, fa, fm
            else:
                lows[open_], highs[open_], low_fit[open_], high_fit[open_] = m, b, fm, fb
            open_ += 1
    return most, where


@njit(cache=True, nogil=True)
def best_threshold(values, logs, left, log_left, order, largest, discrete, both):  # type: ignore[no-untyped-def]
    """Place of the threshold with the smallest distance (the first of equals), its α and the distance.

    `values` (m,) distinct and ascending, `left` (m,) how many data are at least as large, `log_left` the sum of their
    logarithms. Places in `order` are tried; α may not be above `largest`. The place is -1 where none is allowed.
    """
    best, chosen, alpha_of_best = np.inf, -1, np.nan
    first, turn = np.zeros(RECENT, np.int64), 0
    for j in order:
        alpha = fitted_alpha(j, values, logs, left, log_left, discrete)
        if not alpha <= largest:
            continue
        found, where = distance(j, alpha, values, logs, left, discrete, both, first, best)
        if not (first == where).any():
            first[turn % RECENT] = where
            turn += 1
        if found < best or (found == best and j < chosen):
            best, chosen, alpha_of_best = found, j, alpha
    return chosen, alpha_of_best, best
