"""Class weights as each library wants them, so that all of them minimise the same: Σ wᵢ ℓᵢ / N, the log loss of the
rows weighted by their class.

With balanced weights the sum of the rows' weights is N, so dividing by it is the same over all rows; batch by batch it
is not, which is why PyTorch's own mean is not used.
"""

from __future__ import annotations

from collections.abc import Sequence


def weighted_code(classes: Sequence[str], weights: Sequence[float]) -> dict[str, str]:
    """Code by library, for labels as codes 0, 1, … in the order of `classes` (scikit-learn takes the names, too).

    Raises: nothing; tests run each snippet and hold the losses against each other.
    """
    listed = ", ".join(f"{w:.6g}" for w in weights)
    by_code = ", ".join(f"{i}: {w:.6g}" for i, w in enumerate(weights))
    by_name = ", ".join(f"{c!r}: {w:.6g}" for c, w in zip(classes, weights, strict=True))
    order = "# y: codes in the order " + ", ".join(" ".join(str(c).split()) for c in classes)
    torch = (
        f"{order}\nw = torch.tensor([{listed}], dtype=logits.dtype)\n"
        "# not its own mean, which divides by the weights of each batch\n"
    )
    jax = f"{order}\nw = jnp.array([{listed}])[y]\n"
    if len(classes) == 2:
        torch += "loss = F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype), weight=w[y])"
        jax += "loss = (w * optax.sigmoid_binary_cross_entropy(logits, y)).mean()"
    else:
        torch += 'loss = F.cross_entropy(logits, y, weight=w, reduction="sum") / len(y)'
        jax += "loss = (w * optax.softmax_cross_entropy_with_integer_labels(logits, y)).mean()"
    rows = f"{order}\nw = np.array([{listed}])[y]\n"
    return {
        "scikit-learn": f"model = LogisticRegression(C=np.inf, class_weight={{{by_name}}})\nmodel.fit(x, y)",
        "Keras": f"{order}\nmodel.fit(x, y, class_weight={{{by_code}}})",
        "PyTorch": torch,
        "JAX": jax,
        "XGBoost": f"{rows}model = XGBClassifier().fit(x, y, sample_weight=w)",
        "LightGBM": f"{rows}model = LGBMClassifier().fit(x, y, sample_weight=w)",
        "CatBoost": f"{order}\nmodel = CatBoostClassifier(class_weights=[{listed}]).fit(x, y)",
    }
