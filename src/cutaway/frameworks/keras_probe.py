"""Probes of Keras networks on TensorFlow, JAX and PyTorch: of a training as it runs, and of one batch.

    with cutaway.probe(model, every=50) as record:
        model.fit(x, y, epochs=5)          # or train_on_batch
    print(record)

    model.fit(x, y, callbacks=[ProbeCallback(every=50)])

A step is a call of the model's train function, of `fit` or `train_on_batch`. Before a step that is looked at, the
network is run on its batch once more, traced and compiled apart, with the same weights and seeds, so the same dropout;
nothing is assigned in that run. The step itself is the user's own, compiled as it was. So a sampled step costs about
two more, and each new shape of batch a compilation. With `steps_per_execution` the first step of an execution is the
one that is seen, and its update is that of all of them.

In a loop of your own (`tf.GradientTape`, `jax.grad` over `stateless_call`, PyTorch's autograd) there is no train
function to listen to: take `cutaway.probe.once(model, (x, y), loss)` where you want to look.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cutaway.core.errors import InputError
from cutaway.core.probes import Record, StepProbe
from cutaway.core.receptive_field import ReceptiveField, centre_of, field_of, place_of
from cutaway.frameworks.keras_arrays import keras
from cutaway.frameworks.keras_run import Loss, Runs, output_gradient
from cutaway.frameworks.keras_trace import Call

tree = keras.tree


@contextmanager
def recording(model: Any, *, every: int = 50) -> Iterator[Record]:
    """Record the first and every so many training steps that run inside; the model is as before after, come what may.

    Raises: InputError when `every` is below 1.
    """
    recorder = Recorder(model, every=every)
    recorder.start()
    try:
        yield recorder.record
    finally:
        recorder.stop()


class Recorder:
    """Stands before a model's train function between `start` and `stop`."""

    def __init__(self, model: Any, *, every: int = 50) -> None:
        if every < 1:
            raise InputError(f"every: probe expected a whole number from 1, got {every}; 50 is usual")
        self.model, self.every, self.record = model, every, Record()
        self._count = 0
        self._plain: Callable[..., Any] | None = None
        self._runs: Runs | None = None

    def start(self) -> None:
        """Begin to listen."""
        make = self.model.make_train_function

        def made(force: bool = False) -> Any:
            if force:
                self._put_back()
            make(force)
            self._stand_before()
            return self.model.train_function

        vars(self.model)["make_train_function"] = made
        self._stand_before()

    def stop(self) -> None:
        """The model's own functions again."""
        vars(self.model).pop("make_train_function", None)
        self._put_back()

    def _stand_before(self) -> None:
        function = self.model.train_function
        if function is not None and getattr(function, "recorder", None) is not self:
            self._plain = function
            # what the loss is may have changed with `compile`, which makes a new train function
            self._runs = Runs(self.model, compiled_loss(self.model))

            def probing(*given: Any) -> Any:
                return self._step(*given)

            probing.recorder = self  # type: ignore[attr-defined]
            self.model.train_function = probing

    def _put_back(self) -> None:
        if getattr(self.model.train_function, "recorder", None) is self:
            self.model.train_function = self._plain
        self._plain = None

    def _step(self, *given: Any) -> Any:
        assert self._plain is not None and self._runs is not None
        plain, count = self._plain, self._count
        self._count += max(int(getattr(self.model, "steps_per_execution", 1) or 1), 1)
        if -(-count // self.every) * self.every >= self._count:
            return plain(*given)
        jax = keras.backend.backend() == "jax"
        batches = given[-1]
        if isinstance(batches, list):
            batch = batches[0]
        else:
            batch = next(batches)
            batches = itertools.chain([batch], batches)
        data = unpacked(batch)
        if not jax:  # which builds everything before the first step
            self._runs.build(data)
        state = (given[0][0], given[0][1], given[0][3]) if jax else self._runs.state()
        complete = self._runs.probe(count, data, state)
        answer = plain(*given[:-1], batches)
        after = answer[1][0] if jax else [variable.value for variable in self.model.trainable_variables]
        self.record.steps.append(complete(after))
        return answer


class ProbeCallback(keras.callbacks.Callback):
    """A probe for `model.fit(callbacks=[…])`: `record` holds every so many steps, `draw` is called with it after each
    epoch.

    Raises: InputError when `every` is below 1.
    """

    def __init__(self, *, every: int = 50, draw: Callable[[Record], object] | None = None) -> None:
        super().__init__()
        if every < 1:
            raise InputError(f"every: ProbeCallback expected a whole number from 1, got {every}; 50 is usual")
        self.every, self.draw, self.record = every, draw, Record()
        self._recorder: Recorder | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin anew."""
        self.stop()
        self._recorder = Recorder(self.model, every=self.every)
        self.record = self._recorder.record
        self._recorder.start()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Draw."""
        if self.draw is not None:
            self.draw(self.record)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """The model's own functions again."""
        self.stop()

    def stop(self) -> None:
        """The same, for a training that an error ended, of which Keras does not tell its callbacks."""
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder = None


def once(model: Any, batch: Any, loss: Any = None, *, train: bool | None = None) -> StepProbe:
    """The probe of one batch, which leaves everything as it was: weights, statistics, seeds, metrics, the optimiser.

    `batch`: (x, y) or (x, y, sample_weight), or x alone. `loss`: a Keras loss or its name, called with (y, output), or
    a function of (output, y); without one the loss the model was compiled with, and if there is none, no gradients.
    `train`: whether to run in training mode, which is True unless given.

    Raises: InputError for a model that has no weights yet.
    """
    x, y, weight = unpacked(batch)
    if not model.built:
        raise InputError(f"model: once expected built layers, got {model.name!r} without; call model(x) once before")
    runs = Runs(model, _loss_of(model, loss, y), train=train is not False)
    if loss is None and y is not None:
        runs.build((x, y, weight))
    return runs.probe(0, (x, y, weight), runs.state())(None)


def receptive_field(model: Any, x: Any, *, layer: str | None = None, channels: int = -1) -> ReceptiveField:
    """Of the layer of that name, or the last whose output has places, in evaluation; images or sequences `x`.

    `channels`: their axis, in the input and the output.

    Raises: InputError for a layer that is not there or has no places.
    """

    def chosen(calls: list[Call]) -> tuple[int, Any]:
        shapes = [call.shape for call in calls]
        found = place_of([call.name for call in calls], shapes, layer, len(x.shape), channels)
        return found, centre_of(shapes[found], channels)[1]

    calls, slope = output_gradient(model, x, chosen)
    call = calls[chosen(calls)[0]]
    return field_of(call.name, centre_of(call.shape, channels)[0], slope, channels)


def compiled_loss(model: Any) -> Loss | None:
    """The loss as `fit` computes it, or None for a model that has none."""
    own = type(model).compute_loss is not keras.Model.compute_loss
    if not own and getattr(model, "_compile_loss", None) is None and not model.losses:
        return None

    def loss(x: Any, y: Any, output: Any, weight: Any) -> Any:
        return model._compute_loss(x=x, y=y, y_pred=output, sample_weight=weight, training=True)

    return loss


def _loss_of(model: Any, loss: Any, y: Any) -> Loss | None:
    if loss is None:
        return None if y is None else compiled_loss(model)
    if isinstance(loss, str | keras.losses.Loss):
        given = keras.losses.get(loss)

        def named(x: Any, y: Any, output: Any, weight: Any) -> Any:
            of = given(y, output, sample_weight=weight) if isinstance(given, keras.losses.Loss) else given(y, output)
            return keras.ops.mean(of)

        return named
    return lambda x, y, output, weight: loss(output) if y is None else loss(output, y)


def unpacked(batch: Any) -> tuple[Any, Any, Any]:
    """The batch (x, y, sample_weight) with None for what there is not; TensorFlow's empty optionals among it."""
    if not isinstance(batch, list | tuple):
        batch = (batch,)
    batch = tuple(None if "Optional" in type(one).__name__ else one for one in batch)
    x, y, weight = (*batch, None, None)[:3]
    return x, y, weight
