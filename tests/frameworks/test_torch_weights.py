"""Layers imported from PyTorch put out what PyTorch's own do."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cutaway.core.errors import InputError
from cutaway.frameworks import torch_weights
from cutaway.science.nets import leaves

IMAGES = (3, 4, 9, 8)  # n, c, h, w
STEPS = (3, 5, 4)  # n, t, f


def seeded(module: nn.Module) -> nn.Module:
    """The module with every parameter and statistic drawn anew, so that none is 0 or 1 by chance of its kind."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.5 + 0.1)
        for name, tensor in module.named_buffers():
            if "running" in name:
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.3)
    return module


def drawn(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(7))


def last(x: np.ndarray) -> np.ndarray:
    """Channels last, of images."""
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if x.ndim == 4 else x


def assert_same(module: nn.Module, x: torch.Tensor, *, train: bool = False, whole: bool = False) -> Any:
    """The outputs are equal to 1e-5; what comes back is the layer's state after it."""
    made, params, state = torch_weights.sequential(module) if whole else torch_weights.layer(module)  # type: ignore[arg-type]
    module.train(train)
    with torch.no_grad():
        theirs = module(x)
    theirs = theirs[0] if isinstance(theirs, tuple) else theirs
    ours, after = made.apply(params, last(x.numpy()), state, train)
    np.testing.assert_allclose(ours, last(theirs.numpy()), atol=1e-5, rtol=1e-5)
    drawn_anew = made.init((0,))
    assert [(path, np.shape(p)) for path, p in leaves(params)] == [
        (path, np.shape(p)) for path, p in leaves(drawn_anew)
    ]
    return after


LAYERS: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "linear": (nn.Linear(4, 6), (3, 4)),
    "linear without bias, of steps": (nn.Linear(4, 6, bias=False), STEPS),
    "convolution": (nn.Conv2d(4, 6, 3), IMAGES),
    "convolution with everything": (nn.Conv2d(4, 6, (3, 2), (2, 1), (2, 1), (1, 2), groups=2), IMAGES),
    "depthwise convolution": (nn.Conv2d(4, 8, 3, padding="same", groups=4, bias=False), IMAGES),
    "convolution with a kernel of even size, same": (nn.Conv2d(4, 2, (2, 4), padding="same"), IMAGES),
    "transposed convolution": (nn.ConvTranspose2d(4, 6, 3), IMAGES),
    "transposed convolution with everything": (
        nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), groups=2, bias=False, dilation=(2, 1)),
        IMAGES,
    ),
    "maximum pool": (nn.MaxPool2d(2), IMAGES),
    "maximum pool with everything": (nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2)), IMAGES),
    "mean pool": (nn.AvgPool2d(3, 2, 1), IMAGES),
    "mean pool over pixels": (nn.AvgPool2d((3, 2), padding=1, count_include_pad=False), IMAGES),
    "batch norm": (nn.BatchNorm2d(4), IMAGES),
    "batch norm of rows": (nn.BatchNorm1d(4, momentum=0.3, eps=0.01), (9, 4)),
    "batch norm without factors": (nn.BatchNorm2d(4, affine=False), IMAGES),
    "layer norm": (nn.LayerNorm(4), STEPS),
    "layer norm of two axes": (nn.LayerNorm((5, 4), eps=0.01), STEPS),
    "layer norm without factors": (nn.LayerNorm(4, elementwise_affine=False), STEPS),
    "layer norm without bias": (nn.LayerNorm(4, bias=False), STEPS),
    "group norm": (nn.GroupNorm(2, 4), IMAGES),
    "group norm without factors": (nn.GroupNorm(4, 4, affine=False, eps=0.1), IMAGES),
    "rnn": (nn.RNN(4, 6, batch_first=True), STEPS),
    "rnn with relu, without bias": (nn.RNN(4, 6, nonlinearity="relu", bias=False, batch_first=True), STEPS),
    "gru": (nn.GRU(4, 6, batch_first=True), STEPS),
    "gru without bias": (nn.GRU(4, 6, bias=False, batch_first=True), STEPS),
    "lstm": (nn.LSTM(4, 6, batch_first=True), STEPS),
    "lstm in both directions": (nn.LSTM(4, 6, bidirectional=True, batch_first=True), STEPS),
    "gru, two deep and in both directions": (nn.GRU(4, 6, 2, bidirectional=True, batch_first=True), STEPS),
    "lstm, three deep": (nn.LSTM(4, 6, 3, dropout=0.3, batch_first=True), STEPS),
    "relu": (nn.ReLU(), STEPS),
    "leaky relu": (nn.LeakyReLU(0.2), STEPS),
    "gelu": (nn.GELU(), STEPS),
    "gelu by tanh": (nn.GELU(approximate="tanh"), STEPS),
    "sigmoid": (nn.Sigmoid(), STEPS),
    "tanh": (nn.Tanh(), STEPS),
    "softmax": (nn.Softmax(-1), STEPS),
    "softmax over steps": (nn.Softmax(1), STEPS),
    "dropout": (nn.Dropout(0.4), STEPS),
    "identity": (nn.Identity(), STEPS),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_puts_out_what_pytorch_does(name: str) -> None:
    module, shape = LAYERS[name]
    assert_same(seeded(module), drawn(shape))


