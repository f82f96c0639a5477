"""NET016: the loss does not care about the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject, difference
from cutaway.checks.run.reference import features, reference
from cutaway.core.figures import Axis, Distribution
from cutaway.core.findings import Finding, Remedy
from cutaway.frameworks.batch import Batch

BINS = 20
CODE = {
    "PyTorch": "loader = DataLoader(TensorDataset(x, y), shuffle=True)  # x and y shuffled together",
    "Keras": "order = rng.permutation(len(x))\nx, y = x[order], y[order]       # one order for both",
}


@check("NET016", name="inputs ignored", asks="network", needs=("labels", "loss", "repeatable"))
def ignored_inputs(
    subject: NetworkSubject,
    *,
    least: float = 1e-5,
    permutations: int = 99,
    steps: int = 80,
    least_rows: int = 64,
    level: float = 0.05,
) -> Iterator[Finding]:
    """The loss is the same whether each sample meets its own inputs or another sample's.

    Why it matters: the model has then nothing but the labels' shares to learn; a loss that falls to that level looks
    like training.

    What to do: look whether the inputs reach the output at all, and whether inputs and labels were shuffled apart.

    Null: the outputs are permuted between samples. If nothing moves, the output is the same for all inputs. Otherwise
    half of the batch is fitted and the loss on the other half compared with its permutations; a model that has learnt
    from inputs is below 95 % of them. If a plain network is not either, the labels may have been shuffled, which is
    told as a tip, since a batch may simply be too small for its task; if it is, the labels are in order.

    Passed: Outputs differ between inputs, and the loss is lower with the true inputs than with permuted ones.

    Source: Good 2005, "Permutation, parametric and bootstrap tests"; Zhang et al. 2017 on random labels.

    Example: inputs times zero fire; the inputs themselves stay silent.

    >>> from cutaway.checks.run.network_example import fires, function, layered, rows
    >>> from torch import nn
    >>> fires(ignored_inputs, nn.Sequential(function(lambda x: 0 * x), layered()), rows())
    True
    >>> fires(ignored_inputs, layered(), rows())
    False
    """
    network, batch = subject.network, subject.batch
    output = subject.evaluated.output
    if batch.rows < 2 or _alike(batch):
        return
    rng = np.random.default_rng(subject.seed)
    order = np.roll(np.arange(batch.rows), 1)
    with network.kept():
        at = network.loss_of(output, batch)
        moved = max(
            abs(network.loss_of(output[o], batch) - at)
            for o in (order, rng.permutation(batch.rows), rng.permutation(batch.rows))
        )
    if moved <= least * max(abs(at), 1e-12) and difference(output, output[order]) < 10 * least:
        spread = float(output.std(0).max())
        yield Finding(
            title=f"The output is the same for all inputs: permuted between samples, the loss stays at {at:.4g}",
            severity="high",
            evidence={
                "loss_with_true_inputs": at,
                "largest_change_by_permuted_inputs": moved,
                "largest_sd_of_an_output_between_samples": spread,
            },
            remedy=Remedy(
                "Find the first layer whose output is the same for all samples; NET001 and NET002 help.", CODE
            ),
        )
        return
    if batch.rows < least_rows or output.ndim > 2:
        return
    p, null, true = _permuted(subject, output, batch, permutations, rng, level / 5)
    if p <= level / 5 or not any(one.trainable for one in network.parameters()):
        return
    half = batch.rows // 2
    mixed = np.random.default_rng(0).permutation(batch.rows)
    train, test = batch.taken(mixed[:half]), batch.taken(mixed[half:])
    with network.kept():
        network.seed(subject.seed)
        network.fit(train, steps=steps, rate=1e-2, enough=0.3 * at)
        p, null, true = _permuted(subject, network.output(test), test, permutations, rng, level)
    if p <= level:
        return
    x = features(batch, subject.seed)
    assert train.y is not None and test.y is not None
    _, _, predict = reference(x[mixed[:half]], train.y, subject.task, steps=steps, seed=subject.seed)
    learnt = _agreement(predict(x[mixed[half:]]), test.y, subject, permutations, rng)
    edges = np.histogram_bin_edges([*null, true], BINS)
    if learnt <= level:
        return  # there is something to learn, so whatever keeps this model from it is no fault of the labels
    yield Finding(
        title=(
            f"Fitted on {half} samples, the loss on the other {batch.rows - half} is {true:.4g}, no lower than with "
            f"permuted inputs (p = {p:.2f})"
        ),
        severity="low",
        evidence={
            "loss_with_true_inputs": true,
            "median_loss_with_permuted_inputs": float(np.median(null)),
            "p_value": p,
            "p_value_of_a_plain_network": learnt,
        },
        detail="A plain network learns nothing from them either: were inputs and labels shuffled apart?",
        figure=Distribution(
            alt=f"The loss with true inputs, {true:.4g}, lies among those with permuted inputs.",
            x=Axis(label="loss with permuted inputs"),
            edges=tuple(float(e) for e in edges),
            counts=tuple(float(c) for c in np.histogram(null, edges)[0]),
            observed=true,
            observed_label="true inputs",
        ),
        remedy=Remedy("Check that each label still belongs to its inputs after loading, shuffling and batching.", CODE),
    )


def _alike(batch: Batch) -> bool:
    """Whether all samples have the same inputs."""
    return all(np.array_equal(a, a[np.roll(np.arange(len(a)), 1)]) for n, a in batch.named().items() if n[0] == "x")


def _permuted(
    subject: NetworkSubject, output: np.ndarray, batch: Batch, permutations: int, rng: np.random.Generator, level: float
) -> tuple[float, list[float], float]:
    """The p-value, the losses with permuted outputs and the true one; not all are drawn once p must be above 2 level.

    Source: Besag & Clifford 1991, "Sequential Monte Carlo p-values".
    """
    true = subject.network.loss_of(output, batch)
    null: list[float] = []
    below = 0
    for _ in range(permutations):
        null.append(subject.network.loss_of(output[rng.permutation(len(output))], batch))
        below += null[-1] <= true
        if below > 2 * level * (1 + permutations) and len(null) >= 20:
            return below / len(null), null, true
    return (1 + below) / (1 + permutations), null, true


def _agreement(
    predicted: np.ndarray, y: np.ndarray, subject: NetworkSubject, permutations: int, rng: np.random.Generator
) -> float:
    """The p-value of the plain network's predictions being as good as permuted ones."""
    task = subject.task
    right = (
        y.reshape(len(y), -1).astype(float)
        if task is None
        else task.right(y, (len(y), *subject.evaluated.output.shape[1:]))
    )
    right = right.reshape(len(y), -1)
    scores = predicted.reshape(len(y), -1)

    def score(order: np.ndarray) -> float:
        return float((scores[order] * (right - right.mean(0))).sum())

    true = score(np.arange(len(y)))
    return (1 + sum(score(rng.permutation(len(y))) >= true for _ in range(permutations))) / (1 + permutations)
