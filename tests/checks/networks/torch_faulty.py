"""PyTorch models with one fault each, in miniature; each fault is of a kind that published reports describe.

The reports are taxonomies of real faults (Humbatova et al. 2020; Islam et al. 2019; Zhang et al. 2018, on questions of
Stack Overflow and commits of GitHub), framework documentation that warns of a mistake, and forum threads that recur.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tests.checks.networks import cases
from tests.checks.networks.cases import Case


def mlp(*more: nn.Module, inputs: int = 12, outputs: int = 3) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, outputs), *more)


def plain(model: nn.Module, **more: Any) -> dict[str, Any]:
    return {"model": model, "batch": cases.table(), "loss": nn.CrossEntropyLoss(), **more}


def sigmoid_stack() -> dict[str, Any]:
    """Ten sigmoid layers: the classical report (Hochreiter 1991; Glorot & Bengio 2010)."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(12, 32), nn.Sigmoid()]
    for _ in range(9):
        layers += [nn.Linear(32, 32), nn.Sigmoid()]
    return plain(nn.Sequential(*layers, nn.Linear(32, 3)))


def exploding() -> dict[str, Any]:
    """Weights of standard deviation 1 in a deep linear-ish stack; forum threads on exploding gradients."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(12, 64), nn.ReLU()]
    for _ in range(6):
        layers += [nn.Linear(64, 64), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(64, 3))
    for module in model[2:]:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=1.5)
    return plain(model)


def dead_relus() -> dict[str, Any]:
    """A large negative bias after a step that was too long: Lu et al. 2020, "Dying ReLU"."""
    model = mlp()
    nn.init.constant_(model[0].bias[4:], -30.0)
    return plain(model)


def saturated_tanh() -> dict[str, Any]:
    """Weights of standard deviation 4 before tanh: LeCun et al. 1998, section 4.4."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 32), nn.Tanh(), nn.Linear(32, 3))
    nn.init.normal_(model[0].weight, std=4)
    return plain(model)


def momentum_of_keras() -> dict[str, Any]:
    """momentum=0.99, copied from Keras, where it means the opposite: forum threads on batch norm in evaluation."""
    torch.manual_seed(0)
    return plain(nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32, momentum=0.99), nn.ReLU(), nn.Linear(32, 3)))


class LastStep(nn.Module):
    """Reads an LSTM's last step, padding or not."""

    def __init__(self, batch_first: bool = True) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(20, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 16, batch_first=batch_first)
        self.head = nn.Linear(16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps, _ = self.lstm(self.embed(x))
        return self.head(steps[:, -1])


def last_step_of_padding() -> dict[str, Any]:
    """The last step of a padded batch without packing: the documentation of pack_padded_sequence, forum threads."""
    return {"model": LastStep(), "batch": cases.words(), "loss": nn.CrossEntropyLoss()}


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(20, 16, padding_idx=0)
        self.gru = nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(self.embed(x))[0])


def loss_over_padding() -> dict[str, Any]:
    """Padding labelled 0 and counted: tutorials of taggers without ignore_index."""
    return {"model": Tagger(), "batch": cases.tags(), "loss": nn.CrossEntropyLoss()}


def softmax_and_cross_entropy() -> dict[str, Any]:
    """nn.Softmax before CrossEntropyLoss: one of the commonest questions on Stack Overflow; Islam et al. 2019."""
    return plain(mlp(nn.Softmax(dim=1)))


def logits_to_bce() -> dict[str, Any]:
    """log-softmax is missing before NLLLoss: the documentation of NLLLoss."""
    return plain(mlp(), loss=nn.NLLLoss())


class OverSamples(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = mlp()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.log(functional.softmax(self.body(x), dim=0) + 1e-6)


def softmax_over_samples() -> dict[str, Any]:
    """dim=0 in place of dim=1: Islam et al. 2019, API misuse; PyTorch warns of the implicit dimension."""
    return plain(OverSamples())


def large_last_layer() -> dict[str, Any]:
    """Weights drawn with standard deviation 1 in every layer: Humbatova et al. 2020, weights initialisation."""
    model = mlp()
    nn.init.normal_(model[4].weight, std=6)
    return plain(model)


def unscaled_inputs() -> dict[str, Any]:
    """Incomes beside ages: Humbatova et al. 2020, "missing normalisation"."""
    x, y = cases.table()
    return plain(mlp(), batch=(x * np.array([300, *[1] * 11], np.float32), y))


class Detached(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.encoder, self.head = nn.Linear(12, 32), nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.encoder(x)).detach())


def detached_encoder() -> dict[str, Any]:
    """detach() left in from debugging: forum threads on "grad is None"."""
    return plain(Detached())


