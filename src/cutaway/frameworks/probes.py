"""Probes of any network: `cutaway.probe`.

with cutaway.probe(model, every=50) as record:
    ...  # your training, as it is
print(record)

step = cutaway.probe.once(model, (x, y), loss)
field = cutaway.probe.receptive_field(model, x)
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from typing import Any

from cutaway.core.errors import InputTypeError
from cutaway.core.probes import Record, StepProbe
from cutaway.core.receptive_field import ReceptiveField


class Probes:
    """Looks into networks of `science/nets`, PyTorch and Keras; the framework is told by the model.

    A framework is recognised among the modules that are imported already.
    """

    def __call__(self, model: Any, *, every: int = 50) -> AbstractContextManager[Record]:
        """Record the first training step that runs inside, and every so many after it.

        The model, its outputs, gradients and random numbers stay as they are, and nothing of the probe is left after.
        What a step is, and what cannot be seen, is said in `frameworks/torch_probe.py`, `frameworks/keras_probe.py`
        and `science/nets/probe.py`.

        Raises: InputTypeError for what is no network; InputError when `every` is below 1.
        """
        found: AbstractContextManager[Record] = _of(model).recording(model, every=every)
        return found

    def once(self, model: Any, batch: Any, loss: Any = None, **choices: Any) -> StepProbe:
        """The probe of one batch, that leaves everything as it was. `batch`: (x, y); `loss(output, y)`.

        A network of `nets` takes `params` and `state` beside; Keras without a `loss` takes the compiled one.

        Raises: InputTypeError for what is no network.
        """
        found: StepProbe = _of(model).once(model, batch, loss, **choices)
        return found

    def receptive_field(self, model: Any, x: Any, *, layer: str | None = None, **choices: Any) -> ReceptiveField:
        """What of the input reaches the centre of a layer's output: by name, or the last whose output has places.

        `x`: a batch of images or of sequences of features; noise will do. A network of `nets` takes `params` and
        `state` beside; PyTorch and Keras `channels`, the axis of the channels.

        Raises: InputTypeError for what is no network; InputError for a layer that is not there or has no places.
        """
        found: ReceptiveField = _of(model).receptive_field(model, x, layer=layer, **choices)
        return found


probe = Probes()


def _of(model: Any) -> Any:
    """The module that looks into models of this kind."""
    keras, torch = sys.modules.get("keras"), sys.modules.get("torch")
    if keras is not None and isinstance(model, keras.Model):  # on PyTorch's backend it is a torch.nn.Module too
        from cutaway.frameworks import keras_probe

        return keras_probe
    if torch is not None and isinstance(model, torch.nn.Module):
        from cutaway.frameworks import torch_probe

        return torch_probe
    if all(hasattr(model, name) for name in ("init", "start", "apply")):
        from cutaway.science.nets import probe as nets_probe

        return nets_probe
    raise InputTypeError(
        f"model: probe expected a torch.nn.Module, a keras.Model or a network of cutaway.nets, got "
        f"{type(model).__name__}; a Keras layer alone goes into keras.Sequential([layer])"
    )
