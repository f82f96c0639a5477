"""Sums over scored rows of what scores say and what it costs to believe them: one model's, or two on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.science.logit.scores import sigmoid


@dataclass(frozen=True, eq=False)
class ScoreSums:
    """Sums over rows of a probability p of one class against the rest; weighted but for the counts of rows."""

    rows: int = 0
    zeros: int = 0  # rows scored exactly 0
    ones: int = 0  # rows scored exactly 1
    weight: float = 0.0
    squares: float = 0.0  # Σ w²
    score: float = 0.0  # Σ w p
    positive: float = 0.0  # Σ w y
    loss: float = 0.0  # Σ w times the log loss, in nats; infinite where a row scored 0 or 1 is of the other class
    distance: float = 0.0  # Σ w (p - y)²

    @classmethod
    def of(cls, p: np.ndarray, loss: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> ScoreSums:
        """From p (n,), the rows' log losses (n,), y (n,) 0 or 1."""
        w = np.ones(p.size) if weight is None else weight
        return cls(
            p.size,
            int((p == 0).sum()),
            int((p == 1).sum()),
            float(w.sum()),
            float((w * w).sum()),
            float((w * p).sum()),
            float((w * y).sum()),
            float((w * loss).sum()),
            float((w * np.square(p - y)).sum()),
        )

    def __add__(self, other: ScoreSums) -> ScoreSums:
        return ScoreSums(
            self.rows + other.rows,
            self.zeros + other.zeros,
            self.ones + other.ones,
            self.weight + other.weight,
            self.squares + other.squares,
            self.score + other.score,
            self.positive + other.positive,
            self.loss + other.loss,
            self.distance + other.distance,
        )

    @property
    def mean_score(self) -> float:
        """Mean p."""
        return self.score / self.weight if self.weight else float("nan")

    @property
    def prevalence(self) -> float:
        """Share of the class."""
        return self.positive / self.weight if self.weight else float("nan")

    @property
    def log_loss(self) -> float:
        """Mean log loss, in nats."""
        return self.loss / self.weight if self.weight else float("nan")

    @property
    def brier(self) -> float:
        """Mean (p - y)²."""
        return self.distance / self.weight if self.weight else float("nan")


@dataclass(frozen=True, eq=False)
class Difference:
    """Two models' scores on the same rows: sums of first less second of each row's loss, and of hits of one alone."""

    weight: float = 0.0
    loss: float = 0.0  # Σ w d, d the difference of the log losses
    loss_squares: float = 0.0  # Σ w d²
    distance: float = 0.0  # the same of the squared errors
    distance_squares: float = 0.0
    only_first: float = 0.0  # weight of rows that only the first gets right (at 0.5, or by the most probable class)
    only_second: float = 0.0
    squares: float = 0.0  # Σ w²

    def __add__(self, other: Difference) -> Difference:
        return Difference(*(a + b for a, b in zip(_values(self), _values(other), strict=True)))

    @property
    def mean_loss(self) -> tuple[float, float]:
        """Mean difference of the log loss, first less second, and its standard error."""
        return self._mean(self.loss, self.loss_squares)

    @property
    def mean_distance(self) -> tuple[float, float]:
        """Mean difference of the squared error (Brier), first less second, and its standard error."""
        return self._mean(self.distance, self.distance_squares)

    def _mean(self, total: float, squares: float) -> tuple[float, float]:
        if not self.weight:
            return float("nan"), float("nan")
        mean = total / self.weight
        rows = self.weight**2 / self.squares
        return mean, float(np.sqrt(max(squares / self.weight - mean * mean, 0.0) / rows))


def _values(state: Difference) -> tuple[float, ...]:
    return (
        state.weight,
        state.loss,
        state.loss_squares,
        state.distance,
        state.distance_squares,
        state.only_first,
        state.only_second,
        state.squares,
    )


def probabilities_of(logits: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of `logits`' shape, the log loss of each against the rest, and that of the row's own class (n,)."""
    if logits.ndim == 1:
        signed = np.where(y == 1, -logits, logits)
        loss = np.logaddexp(0.0, signed)
        return sigmoid(logits), loss, loss
    truth = y[:, None] == np.arange(logits.shape[1])
    loss = np.logaddexp(0.0, np.where(truth, -logits, logits))
    return sigmoid(logits), loss, loss[np.arange(y.size), y]


def difference_of(logits: np.ndarray, other: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> Difference:
    """The sums of two models' `logits` on the same rows."""
    w = np.ones(y.size) if weight is None else weight
    p, _, loss = probabilities_of(logits, y)
    q, _, loss2 = probabilities_of(other, y)
    if logits.ndim == 1:
        far, far2 = np.square(p - y), np.square(q - y)
        right, right2 = (logits >= 0) == (y == 1), (other >= 0) == (y == 1)
    else:
        truth = y[:, None] == np.arange(p.shape[1])
        far, far2 = np.square(p - truth).sum(axis=1), np.square(q - truth).sum(axis=1)
        right, right2 = logits.argmax(axis=1) == y, other.argmax(axis=1) == y
    with np.errstate(invalid="ignore"):
        d = np.where(loss == loss2, 0.0, loss - loss2)
    e = far - far2
    return Difference(
        float(w.sum()),
        float((w * d).sum()),
        float((w * d * d).sum()),
        float((w * e).sum()),
        float((w * (e * e)).sum()),
        float(w[right & ~right2].sum()),
        float(w[right2 & ~right].sum()),
        float((w * w).sum()),
    )
