"""Sound PyTorch models of many kinds, in miniature: no check may find an issue in any."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tests.checks.networks import cases
from tests.checks.networks.cases import Case
from tests.checks.networks.torch_faulty import mlp, plain


def trainer(model: nn.Module, criterion: Any, rate: float = 1e-3) -> dict[str, Any]:
    """A step as it should be, with its optimiser."""
    optimiser = torch.optim.Adam(model.parameters(), rate)

    def step(x: torch.Tensor, y: torch.Tensor) -> None:
        model.train()
        optimiser.zero_grad()
        criterion(model(x), y).backward()
        optimiser.step()

    return {"optimiser": optimiser, "step": step, "loss": criterion}


def plain_mlp() -> dict[str, Any]:
    model = mlp()
    return plain(model, **trainer(model, nn.CrossEntropyLoss()))


def trained_mlp() -> dict[str, Any]:
    """After two hundred steps, when its answers are sure."""
    given = plain_mlp()
    x, y = map(torch.as_tensor, given["batch"])
    for _ in range(200):
        given["step"](x, y)
    return given


def with_batch_norm() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
    given = plain(model, **trainer(model, nn.CrossEntropyLoss()))
    x, y = map(torch.as_tensor, given["batch"])
    for _ in range(100):
        given["step"](x, y)
    return given


def deep_he() -> dict[str, Any]:
    """Twelve ReLU layers under He's initialisation."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(12, 64), nn.ReLU()]
    for _ in range(11):
        layers += [nn.Linear(64, 64), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(64, 3))
    for module in model[:-1]:
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return plain(model)


def binary_logit() -> dict[str, Any]:
    x, y = cases.pair()
    model = mlp(outputs=1)
    return {"model": model, "batch": (x, y[:, None]), **trainer(model, nn.BCEWithLogitsLoss())}


def binary_probability() -> dict[str, Any]:
    x, y = cases.pair()
    return {"model": mlp(nn.Sigmoid(), outputs=1), "batch": (x, y[:, None]), "loss": nn.BCELoss()}


def log_softmax() -> dict[str, Any]:
    return plain(mlp(nn.LogSoftmax(dim=1)), loss=nn.NLLLoss())


def regression() -> dict[str, Any]:
    x, _ = cases.table()
    y = (x[:, :1] - 0.5 * x[:, 1:2]).astype(np.float32)
    model = mlp(outputs=1)
    return {"model": model, "batch": (x, y), **trainer(model, nn.MSELoss())}


class Convolutions(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.head = nn.Linear(72, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


def convolutions() -> dict[str, Any]:
    model = Convolutions()
    return {"model": model, "batch": cases.images(channels_first=True), **trainer(model, nn.CrossEntropyLoss())}


class Packed(nn.Module):
    """Packs what it is given by its lengths."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed, self.lstm, self.head = nn.Embedding(20, 16, padding_idx=0), nn.LSTM(16, 16), nn.Linear(16, 2)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(self.embed(x), lengths, batch_first=True, enforce_sorted=False)
        return self.head(self.lstm(packed)[1][0][-1])


def packed_lstm() -> dict[str, Any]:
    return {"model": Packed(), "batch": cases.words(), "loss": nn.CrossEntropyLoss()}


class Attends(nn.Module):
    """A transformer's layer with its padding mask, then the mean over real steps."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(20, 16, padding_idx=0)
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        steps = self.layer(self.embed(x), src_key_padding_mask=~mask)
        weight = mask[..., None].to(steps.dtype)
        return self.head((steps * weight).sum(1) / weight.sum(1))


def transformer() -> dict[str, Any]:
    return {"model": Attends(), "batch": cases.words(), "loss": nn.CrossEntropyLoss()}


class MaskedTagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embed, self.gru = nn.Embedding(20, 16, padding_idx=0), nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(self.embed(x))[0])


def tagger() -> dict[str, Any]:
    """Padded labels are -100, which the loss ignores."""
    return {"model": MaskedTagger(), "batch": cases.tags(padding=-100), "loss": nn.CrossEntropyLoss()}


def masked_mean_loss() -> dict[str, Any]:
    """A loss of the user's own, divided by the number of real steps."""

    def loss(output: torch.Tensor, y: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        each = functional.cross_entropy(output.flatten(0, 1), y.flatten(), reduction="none")
        return (each * mask.flatten()).sum() / mask.sum()

    return {"model": MaskedTagger(), "batch": cases.tags(), "loss": loss}


def transfer() -> dict[str, Any]:
    """The body is frozen and in evaluation, the head is trained."""
    model = mlp()
    for p in model[:4].parameters():
        p.requires_grad_(False)
    optimiser = torch.optim.SGD(model[4].parameters(), lr=0.1)
    return plain(model, optimiser=optimiser)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.enter = nn.Linear(12, 32)
        self.blocks = nn.ModuleList(nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 32), nn.GELU()) for _ in range(6))
        self.head = nn.Linear(32, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.enter(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


def residual() -> dict[str, Any]:
    model = Residual()
    return plain(model, **trainer(model, nn.CrossEntropyLoss(label_smoothing=0.1)))


def accumulating() -> dict[str, Any]:
    """Gradients are added up on purpose, and that is said."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    seen = [0]

    def step(x: torch.Tensor, y: torch.Tensor) -> None:
        (criterion(model(x), y) / 4).backward()
        seen[0] += 1
        if seen[0] % 4 == 0:
            optimiser.step()
            optimiser.zero_grad()

    return plain(model, optimiser=optimiser, step=step, accumulation=4)


SOUND = (
    Case("plain layers", plain_mlp),
    Case("trained", trained_mlp),
    Case("batch norm, trained", with_batch_norm),
    Case("twelve layers", deep_he),
    Case("one logit", binary_logit),
    Case("one probability", binary_probability),
    Case("log-softmax", log_softmax),
    Case("regression", regression),
    Case("convolutions", convolutions),
    Case("packed LSTM", packed_lstm),
    Case("transformer", transformer),
    Case("tagger", tagger),
    Case("masked mean", masked_mean_loss),
    Case("frozen body", transfer),
    Case("residual", residual),
    Case("accumulation", accumulating),
)
