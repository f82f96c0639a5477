"""IMG007: classes with few images, or other shares of them in training and in test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.images import ImagesSubject, named
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Remedy
from cutaway.core.wording import percent
from cutaway.science import weights


@check("IMG007", name="uneven classes", asks="images", needs=("readable", "labels"))
def uneven_classes(
    subject: ImagesSubject, *, max_ratio: float = 10.0, max_share: float = 0.8, least: int = 10, alpha: float = 0.001
) -> Iterator[Finding]:
    """Classes have far fewer images than others, too few to judge, or other shares in training than in test.

    Why it matters: a constant that says the commonest class reaches its share as accuracy; a class of five test images
    has a recall known to ± 40 points; and a test set with other shares answers another question.

    What to do: judge by recall of each class and balanced accuracy; collect the rare class, or draw it more often in
    training and undo that in the probabilities; divide by class.

    Null: shares and ratios are counted, so they cannot be false alarms. Whether training and test differ is a χ² test
    of the counts, p < `alpha`, and a share that differs by 5 points or more. False alarms of it measured: none in 400
    clean folders.

    Passed: Classes are of similar size, in each part of the data.

    Source: He & Garcia 2009, "Learning from imbalanced data", section 2; Buda, Maki & Mazurowski 2018 on convolutional
    networks.

    Example: ten images against 190 fire; fifty against fifty stay silent.

    >>> from cutaway.checks.run.images_example import folder_of, scenes
    >>> [f.title for f in uneven_classes(folder_of(scenes(200, (8, 8)), ["cat"] * 190 + ["dog"] * 10))]
    ['“cat” has 19 times the images of “dog”: always saying “cat” is 95.0 % accurate']
    >>> list(uneven_classes(folder_of(scenes(100, (8, 8)), ["cat"] * 50 + ["dog"] * 50)))
    []
    """
    rows = subject.labelled
    y, classes = subject.codes(rows), subject.classes
    counts = np.bincount(y, minlength=len(classes))
    top, low = int(counts.argmax()), int(counts.argmin())
    share, ratio = counts[top] / counts.sum(), counts[top] / counts[low]
    figure = Bars(
        alt=f"“{classes[top]}” has {counts[top]:,} images, “{classes[low]}” {counts[low]:,}.",
        axis=Axis(label="images"),
        labels=classes,
        values=tuple(float(n) for n in counts),
        harmful=tuple(bool(n * max_ratio < counts[top]) for n in counts),
    )
    if ratio > max_ratio or share > max_share:
        balanced = weights.balanced(counts)
        told = f"{ratio:.0f} times" if ratio >= 2 else f"{ratio:.1f} times"
        yield Finding(
            title=f"“{classes[top]}” has {told} the images of “{classes[low]}”: always saying “{classes[top]}” is "
            f"{percent(share)} accurate",
            severity="high" if share > 0.95 else "medium",
            columns=(classes[top], classes[low]),
            evidence={
                "images_of_the_commonest_class": float(counts[top]),
                "images_of_the_rarest_class": float(counts[low]),
                "accuracy_of_a_constant": float(share),
            },
            figure=figure,
            remedy=Remedy(
                "Report recall of each class and balanced accuracy; weights or more frequent drawing move the cut and "
                "distort probabilities, so use them only if you cannot choose a threshold.",
                {
                    "PyTorch": f"w = torch.tensor([{', '.join(f'{w:.4g}' for w in balanced)}])\n"
                    "sampler = WeightedRandomSampler(w[y], len(y))",
                    "Keras": "model.fit(x, y, class_weight={"
                    + ", ".join(f"{k}: {w:.4g}" for k, w in enumerate(balanced))
                    + "})",
                    "scikit-learn": "balanced_accuracy_score(y, said)\nrecall_score(y, said, average=None)",
                },
            ),
        )
    yield from _by_part(subject, y, rows, least, alpha)


def _by_part(subject: ImagesSubject, y: np.ndarray, rows: np.ndarray, least: int, alpha: float) -> Iterator[Finding]:
    classes = subject.classes
    part = subject.values("part", rows)
    table = np.array([np.bincount(y[part == one], minlength=len(classes)) for one in subject.parts])
    few = [(one, k) for one, row in zip(subject.parts, table, strict=True) for k in np.flatnonzero(row < least)]
    if few:
        names = [f"“{classes[k]}”{f' in {one}' if one else ''}" for one, k in few]
        smallest = min(int(table[subject.parts.index(one), k]) for one, k in few)
        gone = smallest == 0
        yield Finding(
            title=f"{len(few):,} {'class has' if len(few) == 1 else 'classes have'} fewer than {least} images: "
            f"{named(names)}",
            severity="medium" if gone else "low",
            columns=tuple(dict.fromkeys(classes[k] for _, k in few)),
            evidence={"classes_too_small": float(len(few)), "images_of_the_smallest": float(smallest)},
            detail="A class without images cannot be learned, or not judged."
            if gone
            else f"A recall from {smallest} images is known to about ± {percent(0.98 / smallest**0.5, 0)} at worst.",
            remedy=Remedy("Collect more of them, join classes that may be joined, or leave them out of the question."),
        )
    if len(subject.parts) < 2 or "" in subject.parts:
        return
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    inside = expected > 0
    statistic = float((((table - expected) ** 2)[inside] / expected[inside]).sum())
    from scipy.special import gammaincc

    p = float(gammaincc((len(classes) - 1) * (len(table) - 1) / 2, statistic / 2))
    shares = table / table.sum(1, keepdims=True)
    apart = shares.max(0) - shares.min(0)
    worst = int(apart.argmax())
    if p < alpha and apart[worst] > 0.05:
        a, b = int(shares[:, worst].argmax()), int(shares[:, worst].argmin())
        yield Finding(
            title=f"“{classes[worst]}” is {percent(shares[a, worst])} of {subject.parts[a]} and "
            f"{percent(shares[b, worst])} of {subject.parts[b]}",
            severity="medium",
            columns=(classes[worst],),
            evidence={"largest_difference_in_share": float(apart[worst]), "p_value": p},
            detail="Shares of the classes differ between the parts by more than chance would.",
            figure=Bars(
                alt=f"Shares of {len(classes)} classes in {' and '.join(subject.parts)}; “{classes[worst]}” differs "
                f"most.",
                axis=Axis(label="share of the part's images", unit=f"{subject.parts[a]} less {subject.parts[b]}"),
                labels=classes,
                values=tuple(float(v) for v in shares[a] - shares[b]),
            ),
            remedy=Remedy(
                "Divide by class, or judge by measures that do not move with shares (recall of each class).",
                {"scikit-learn": "train, test = train_test_split(paths, test_size=0.2, stratify=y, random_state=0)"},
            ),
        )
