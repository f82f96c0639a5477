"""NET005: appending padding changes the outputs."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checks.run.check import check
from cutaway.checks.run.network import NetworkSubject
from cutaway.checks.run.traces import parting, real_steps
from cutaway.core.findings import Finding, NotApplicableError, Remedy
from cutaway.core.wording import percent
from cutaway.frameworks.network import Trace


@check("NET005", name="padding invariance", asks="network", needs=("sequences", "repeatable"))
def padding_invariance(subject: NetworkSubject, *, steps: int = 7, least: float = 1e-3) -> Iterator[Finding]:
    """Padded steps that are appended to every sequence change the outputs of the real ones.

    Why it matters: a prediction then depends on the longest sequence that happens to share its batch, and training
    learns how much padding there was.

    What to do: carry the mask to every layer that reduces or mixes steps: recurrent layers, attention, pooling, the
    loss. In PyTorch pack the sequences or pass the mask; in Keras keep layers that drop the mask out of the way.

    Null: with a mask that is heeded everywhere the outputs are equal but for the order of sums; the difference must be
    0.001 of the output's root mean square, and ten times what two equal runs differ by.

    Passed: Sequences with more padding got the same outputs.

    Source: the Keras guide "Masking and padding"; the documentation of torch.nn.utils.rnn.pack_padded_sequence.

    Example: a mean over all steps fires; each step by itself stays silent.

    >>> from cutaway.checks.run.network_example import fires, function, steps
    >>> fires(padding_invariance, function(lambda x: x.mean(1)), steps())
    True
    >>> fires(padding_invariance, function(lambda x: x * 2), steps())
    False
    """
    longer = subject.batch.padded(steps)
    try:
        with subject.network.kept():
            subject.network.seed(subject.seed)
            second = subject.network.traced(longer)
    except Exception as error:
        raise NotApplicableError(
            f"the model does not run on sequences that are {steps} steps longer ({type(error).__name__}), so nothing "
            f"can be appended to them"
        ) from error
    parted = parting(subject.evaluated, second, subject.tolerance(least), real_steps(subject.batch, steps))
    if parted.output <= subject.tolerance(least):
        return
    lost = _lost(subject.evaluated)
    where = f"; it {parted.begins}" if parted.begins else ""
    detail = f"Keras' mask reaches {lost} and does not leave it, though its output still has steps." if lost else ""
    yield Finding(
        title=f"{steps} appended steps of padding change the outputs by {percent(parted.output)} of their size{where}",
        severity="high",
        columns=(lost or parted.layer,) if lost or parted.layer else (),
        evidence={
            "largest_difference_over_rms_of_output": parted.output,
            "equal_runs_difference_over_rms_of_output": subject.noise,
            "steps_appended": float(steps),
        },
        detail=detail,
        figure=parted.figure(
            f"Appended padding changes the outputs by {percent(parted.output)}{where}.", "change by appended padding"
        ),
        remedy=Remedy(
            "Let the mask reach every layer from there on that reduces or mixes steps.",
            {
                "PyTorch": (
                    "packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)\n"
                    "_, (h, _) = lstm(packed)\n"
                    "# attention: encoder(x, src_key_padding_mask=~mask)\n"
                    "# mean: (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)"
                ),
                "Keras": (
                    "Embedding(words, 64, mask_zero=True)  # or Masking(0.0) on numbers\n"
                    "# a layer of your own that keeps steps: self.supports_masking = True"
                ),
            },
        ),
    )


def _lost(trace: Trace) -> str:
    """The first layer that takes a mask, keeps the steps and hands none on."""
    for call in trace.calls:
        mask, output = call.input_mask, call.output
        if mask is None or call.mask is not None or output is None or output.ndim < 3:
            continue
        if output.shape[:2] == mask.shape:
            return call.name
    return ""