def test_an_embedding_looks_up_the_same_rows() -> None:
    module = nn.Embedding(9, 4, padding_idx=0)
    made, params, state = torch_weights.layer(module)
    places = np.array([[1, 0, 8], [3, 3, 2]])
    np.testing.assert_array_equal(made.apply(params, places, state, False)[0], module(torch.tensor(places)).detach())


@pytest.mark.parametrize("bias", [True, False])
def test_attention_of_one_sequence_and_of_two(bias: bool) -> None:
    module = seeded(nn.MultiheadAttention(8, 2, bias=bias, batch_first=True)).eval()
    made, params, state = torch_weights.layer(module)
    queries, memory = drawn((3, 5, 8)), drawn((3, 7, 8))
    for ours, theirs in (
        (queries.numpy(), (queries,) * 3),
        ((queries.numpy(), memory.numpy()), (queries, memory, memory)),
    ):
        y, _ = made.apply(params, ours, state, False)
        np.testing.assert_allclose(y, module(*theirs)[0].detach().numpy(), atol=1e-5)


@pytest.mark.parametrize(("module", "shape"), [(nn.BatchNorm2d(4), IMAGES), (nn.BatchNorm1d(4, momentum=0.3), (9, 4))])
def test_a_step_moves_the_running_statistics_as_in_pytorch(module: nn.Module, shape: tuple[int, ...]) -> None:
    after = assert_same(seeded(module), drawn(shape), train=True)
    np.testing.assert_allclose(after["moving_mean"], module.running_mean.numpy(), atol=1e-6)
    np.testing.assert_allclose(after["moving_variance"], module.running_var.numpy(), atol=1e-6)


