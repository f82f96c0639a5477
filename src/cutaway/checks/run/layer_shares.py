"""The picture of a share per layer of a network, beside a limit."""

from __future__ import annotations

from collections.abc import Sequence

from cutaway.core.figures import Axis, Bars
from cutaway.core.probes import LayerProbe


def share_bars(layers: Sequence[LayerProbe], shares: Sequence[float], limit: float, axis: Axis, alt: str) -> Bars:
    """A bar for each layer's share; those beyond the limit are drawn as harmful."""
    return Bars(
        alt=alt,
        axis=axis,
        labels=tuple(layer.name for layer in layers),
        values=tuple(shares),
        harmful=tuple(share > limit for share in shares),
        reference=limit,
        reference_label="limit",
    )
