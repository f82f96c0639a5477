"""Average precision and recall under any weighting of clusters, such as photographs: what a bootstrap of them needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutaway.core.errors import InputError


@dataclass(frozen=True, eq=False)
class ClusteredRanking:
    """Rows of each cluster at or above each distinct score of a positive, from the highest score down.

    A ranking's measures look at no other cut, so many weightings of the clusters cost one matrix product.
    """

    positives: np.ndarray  # (cuts, clusters)
    negatives: np.ndarray  # (cuts, clusters)

    @classmethod
    def of(cls, y: np.ndarray, scores: np.ndarray, cluster: np.ndarray, clusters: int) -> ClusteredRanking:
        """From labels 0 or 1 (n,), scores (n,) and codes 0 … clusters - 1 (n,).

        Raises: InputError for unequal lengths, a NaN score, or a code out of range.
        """
        y, scores, cluster = np.asarray(y), np.asarray(scores, dtype=float), np.asarray(cluster)
        if not y.shape == scores.shape == cluster.shape or np.isnan(scores).any():
            raise InputError(
                f"scores: ClusteredRanking expected one number a label and cluster, got {scores.shape} for {y.shape} "
                f"and {cluster.shape}, {int(np.isnan(scores).sum())} of them NaN; drop or mend them"
            )
        if cluster.size and not 0 <= cluster.min() <= cluster.max() < clusters:
            raise InputError(
                f"cluster: expected codes 0 … {clusters - 1}, got {cluster.min()} to {cluster.max()}; number them so"
            )
        cuts = np.unique(scores[y == 1])[::-1]
        # the first cut that the row reaches; rows below every cut come last and are left out
        place = cuts.size - np.searchsorted(cuts[::-1], scores, side="right")
        code = place * clusters + cluster
        counts = [
            np.bincount(code[part], minlength=(cuts.size + 1) * clusters).reshape(-1, clusters)[: cuts.size].cumsum(0)
            for part in (y == 1, y != 1)
        ]
        return cls(counts[0].astype(float), counts[1].astype(float))

    def average_precision(self, weight: np.ndarray) -> np.ndarray:
        """Average precision (…,) where the clusters count `weight` (clusters, …) times; NaN without positives.

        >>> y, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
        >>> ranking = ClusteredRanking.of(y, scores, np.array([0, 0, 1, 1]), 2)
        >>> ranking.average_precision(np.array([1.0, 1.0])).round(4).item()
        0.8333
        """
        return self.measures(weight, 1.0)[0]

    def measures(self, weight: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
        """Average precision, and the largest recall of a cut whose precision is at least `least` (0: no cut has it).

        NaN without positives.
        """
        taken, wrong = self.positives @ weight, self.negatives @ weight
        called = taken + wrong
        precision = np.divide(taken, called, out=np.zeros_like(called), where=called > 0)
        gained = np.diff(taken, axis=0, prepend=np.zeros_like(taken[:1]))
        every = np.asarray(taken[-1] if taken.shape[0] else np.zeros(taken.shape[1:]))
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (gained * precision).sum(axis=0) / every
            return np.asarray(found), np.asarray((taken * (precision >= least)).max(axis=0, initial=0.0) / every)
