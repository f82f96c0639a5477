"""A small model fitted with any weighted focal loss: linear, or with one hidden layer, in plain NumPy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError
from cutaway.science.losses.focal_sum import focal_value_and_gradient
from cutaway.science.losses.minimisers import prior_bias

BLOCK = 512  # rows of a product: BLAS then stays in this thread, for its others would spin beside the loss's


@dataclass(frozen=True, eq=False)
class Scorer:
    """log-odds = tanh((x - mean) / spread · into + shift) · out + bias; without a hidden layer a linear model."""

    mean: np.ndarray  # (k,)
    spread: np.ndarray  # (k,)
    into: np.ndarray  # (k, hidden); hidden = 0: linear
    shift: np.ndarray  # (hidden,)
    out: np.ndarray  # (hidden,), or (k,) where linear
    bias: float

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Log-odds (n,) of the rows (n, k)."""
        z = _blocks((x - self.mean) / self.spread)
        inner = z if not self.shift.size else np.tanh(z @ self.into + self.shift)
        return np.asarray((inner @ self.out).reshape(-1)[: len(x)] + self.bias, dtype=float)


def fit_scorer(
    x: np.ndarray,
    y: np.ndarray,
    *,
    gamma: float = 0.0,
    alpha: float | None = None,
    hidden: int = 0,
    penalty: float = 1e-4,
    steps: int = 200,
    seed: int = 0,
    step: Callable[[], None] = lambda: None,
) -> Scorer:
    """The model at which the mean focal loss, divided by its Σα / N, plus penalty/2 · |weights|² is least, by L-BFGS.

    Starts at the prior bias with small random weights; the same seed starts alike whatever the loss. γ = 0 without α is
    logistic regression. With γ > 0 or a hidden layer the loss is not convex, and what is found is where `steps` steps
    lead. Columns are standardised; a constant one is left at 0. `step` is called at each evaluation, and may raise.

    Raises: InputError for a single class, which no finite bias fits, and as `focal`.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> model = fit_scorer(x, np.array([0, 1, 0, 1]), penalty=0.1)
    >>> bool(np.all(np.diff(model.logits(x)) > 0))
    True
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    share = float(np.mean(y)) if y.size else 0.0
    if not 0 < share < 1:
        raise InputError(f"y: fit_scorer expected both classes, got a share of positives of {share:g}; give more rows")
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    k = x.shape[1]
    z = _blocks((x - mean) / spread)
    ends = np.cumsum([k * hidden, hidden, hidden or k])
    scale = 1.0 if alpha is None else alpha * share + (1 - alpha) * (1 - share)
    rng = np.random.default_rng(seed)  # small weights, so that hidden units differ
    bias = np.reshape(prior_bias(np.array(share), gamma=gamma, alpha=alpha), 1)
    into, out = rng.normal(0, k**-0.5, k * hidden), rng.normal(0, 0.01, hidden or k)
    first = np.concatenate([into, np.zeros(hidden), out, bias])

    def parts(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        into, shift, out = np.split(flat[:-1].astype(np.float32), ends[:-1])
        return into.reshape(k, hidden), shift, out, float(flat[-1])

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        step()
        into, shift, out, bias = parts(flat)
        inner = np.tanh(z @ into + shift) if hidden else z
        loss, pull = focal_value_and_gradient(
            (inner @ out).reshape(-1)[: y.size] + np.float32(bias), y, gamma=gamma, alpha=alpha
        )
        pulls = _blocks(pull[:, None])
        pieces = [(inner.swapaxes(1, 2) @ pulls).sum(axis=0).reshape(-1), np.array([pull.sum(dtype=float)])]
        if hidden:
            back = (1 - inner * inner) * (pulls * out)
            pieces = [(z.swapaxes(1, 2) @ back).sum(axis=0).reshape(-1), back.sum(axis=(0, 1)), *pieces]
        slope = np.concatenate(pieces).astype(float) / scale
        held = flat.copy()
        held[-1] = 0.0
        return loss / scale + penalty / 2 * float(held @ held), slope + penalty * held

    return Scorer(mean, spread, *parts(_least(value, first, steps)))


def descent(x: np.ndarray, y: np.ndarray, *, gamma: float, bias: float, rate: float, steps: int) -> np.ndarray:
    """The mean focal loss (steps + 1,) along plain gradient descent of a linear model, from weights of 0 and this bias.

    Columns are standardised. Raises: InputError as `focal`.

    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    >>> descent(x, y, gamma=0, bias=0, rate=0.5, steps=2).round(3).tolist()
    [0.693, 0.67, 0.652]
    """
    x = np.asarray(x, dtype=float)
    spread = x.std(axis=0)
    z = _blocks((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
    weights, out = np.zeros(x.shape[1], np.float32), []
    for _ in range(steps + 1):
        logits = (z @ weights).reshape(-1)[: y.size] + np.float32(bias)
        value, pull = focal_value_and_gradient(logits, y, gamma=gamma)
        out.append(value)
        weights = weights - np.float32(rate) * (z.swapaxes(1, 2) @ _blocks(pull[:, None])).sum(axis=0).reshape(-1)
        bias -= rate * float(pull.sum(dtype=float))
    return np.array(out)


def _least(
    value: Callable[[np.ndarray], tuple[float, np.ndarray]], at: np.ndarray, steps: int, tolerance: float = 1e-7
) -> np.ndarray:
    """Where L-BFGS with halved steps ends: at a slope of `tolerance` times the first one, or after so many steps.

    Source: Nocedal & Wright 2006, Numerical Optimization, algorithm 7.4. SciPy's calls LAPACK, whose threads spin.
    """
    loss, slope = value(at)
    enough = tolerance * float(np.abs(slope).max())
    moves: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=20)
    for _ in range(steps):
        if float(np.abs(slope).max()) <= enough:
            break
        toward, shares = -slope, []
        for move, turn, inverse in reversed(moves):
            shares.append(inverse * float(move @ toward))
            toward = toward - shares[-1] * turn
        if moves:
            move, turn, inverse = moves[-1]
            toward = toward / (inverse * float(turn @ turn))
        else:
            toward = toward / max(float(np.abs(toward).sum()), 1e-300)
        for (move, turn, inverse), share in zip(moves, reversed(shares), strict=True):
            toward = toward + (share - inverse * float(turn @ toward)) * move
        down, length = float(slope @ toward), 1.0
        new, (lower, steeper) = at + toward, value(at + toward)
        while not lower <= loss + 1e-4 * length * down and length > 1e-6:
            length /= 2
            new = at + length * toward
            lower, steeper = value(new)
        if not lower < loss:
            break
        move, turn = new - at, steeper - slope
        if float(move @ turn) > 1e-10 * float(turn @ turn):
            moves.append((move, turn, 1 / float(move @ turn)))
        at, loss, slope = new, lower, steeper
    return at


def _blocks(rows: np.ndarray) -> np.ndarray:
    """Rows (n, k) as float32 blocks (b, BLOCK, k), rows of zeros at the end."""
    blocks = -(-len(rows) // BLOCK)
    out = np.zeros((blocks * BLOCK, rows.shape[1]), np.float32)
    out[: len(rows)] = rows
    return out.reshape(blocks, BLOCK, rows.shape[1])
