"""The module of a loss, against PyTorch's own losses; saved, moved and trained."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

from cutaway import losses
from cutaway.core.errors import InputError
from cutaway.frameworks.torch import as_loss


def batch(n: int = 64, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    y = torch.randint(0, classes, (n,))
    return torch.randn(n, classes, dtype=torch.float64, requires_grad=True), y, torch.tensor([0.5, 4.0, 2.0])


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_weighted_mean_is_cross_entropy_with_weights(smoothing: float) -> None:
    z, y, weight = batch()
    mine = as_loss(losses.categorical, class_weight=weight, smoothing=smoothing, reduction="weighted mean")
    theirs = torch.nn.CrossEntropyLoss(weight.double(), label_smoothing=smoothing)
    assert mine(z, y).item() == pytest.approx(theirs(z, y).item(), rel=1e-13)
    (ours,) = torch.autograd.grad(mine(z, y), z)
    (other,) = torch.autograd.grad(theirs(z, y), z)
    np.testing.assert_allclose(ours, other, atol=1e-15)


def test_images_and_pixels_left_out() -> None:
    torch.manual_seed(0)
    z, y = torch.randn(2, 5, 4, 4, dtype=torch.float64), torch.randint(0, 5, (2, 4, 4))
    y[0, :2] = -100
    mine = as_loss(losses.categorical, axis=1, reduction="mean over mask")
    assert float(mine(z, y, mask=y != -100)) == pytest.approx(float(torch.nn.CrossEntropyLoss()(z, y)), rel=1e-13)


def test_binary_with_pos_weight_and_sample_weights() -> None:
    z, y, _ = batch()
    z, y, weight = z[:, 0], (y > 0).double(), torch.rand(64, dtype=torch.float64)
    theirs = torch.nn.BCEWithLogitsLoss(weight, pos_weight=torch.tensor(3.0, dtype=torch.float64))
    mine = as_loss(losses.log_loss, class_weight=(1.0, 3.0))
    assert mine(z, y, weight=weight).item() == pytest.approx(theirs(z, y).item(), rel=1e-13)


def test_the_module_is_saved_copied_printed_and_knows_its_device() -> None:
    z, y, weight = batch()
    criterion = as_loss(losses.focal_categorical, gamma=2, alpha=weight)
    expected = float(criterion(z, y))
    for again in (pickle.loads(pickle.dumps(criterion)), copy.deepcopy(criterion), criterion.double()):
        assert float(again(z, y)) == expected
    assert repr(criterion) == "Loss(focal_categorical, gamma=2)"
    assert criterion.to("meta").alpha.device.type == "meta"
    assert criterion.state_dict() == {}


def test_training_finds_what_the_loss_is_least_at() -> None:
    """A single bias trained with focal loss ends at the minimiser, not at the base rate."""
    y = torch.tensor([1.0] * 9 + [0.0], dtype=torch.float64)
    bias = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    criterion = as_loss(losses.focal, gamma=2)
    optimiser = torch.optim.LBFGS([bias], line_search_fn="strong_wolfe", tolerance_grad=1e-12)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = criterion(bias.expand(10), y)
        loss.backward()
        return loss

    for _ in range(5):
        optimiser.step(closure)
    assert float(torch.sigmoid(bias)) == pytest.approx(float(losses.focal_minimiser(0.9, gamma=2)), abs=1e-6)
    assert float(torch.sigmoid(bias)) == pytest.approx(0.694, abs=1e-3)


def test_a_column_against_a_row_is_refused() -> None:
    with pytest.raises(InputError, match=r"y: log_loss expected one label a score, shape \(4, 2\), got \(4,\)"):
        as_loss(losses.log_loss)(torch.zeros(4, 2), torch.zeros(4))
