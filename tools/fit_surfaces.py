"""Make src/cutaway/data/surfaces.json: accuracies of two models over a plane of their settings.

python tools/fit_surfaces.py [svm] [mlp]

Speakers of Japanese Vowels, told from the mean of each utterance's twelve coefficients (standardised): by a support
vector machine over its penalty C and the width γ of its kernel, and by a network of 24 units over its learning rate
and its weight decay. `cv` is the accuracy in five-fold cross-validation on the 270 training utterances, which a search
sees; `test` the accuracy on the 370 test utterances, which no search may see.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from cutaway.studies.run.vowels import utterances

OUT = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "surfaces.json"
FOLDS, REPEATS = 5, 2
Model = Callable[[float, float, int], Any]


def svm(penalty: float, gamma: float, seed: int) -> SVC:
    """The support vector machine; nothing in it is random."""
    return SVC(C=penalty, gamma=gamma)


def mlp(rate: float, decay: float, seed: int) -> MLPClassifier:
    """The network."""
    return MLPClassifier((24,), learning_rate_init=rate, alpha=decay, max_iter=25, batch_size=27, random_state=seed)


# Model; name, low, high and number of steps of each setting; fits of each, of which the mean is kept.
PLANES: dict[str, tuple[Model, tuple[str, float, float, int], tuple[str, float, float, int], int]] = {
    "svm": (svm, ("penalty C", 1e-2, 1e4, 37), ("width γ of the kernel", 1e-5, 1e1, 37), 1),
    "mlp": (mlp, ("learning rate", 1e-4, 1e1, 31), ("weight decay", 1e-8, 1e-2, 9), REPEATS),
}


def table() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Inputs and speakers of the training set, then of the test set."""
    parts = []
    for one in utterances():
        parts += [np.array([steps.mean(axis=0) for steps in one.steps]), np.asarray(one.speaker)]
    mean, sd = parts[0].mean(axis=0), parts[0].std(axis=0)
    return (parts[0] - mean) / sd, parts[1], (parts[2] - mean) / sd, parts[3]


def plane(name: str) -> dict[str, Any]:
    """Accuracies (first setting, second setting), each the mean of its fits."""
    make, first, second, repeats = PLANES[name]
    x, y, held_x, held_y = table()
    axes = [np.geomspace(low, high, steps) for _, low, high, steps in (first, second)]
    cv, test = np.zeros((2, len(axes[0]), len(axes[1])))
    for i, a in enumerate(axes[0]):
        for j, b in enumerate(axes[1]):
            for seed in range(repeats):
                right = 0
                for train, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(x, y):
                    right += int((make(a, b, seed).fit(x[train], y[train]).predict(x[rest]) == y[rest]).sum())
                cv[i, j] += right / len(y) / repeats
                test[i, j] += make(a, b, seed).fit(x, y).score(held_x, held_y) / repeats
        print(name, i + 1, "of", len(axes[0]), flush=True)
    return {
        "parameters": [
            {"name": one, "low": low, "high": high, "steps": steps} for one, low, high, steps in (first, second)
        ],
        "cv": np.round(cv, 5).tolist(),
        "test": np.round(test, 5).tolist(),
    }


def main(names: list[str]) -> None:
    """Write those that are named, all by default, beside those that are there."""
    warnings.filterwarnings("ignore", category=sklearn.exceptions.ConvergenceWarning)
    kept = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {}
    for name in names or list(PLANES):
        kept[name] = plane(name)
    kept["made_with"] = f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}"
    OUT.write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"wrote {OUT.name} ({OUT.stat().st_size / 1000:.0f} kB)")


if __name__ == "__main__":
    main(sys.argv[1:])