MODELS: dict[str, tuple[nn.Sequential, tuple[int, ...]]] = {
    "rows": (
        nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3), nn.Softmax(1)),
        (6, 4),
    ),
    "images, flattened": (
        nn.Sequential(
            nn.Conv2d(4, 6, 3, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Conv2d(6, 5, 3, stride=2),
            nn.Flatten(),
            nn.ReLU(),
            nn.BatchNorm1d(5 * 4 * 3),
            nn.Linear(5 * 4 * 3, 7),
            nn.Tanh(),
            nn.Linear(7, 2),
        ),
        IMAGES,
    ),
    "images, pooled": (
        nn.Sequential(
            nn.Conv2d(4, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2)
        ),
        IMAGES,
    ),
    "images, the largest of each": (
        nn.Sequential(nn.ConvTranspose2d(4, 5, 3), nn.AdaptiveMaxPool2d((1, 1)), nn.Flatten(), nn.Sigmoid()),
        IMAGES,
    ),
    "nested, of one channel": (
        nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(72, 5), nn.Sequential(nn.GELU())), nn.Linear(5, 2)),
        (3, 1, 9, 8),
    ),
    "softmax over channels": (nn.Sequential(nn.Conv2d(4, 3, 1), nn.Softmax(1)), IMAGES),
    "nothing": (nn.Sequential(), (3, 4)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_whole_model_puts_out_what_pytorch_does(name: str) -> None:
    module, shape = MODELS[name]
    assert_same(seeded(module), drawn(shape), whole=True)


def test_images_flattened_at_once_need_the_number_of_their_channels() -> None:
    module = seeded(nn.Sequential(nn.Flatten(), nn.Linear(4 * 72, 5)))
    x = drawn(IMAGES)
    made, params, state = torch_weights.sequential(module, channels=4)
    with torch.no_grad():
        np.testing.assert_allclose(made.apply(params, last(x.numpy()), state, False)[0], module(x).numpy(), atol=1e-5)


def test_names_are_kept_and_weights_copied() -> None:
    module = nn.Sequential(OrderedDict(hidden=nn.Linear(4, 3), rectifier=nn.ReLU())).double()
    made, params, _ = torch_weights.sequential(module)
    assert made.names == ("hidden", "rectifier")
    assert params[0]["kernel"].dtype == np.float64
    before = params[0]["kernel"].copy()
    with torch.no_grad():
        module[0].weight.zero_()
    assert np.array_equal(params[0]["kernel"], before)
    assert torch_weights.layer(nn.Linear(2, 2).bfloat16())[1]["kernel"].dtype == np.float32


class Own(nn.Linear):
    pass


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (Own(2, 2), "one of AdaptiveAvgPool2d, .* got Own"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), "Conv2d with padding_mode='zeros'"),
        (nn.BatchNorm2d(3, momentum=None), "BatchNorm2d with a momentum"),
        (nn.BatchNorm2d(3, track_running_stats=False), "BatchNorm2d with a momentum and running statistics"),
        (nn.LSTM(2, 4, proj_size=2), "LSTM with proj_size=0"),
        (nn.Embedding(3, 2, max_norm=1.0), "Embedding with max_norm=None"),
        (nn.MultiheadAttention(4, 2, kdim=3), "MultiheadAttention with keys and values as wide"),
        (nn.MaxPool2d(2, ceil_mode=True), "MaxPool2d with ceil_mode=False"),
        (nn.AvgPool2d(2, divisor_override=3), "AvgPool2d with ceil_mode=False and divisor_override=None"),
        (nn.AdaptiveAvgPool2d(2), "AdaptiveAvgPool2d with output_size=1"),
        (nn.Flatten(0), "Flatten with start_dim=1"),
        (nn.Softmax(), "Softmax with the dim of the features"),
    ],
)
def test_what_cannot_be_the_same_is_refused(module: nn.Module, said: str) -> None:
    with pytest.raises(InputError, match=f"module: torch_weights expected {said}"):
        torch_weights.layer(module)


def test_models_that_cannot_be_the_same_are_refused() -> None:
    with pytest.raises(InputError, match=r"expected an nn\.Sequential, got Linear"):
        torch_weights.sequential(nn.Linear(2, 2))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a Linear after Flatten"):
        torch_weights.sequential(nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten()))
    with pytest.raises(InputError, match="expected LayerNorm with one feature by one, or Linear, got directly after"):
        torch_weights.sequential(nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.LayerNorm(12)))
    with pytest.raises(InputError, match="Softmax with the dim of the features, got dim=-1"):
        torch_weights.sequential(nn.Sequential(nn.Conv2d(1, 3, 3), nn.Softmax(-1)))
