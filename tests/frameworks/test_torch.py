"""The counts of a PyTorch loop and of torchmetrics, against scikit-learn, each other, and over two processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchmetrics
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from cutaway import metrics
from cutaway.core.errors import InputError
from cutaway.frameworks import torchmetrics as ours
from cutaway.frameworks.torch import Confusion


def rows(n: int, classes: int, seed: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits, labels, of which the last class is rare, and weights."""
    rng = np.random.default_rng(seed)
    y = np.minimum(rng.geometric(0.6, n) - 1, classes - 1)
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), y] += 1
    return torch.tensor(logits), torch.tensor(y), torch.tensor(rng.random(n))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(2, 5), st.booleans())
def test_batches_add_up_to_the_counts_of_all_rows(sizes: list[int], classes: int, weighted: bool) -> None:
    logits, y, weight = rows(sum(sizes), classes, seed=sum(sizes))
    confusion = Confusion(classes)
    start = 0
    for size in sizes:
        part = slice(start, start + size)
        confusion.update(logits=logits[part], y=y[part], weight=weight[part] if weighted else None)
        start += size
    expected = metrics.Counts.of(
        y.numpy(), logits.argmax(1).numpy(), weight.numpy() if weighted else None, classes=classes
    )
    np.testing.assert_allclose(confusion.counts().matrix, expected.matrix, atol=1e-12)
    np.testing.assert_allclose(confusion.counts().squares, expected.squares, atol=1e-12)


def test_loop_torchmetrics_and_scikit_learn_agree() -> None:
    logits, y, weight = rows(2000, 4)
    names = ("ant", "bee", "cow", "dog")
    loop = Confusion(names)
    metric = ours.Confusion(names, ("recall", "precision", "f1", "accuracy"))
    macro = ours.Confusion(4, "f1", average="macro", prefix="val_")
    theirs = torchmetrics.classification.MulticlassF1Score(4, average="macro")
    for start in range(0, 2000, 128):
        part = slice(start, start + 128)
        loop.update(logits=logits[part], y=y[part], weight=weight[part])
        metric.update(logits[part], y[part], weight[part])
        macro.update(logits[part], y[part])
        theirs.update(logits[part], y[part])
    pred = logits.argmax(1)
    got = metric.compute()
    for rate, score in (("recall", sk.recall_score), ("precision", sk.precision_score), ("f1", sk.f1_score)):
        expected = score(y, pred, average=None, sample_weight=weight)
        np.testing.assert_allclose([loop.rates()[f"{rate}_{name}"] for name in names], expected, rtol=1e-12)
        np.testing.assert_allclose([got[f"{rate}_{name}"] for name in names], expected, rtol=1e-6)
    assert float(got["accuracy"]) == pytest.approx(sk.accuracy_score(y, pred, sample_weight=weight))
    assert float(macro.compute()["val_macro_f1"]) == pytest.approx(float(theirs.compute()))
    np.testing.assert_array_equal(metric.counts().matrix, loop.counts().matrix)
    assert metric.counts().labels == loop.counts().labels == names


def test_the_mean_over_batches_is_another_number() -> None:
    """Half the batches hold no row of the rare class; their recall counts as 0, or not at all, and both are wrong."""
    logits, y, _ = rows(2000, 4)
    confusion, batches = Confusion(4), []
    for start in range(0, 2000, 16):
        part = slice(start, start + 16)
        confusion.update(logits=logits[part], y=y[part])
        one = Confusion(4)
        one.update(logits=logits[part], y=y[part])
        batches.append(one.rates("recall")["recall_3"])
    right = confusion.rates("recall")["recall_3"]
    assert right == pytest.approx(sk.recall_score(y, logits.argmax(1), average=None)[3])
    assert abs(np.nan_to_num(batches).mean() - right) > 0.1
    assert abs(np.nanmean(batches) - right) > 0.004


def test_every_way_to_say_the_same() -> None:
    logits, y, weight = rows(500, 2)
    z = logits[:, 1] - logits[:, 0]
    expected = metrics.counts(y.numpy(), (z >= 0).numpy().astype(int), weight.numpy()).matrix
    given: list[dict[str, Any]] = [
        {"logits": logits},
        {"logits": z},
        {"logits": z[:, None]},
        {"p": torch.sigmoid(z)},
        {"p": torch.softmax(logits, 1)},
        {"pred": (z >= 0).long()},
    ]
    for scores in given:
        for target in (y, y[:, None], torch.nn.functional.one_hot(y, 2), y.float(), y.bool()):
            confusion = Confusion(2)
            confusion.update(y=target, weight=weight, **scores)
            np.testing.assert_allclose(confusion.counts().matrix, expected)
    for threshold in (0.2, 0.9):
        cut, probability = Confusion(2, threshold=threshold), Confusion(2, threshold=threshold)
        cut.update(logits=logits, y=y)
        probability.update(p=torch.softmax(logits, 1), y=y)
        np.testing.assert_array_equal(cut.counts().matrix, probability.counts().matrix)
        assert cut.counts().matrix[:, 1].sum() == int((torch.sigmoid(z) >= threshold).sum())


