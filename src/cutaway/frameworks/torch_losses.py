"""Any loss of `cutaway.losses` as a PyTorch module.

from cutaway import losses
from cutaway.frameworks import torch as cut

criterion = cut.as_loss(losses.focal, gamma=2, alpha=0.25)
criterion(model(x), y).backward()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutaway.core.errors import MissingExtraError

try:
    import torch
except ImportError as error:
    raise MissingExtraError("cutaway.frameworks.torch", "torch") from error


class Loss(torch.nn.Module):
    """`function(logits, y, **settings)` as a module; settings that are tensors move with it to other devices."""

    def __init__(self, function: Callable[..., Any], **settings: Any) -> None:
        super().__init__()
        self.function = function
        self.settings = {name: value for name, value in settings.items() if not isinstance(value, torch.Tensor)}
        self._moving = tuple(settings.keys() - self.settings.keys())
        for name in self._moving:
            self.register_buffer(name, settings[name], persistent=False)

    def forward(self, logits: torch.Tensor, y: torch.Tensor, **rows: torch.Tensor | None) -> torch.Tensor:
        """The loss; `rows` are `weight` and `mask`, one value a row."""
        moving = {name: getattr(self, name) for name in self._moving}
        return self.function(logits, y, **self.settings, **moving, **rows)

    def extra_repr(self) -> str:
        """What the module prints itself with."""
        return ", ".join([self.function.__name__, *(f"{name}={value!r}" for name, value in self.settings.items())])


def as_loss(function: Callable[..., Any], **settings: Any) -> Loss:
    """A module `criterion(logits, y, weight=…, mask=…)` of one of `cutaway.losses`, with these settings.

    Classes lie along the last axis; for PyTorch's images pass axis=1. Reduction "weighted mean" with a class weight is
    what `CrossEntropyLoss(weight)` computes, "mean" what Keras does. The module can be pickled, moved and compiled.

    Raises: InputError when called, as the loss does.
    """
    return Loss(function, **settings)