def frozen_head() -> dict[str, Any]:
    """The new head was frozen with the pretrained body: transfer-learning threads, "frozen layers"."""
    model = mlp()
    for p in model.parameters():
        p.requires_grad_(False)
    return plain(model)


class AlwaysDropping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(12, 32), nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(functional.dropout(torch.relu(self.a(x)), 0.3))


def dropout_in_evaluation() -> dict[str, Any]:
    """functional.dropout without training=self.training: its documentation, and threads on unstable predictions."""
    return plain(AlwaysDropping())


def head_replaced_after_optimiser() -> dict[str, Any]:
    """The head was replaced after the optimiser was made: fine-tuning threads; Humbatova et al. 2020."""
    model = mlp()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    model[4] = nn.Linear(32, 3)
    return plain(model, optimiser=optimiser)


def no_zero_grad() -> dict[str, Any]:
    """optimizer.zero_grad() is missing: Humbatova et al. 2020; the PyTorch recipe on zeroing gradients."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)

    def step(x: torch.Tensor, y: torch.Tensor) -> None:
        criterion(model(x), y).backward()
        optimiser.step()

    return plain(model, optimiser=optimiser, step=step)


def step_without_step() -> dict[str, Any]:
    """optimizer.step() is missing: Humbatova et al. 2020, training loop."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(model.parameters())

    def step(x: torch.Tensor, y: torch.Tensor) -> None:
        optimiser.zero_grad()
        criterion(model(x), y).backward()

    return plain(model, optimiser=optimiser, step=step)


class StepsFirst(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.lstm, self.head = nn.LSTM(5, 16), nn.Linear(16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(x)[0].mean(1))


def recurrence_over_samples() -> dict[str, Any]:
    """batch_first=True is missing, so the LSTM runs along the samples: its documentation, and many threads."""
    given = cases.signals()
    return {"model": StepsFirst(), "batch": (given["x"], given["y"]), "loss": nn.CrossEntropyLoss()}


def labels_shuffled() -> dict[str, Any]:
    """Inputs and labels were shuffled apart: Humbatova et al. 2020, training data; Zhang et al. 2017."""
    x, y = cases.table()
    return plain(mlp(), batch=(x, np.random.default_rng(1).permutation(y)))


class Constant(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(12, 32), nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(torch.relu(self.a(x * 0)))


def inputs_lost() -> dict[str, Any]:
    """What is computed on is a tensor made from x, not x: threads on a network that gives one output for all."""
    return plain(Constant())


class Rounded(nn.Module):
    """Inputs reach the head through one unit only."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(12, 1), nn.Linear(1, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.b(torch.sigmoid(self.a(x)) * 0.01)


def bottleneck() -> dict[str, Any]:
    """A layer of one unit, scaled down: Humbatova et al. 2020, "suboptimal layer size"; Karpathy 2019."""
    return plain(Rounded())


def logarithm_of_zero() -> dict[str, Any]:
    """The logarithm of a ReLU: Humbatova et al. 2020, and threads on a loss that is NaN."""

    class Log(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.log(x)

    model = mlp()
    return plain(nn.Sequential(*model[:4], Log(), model[4]))


FAULTY = (
    Case("sigmoid stack", sigmoid_stack, "NET001", ("NET016", "NET017")),
    Case("exploding gradients", exploding, "NET001", ("NET009", "NET017")),
    Case("dead ReLUs", dead_relus, "NET002"),
    Case("saturated tanh", saturated_tanh, "NET003"),
    Case("momentum of Keras", momentum_of_keras, "NET004"),
    Case("last step of padding", last_step_of_padding, "NET005"),
    Case("loss over padding", loss_over_padding, "NET006"),
    Case("softmax and cross-entropy", softmax_and_cross_entropy, "NET007", ("NET017",)),
    Case("logits to NLLLoss", logits_to_bce, "NET007"),
    Case("softmax over samples", softmax_over_samples, "NET008", ("NET009", "NET015")),
    Case("large last layer", large_last_layer, "NET009"),
    Case("unscaled inputs", unscaled_inputs, "NET010", ("NET009",)),
    Case("detached encoder", detached_encoder, "NET011"),
    Case("frozen layers", frozen_head, "NET011"),
    Case("dropout in evaluation", dropout_in_evaluation, "NET012"),
    Case("head replaced after the optimiser", head_replaced_after_optimiser, "NET013"),
    Case("missing step", step_without_step, "NET013", ("NET017",)),
    Case("missing zero_grad", no_zero_grad, "NET014"),
    Case("recurrence over samples", recurrence_over_samples, "NET015"),
    Case("labels shuffled", labels_shuffled, "NET016"),
    Case("inputs lost", inputs_lost, "NET016", ("NET017", "NET011")),
    Case("bottleneck", bottleneck, "NET017"),
    Case("logarithm of zero", logarithm_of_zero, "NET018"),
)
