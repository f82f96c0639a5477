"""Class probabilities at other base rates, and the base rates of unlabelled rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, eq=False)
class PriorShift:
    """Moves class probabilities (n, K) from the base rates `before` to `after`, the classes themselves unchanged.

    p'ₖ ∝ pₖ afterₖ / beforeₖ. For two classes it is `LogOddsShift.prior`.

    Raises: InputError for rates that are no distributions over the same classes, or a rate of 0 in `before`.
    Source: Saerens, Latinne & Decaestecker 2002, equation 2.4.

    >>> shift = PriorShift(np.array([0.5, 0.5]), np.array([0.98, 0.02]))
    >>> shift(np.array([[0.5, 0.5]])).round(4).tolist()
    [[0.98, 0.02]]
    """

    before: np.ndarray  # (K,)
    after: np.ndarray  # (K,)

    def __post_init__(self) -> None:
        for name, rates in (("before", self.before), ("after", self.after)):
            rates = np.asarray(rates, dtype=float)
            least = 0.0 if name == "after" else 5e-324
            if rates.ndim != 1 or not (rates >= least).all() or abs(rates.sum() - 1) > 1e-6:
                raise InputError(
                    f"{name}: PriorShift expected shares that add up to 1 (those before above 0), got {rates.tolist()}"
                )
        if np.shape(self.before) != np.shape(self.after):
            raise InputError(f"after: PriorShift expected {np.size(self.before)} classes, got {np.size(self.after)}")

    @classmethod
    def estimated(cls, p: np.ndarray, before: np.ndarray, steps: int = 10_000) -> PriorShift:
        """Towards the base rates of unlabelled rows with probabilities `p` (n, K), by maximum likelihood (EM).

        The scores must be calibrated for rows with base rates `before`, and only the base rates may have changed.
        Stops when no rate moves by more than 10⁻¹⁰.

        Raises: InputError as the class, without rows, or when p is not (n, K).
        Source: Saerens, Latinne & Decaestecker 2002, section 2.2.
        """
        p, before = np.asarray(p, dtype=float), np.asarray(before, dtype=float)
        if p.ndim != 2 or not p.size or p.shape[1] != before.size:
            raise InputError(f"p: PriorShift.estimated expected (n, {before.size}) probabilities, got {p.shape}")
        ratio = p / cls(before, before).before
        after = before / before.sum()
        for _ in range(steps):
            joint = ratio * after
            now = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
            moved = float(np.abs(now - after).max())
            after = now
            if moved <= 1e-10:
                break
        return cls(before, after / after.sum())

    @property
    def inverse(self) -> PriorShift:
        """The shift back. Raises: InputError when a class has rate 0 after."""
        return PriorShift(self.after, self.before)

    def __call__(self, p: np.ndarray, /) -> np.ndarray:
        """Shifted probabilities (n, K)."""
        moved = np.asarray(p, dtype=float) * (np.asarray(self.after) / np.asarray(self.before))
        return np.asarray(moved / moved.sum(axis=1, keepdims=True))
