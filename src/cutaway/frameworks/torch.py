"""Confusion counts of a PyTorch training loop, added up over batches and processes.

    confusion = Confusion(("cat", "dog", "owl"))
    for x, y in batches:
        confusion.update(logits=model(x), y=y)
    confusion.rates()  # {"recall_cat": …, "precision_cat": …, …}
    metrics.recall.interval(confusion.all_reduce(), average="macro")

`frameworks.torchmetrics` has the same as a torchmetrics `Metric`. `as_loss` makes a module of any loss of
`cutaway.losses` (`frameworks/torch_losses.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cutaway.core.errors import InputError, MissingExtraError
from cutaway.frameworks.cells import TALLIES, Namespace, Reading
from cutaway.frameworks.readout import DEFAULT, Readout
from cutaway.frameworks.torch_losses import as_loss as as_loss
from cutaway.science.metrics.counts import Counts

try:
    import torch
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error


class Confusion:
    """The counts so far, in float64, on the device of the batches.

    `classes`: their names in the order of the model's outputs, or how many; with one output column two, and class 1 is
    the positive one. `threshold`: the probability at or above which class 1 is predicted; 0.5 when left out. `ignore`:
    a label to leave out, as -100 in PyTorch's losses. `axis`: of the classes; 1, as in PyTorch's losses.
    """

    def __init__(
        self,
        classes: int | Sequence[str],
        *,
        threshold: float | None = None,
        ignore: int | None = None,
        axis: int = 1,
    ) -> None:
        self._classes = classes
        readout = Readout.of(classes)
        self.labels = readout.labels
        self.reading = Reading(
            classes=readout.classes, threshold=threshold, ignore=ignore, axis=axis, spelled=("p=", "logits=")
        )
        self._given = ""
        self._sums: torch.Tensor = zero(readout.classes)

    def update(
        self,
        *,
        y: torch.Tensor,
        logits: torch.Tensor | None = None,
        p: torch.Tensor | None = None,
        pred: torch.Tensor | None = None,
        weight: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
    ) -> None:
        """Add a batch: labels `y` (n, …) or one-hot, and one of `logits`, probabilities `p`, or classes `pred`.

        Logits and probabilities are (n, K, …), or (n, …) for one column of two classes. `weight` and `mask` (n, …) or
        their first axes. On a GPU nothing waits for the device; values that cannot be used are then told by `counts`.

        Raises: InputError for shapes that do not belong together, scores of another kind than before, and, on the
        CPU, labels that are no class, probabilities outside [0, 1], NaN.
        """
        given = {name: value for name, value in (("logits", logits), ("p", p), ("pred", pred)) if value is not None}
        if len(given) != 1 or self._given not in ("", *given):
            raise InputError(
                f"update: Confusion expected one of logits=, p= and pred=, the same every time, got "
                f"{' and '.join(given) or 'none'}{f' after {self._given}' if self._given else ''}; say which they are"
            )
        ((kind, scores),) = given.items()
        reading = replace(self.reading, from_logits={"logits": True, "p": False}.get(kind))
        sums = batch(reading, y, scores, weight, mask, decided=pred is not None)
        self._given, self.reading, self._sums = kind, reading, self._sums.to(sums.device) + sums

    def counts(self) -> Counts:
        """This process's counts since the last reset.

        Raises: InputError when a batch held values that cannot be used; what they were is said.
        """
        return read(self.reading, self._sums, self.labels)

    def all_reduce(self, group: Any = None) -> Counts:
        """The counts of all processes, in each of them; this process's own stay as they are, so it may be called again.

        Without an initialised `torch.distributed`, the same as `counts`. Raises as `counts`, in every process.
        """
        dist = torch.distributed
        if not (dist.is_available() and dist.is_initialized()):
            return self.counts()
        sums = self._sums.clone()
        if dist.get_backend(group) == "nccl":
            sums = sums.cuda()  # of a process that has seen no batch yet
        dist.all_reduce(sums, group=group)
        return read(self.reading, sums, self.labels)

    def rates(
        self,
        rates: Sequence[str] | str = DEFAULT,
        *,
        average: str | None = None,
        undefined: float | str | None = None,
    ) -> dict[str, float]:
        """Rates of all processes by name, as `recall` of two classes, `recall_cat`, or `macro_recall` with an average.

        `rates` are names among `science.metrics.RATES`, or f2, f0.5, ….
        """
        readout = Readout.of(self._classes, rates, average=average, undefined=undefined)
        return {name: float(value) for name, value in readout.over(self.all_reduce().matrix).items()}

    def reset(self) -> None:
        """Forget all batches."""
        self._sums = torch.zeros_like(self._sums)
        self._given = ""


def zero(classes: int) -> torch.Tensor:
    """The sums of no rows: K² cells, K² squares, the tallies; float64."""
    return torch.zeros(2 * classes * classes + len(TALLIES), dtype=torch.float64)


@torch.no_grad()
def batch(
    reading: Reading,
    y: torch.Tensor,
    scores: torch.Tensor,
    weight: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    *,
    decided: bool = False,
) -> torch.Tensor:
    """The sums of a batch; `decided`: the scores are classes.

    Raises: InputError for shapes, and on the CPU for values that cannot be used.
    """
    scores = torch.as_tensor(scores)
    found = reading.cells(_of(scores), torch.as_tensor(y).to(scores.device), scores, weight, mask, decided=decided)
    many = reading.classes * reading.classes
    if found.weight is None:
        cells = squares = torch.bincount(found.cells, minlength=many + 1)[:many]
    else:
        cells = torch.bincount(found.cells, found.weight, many + 1)[:many]
        squares = torch.bincount(found.cells, found.weight * found.weight, many + 1)[:many]
    tallies = torch.stack(found.tallies)
    if scores.device.type == "cpu":
        reading.refuse(tallies.tolist())
    return torch.cat([cells.double(), squares.double(), tallies])


def read(reading: Reading, sums: torch.Tensor, labels: tuple[str, ...] = ()) -> Counts:
    """The sums as counts. Raises: InputError for what the tallies tell."""
    total = sums.detach().cpu().numpy()
    reading.refuse(total[-len(TALLIES) :])
    cells, squares = total[: -len(TALLIES)].reshape(2, reading.classes, -1)
    return Counts(cells, labels, squares)


def _of(scores: torch.Tensor) -> Namespace:
    """PyTorch's functions; Apple's GPUs have no float64."""
    device = scores.device
    real = "float32" if device.type == "mps" else "float64"

    def cast(x: Any, dtype: str) -> torch.Tensor:
        return torch.as_tensor(x).to(device, getattr(torch, dtype))

    return Namespace(torch, cast, torch.count_nonzero, real)
