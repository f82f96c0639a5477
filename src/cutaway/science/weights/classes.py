"""One weight a class, from how many rows each class has.

Every function takes `counts`, shape (K,), the rows of each class (or their summed sampling weights), each above zero,
and returns float64 weights of the same shape. Only their ratios change which model is fitted; their level changes how
strong a penalty or a learning rate is beside them, which is why each function says what its level is.
"""

from __future__ import annotations

import numpy as np

from cutaway.core.errors import InputError


def balanced(counts: np.ndarray) -> np.ndarray:
    """Weights that give every class the same total: w_k = n / (K n_k).

    The mean weight over rows is 1 (Σ n_k w_k = n), so a penalty keeps its strength. A single class gets weight 1. This
    is what scikit-learn calls `class_weight="balanced"`.

    Raises:
        InputError: no classes, or a count that is zero, negative or not finite.

    Source: King and Zeng (2001), Logistic Regression in Rare Events Data, Political Analysis 9(2), section 4.2, with
    the population shares set equal.

    >>> balanced(np.array([90, 10])).round(4).tolist()
    [0.5556, 5.0]
    """
    n = _checked(counts, "balanced")
    return np.asarray(n.sum() / (len(n) * n))


def max_over(counts: np.ndarray) -> np.ndarray:
    """Weights that leave the largest class as it is: w_k = max_j n_j / n_k.

    Every class ends with the total of the largest one, so the sum of the weights grows from n to K max_j n_j and a
    penalty becomes that much weaker. For two classes the rarer one's weight is PyTorch's `pos_weight` (negatives over
    positives).

    Raises:
        InputError: no classes, or a count that is zero, negative or not finite.

    Source: the documentation of `torch.nn.BCEWithLogitsLoss`, argument `pos_weight`, for two classes.

    >>> max_over(np.array([90, 10])).tolist()
    [1.0, 9.0]
    """
    n = _checked(counts, "max_over")
    return np.asarray(n.max() / n)


def square_root(counts: np.ndarray) -> np.ndarray:
    """Half way, on the log scale, between no weights and balanced ones: w_k proportional to 1 / √n_k.

    Scaled so that the mean weight over rows is 1 (Σ n_k w_k = n). Between two classes the ratio of weights is the
    square root of the balanced one.

    Raises:
        InputError: no classes, or a count that is zero, negative or not finite.

    Source: Mahajan et al. (2018), Exploring the Limits of Weakly Supervised Pretraining, ECCV, section 2.2 (there as
    sampling rates).

    >>> square_root(np.array([90, 10])).round(4).tolist()
    [0.8333, 2.5]
    """
    n = _checked(counts, "square_root")
    raw = 1.0 / np.sqrt(n)
    return np.asarray(raw * (n.sum() / (n * raw).sum()))


def effective_number(counts: np.ndarray, beta: float = 0.999) -> np.ndarray:
    """Weights from the effective number of rows: w_k proportional to (1 - β) / (1 - β^n_k).

    Scaled so that the weights sum to K, as its authors do; the mean weight over rows is therefore not 1. β = 0 gives
    equal weights, and β towards 1 gives weights proportional to 1 / n_k. β = 1 itself is taken as that limit.

    Raises:
        InputError: no classes, a count that is zero, negative or not finite, or β outside [0, 1].

    Source: Cui, Jia, Lin, Song and Belongie (2019), Class-Balanced Loss Based on Effective Number of Samples, CVPR,
    equations 2 and 4.

    >>> effective_number(np.array([90, 10]), beta=0.9).round(4).tolist()
    [0.7889, 1.2111]
    """
    n = _checked(counts, "effective_number")
    if not 0.0 <= beta <= 1.0:
        raise InputError(f"effective_number: beta must lie in [0, 1], got {beta!r}; the authors use 0.9 to 0.9999.")
    if beta == 1.0:
        raw = 1.0 / n
    elif beta == 0.0:
        raw = np.ones_like(n)
    else:
        raw = (1.0 - beta) / -np.expm1(n * np.log(beta))  # 1 - β^n without cancellation where β is near 1
    return np.asarray(raw * (len(n) / raw.sum()))


def median_frequency(counts: np.ndarray) -> np.ndarray:
    """Weights that leave the class of median size as it is: w_k = median_j n_j / n_k.

    With an even number of classes the median is the mean of the two middle counts. Every class ends with the same
    total. The paper counts a class's pixels over the pixels of the images that hold the class; on a table the two are
    the same.

    Raises:
        InputError: no classes, or a count that is zero, negative or not finite.

    Source: Eigen and Fergus (2015), Predicting Depth, Surface Normals and Semantic Labels, ICCV, section 6.3.2.

    >>> median_frequency(np.array([80, 15, 5])).tolist()
    [0.1875, 1.0, 3.0]
    """
    n = _checked(counts, "median_frequency")
    return np.asarray(np.median(n) / n)


def _checked(counts: np.ndarray, function: str) -> np.ndarray:
    n = np.asarray(counts, dtype=np.float64)
    if n.ndim != 1 or len(n) == 0:
        raise InputError(
            f"{function}: counts must have shape (K,) with K ≥ 1, got shape {n.shape}; pass one count a class."
        )
    wrong = np.flatnonzero(~(np.isfinite(n) & (n > 0)))
    if len(wrong):
        raise InputError(
            f"{function}: every class needs a finite count above 0, got {n[wrong[0]]} for class {wrong[0]}; "
            "leave classes without rows out."
        )
    return n