def test_images_masks_and_labels_to_leave_out() -> None:
    torch.manual_seed(0)
    logits, y = torch.randn(3, 5, 8, 8), torch.randint(0, 5, (3, 8, 8))
    there = torch.rand(3, 8, 8) > 0.3
    pred = logits.argmax(1)
    expected = metrics.counts(y[there].numpy(), pred[there].numpy(), labels=range(5)).matrix
    masked, ignoring, half = Confusion(5), Confusion(5, ignore=-100), Confusion(5)
    masked.update(logits=logits, y=torch.where(there, y, 99), mask=there)
    ignoring.update(logits=logits.half(), y=torch.where(there, y, -100))
    half.update(logits=torch.where(there[:, None], logits, torch.nan), y=y, weight=there.float())
    np.testing.assert_array_equal(masked.counts().matrix, expected)
    np.testing.assert_array_equal(ignoring.counts().matrix.sum(1), expected.sum(1))
    np.testing.assert_array_equal(half.counts().matrix, expected)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p": torch.tensor([0.5, 1.7])}, r"outside \[0, 1\] in 1 of 2 rows; pass logits="),
        ({"p": torch.tensor([0.5, torch.nan])}, "got NaN"),
        ({"logits": torch.zeros(3)}, r"expected labels of shape \(3,\)"),
        ({"logits": torch.zeros(2), "y": torch.tensor([1, 2])}, "expected labels 0 … 1"),
        ({"logits": torch.zeros(2), "weight": torch.tensor([1.0, -1.0])}, "weights of 0 or more"),
        ({"logits": torch.zeros(2), "mask": torch.ones(3)}, r"mask: Confusion expected one a row, shape \(2,\)"),
        ({"logits": torch.zeros(2), "p": torch.zeros(2)}, "got logits and p; say which"),
        ({}, "got none"),
    ],
)
def test_a_refused_batch_leaves_nothing_behind(given: dict[str, Any], message: str) -> None:
    confusion = Confusion(2)
    with pytest.raises(InputError, match=message):
        confusion.update(**{"y": torch.tensor([1, 0]), **given})
    confusion.update(p=torch.tensor([0.2, 0.7]), y=torch.tensor([0, 1]))
    np.testing.assert_array_equal(confusion.counts().matrix, [[1, 0], [0, 1]])
    with pytest.raises(InputError, match="got logits after p"):
        confusion.update(logits=torch.zeros(2), y=torch.zeros(2))
    confusion.reset()
    assert confusion.counts().weight == 0


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(InputError, match="classes: Confusion expected at least 2"):
        Confusion(1)
    with pytest.raises(InputError, match="threshold: Confusion cuts the scores of 2 classes"):
        Confusion(3, threshold=0.4)
    with pytest.raises(InputError, match="expected a probability between 0 and 1, got 2"):
        Confusion(2, threshold=2)
    with pytest.raises(InputError, match=r"expected 3 classes along axis 1, got shape \(4, 2\)"):
        Confusion(3).update(logits=torch.zeros(4, 2), y=torch.zeros(4))
    with pytest.raises(InputError, match=r"expected names among recall, .*, got 'recal'"):
        Confusion(2).rates("recal")
    with pytest.raises(InputError, match="each name once"):
        Confusion(("a", "a"))
    with pytest.raises(InputError, match="from_logits"):
        ours.Confusion(2).update(torch.zeros(2), torch.zeros(2))
    with pytest.warns(UserWarning, match="as probabilities do"):
        Confusion(2).update(logits=torch.rand(100), y=torch.zeros(100))


def test_undefined_rates_stay_so_unless_chosen() -> None:
    confusion = Confusion(3)
    confusion.update(pred=torch.tensor([0, 1]), y=torch.tensor([0, 0]))
    assert np.isnan(confusion.rates("recall")["recall_2"])
    assert confusion.rates("recall", undefined=0.0)["recall_2"] == 0
    assert confusion.rates("recall", average="macro", undefined="omit") == {"macro_recall": 0.5}


PROCESS = """
import json, sys
import numpy as np, torch
from cutaway.frameworks.torch import Confusion
from cutaway.frameworks import torchmetrics as ours

rank = int(sys.argv[1])
torch.distributed.init_process_group("gloo", init_method="file://" + sys.argv[2], rank=rank, world_size=2)
rng = np.random.default_rng(0)
logits, y = torch.tensor(rng.normal(size=(101, 3))), torch.tensor(rng.integers(0, 3, 101))
part = slice(0, 70) if rank == 0 else slice(70, 101)  # unequal shares
loop, metric = Confusion(3), ours.Confusion(3, "f1")
loop.update(logits=logits[part], y=y[part])
metric.update(logits[part], y[part])
both = loop.all_reduce().matrix.tolist()
again = loop.all_reduce().matrix.tolist()
f1 = {name: float(value) for name, value in metric.compute().items()}
print(json.dumps({
    "own": loop.counts().weight, "both": both, "again": again, "rates": loop.rates("f1"), "metric": f1,
    "counts": metric.counts().matrix.tolist(), "after": float(metric.sums[:9].sum()),
}))
torch.distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_reduce_to_the_counts_of_all_rows(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS]
    running = [
        subprocess.Popen([*command, str(rank), str(tmp_path / "meeting")], stdout=subprocess.PIPE, text=True)
        for rank in (0, 1)
    ]
    told = [json.loads(process.communicate(timeout=300)[0].splitlines()[-1]) for process in running]
    rng = np.random.default_rng(0)
    logits, y = rng.normal(size=(101, 3)), rng.integers(0, 3, 101)
    expected = metrics.Counts.of(y, logits.argmax(1), classes=3)
    each = metrics.f1(y, logits.argmax(1), average="each")
    for one, weight in zip(told, (70, 31), strict=True):
        assert one["own"] == one["after"] == weight, "reducing leaves each process its own"
        for name in ("both", "again", "counts"):
            np.testing.assert_array_equal(one[name], expected.matrix)
        np.testing.assert_allclose(list(one["rates"].values()), each)
        np.testing.assert_allclose(list(one["metric"].values()), each, rtol=1e-6)
