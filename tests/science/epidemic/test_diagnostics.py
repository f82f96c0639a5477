"""R-hat and effective sizes are ArviZ's."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.core.errors import InputError
from cutaway.science.epidemic import effective_size, r_hat


def chains(memory: float, shift: float, seed: int = 3) -> np.ndarray:
    """Four chains of an autoregression, the last moved by `shift`."""
    rng = np.random.default_rng(seed)
    x = np.zeros((4, 401))
    for t in range(1, 401):
        x[:, t] = memory * x[:, t - 1] + rng.normal(size=4)
    x[3] += shift
    return x[:, 1:]


# (memory, shift) → R-hat, bulk and tail effective size by ArviZ 0.23.4: rhat(method="rank"), ess("bulk"), ess("tail").
ARVIZ = {
    (0.0, 0.0): (0.9998778721810887, 1623.4905495883906, 1564.8695567806922),
    (0.9, 0.0): (1.0401138841061697, 108.02503847224467, 135.1029909308358),
    (-0.5, 0.0): (1.0000378330731712, 5126.59197224948, 1555.6172454886016),
    (0.5, 1.5): (1.1563329668485638, 19.37232250997943, 119.44378764199102),
}


@pytest.mark.parametrize(("memory", "shift"), list(ARVIZ), ids=str)
def test_diagnostics_are_arvizs(memory: float, shift: float) -> None:
    x = chains(memory, shift)
    assert (r_hat(x), *effective_size(x)) == pytest.approx(ARVIZ[memory, shift], rel=1e-9)


def test_chains_apart_are_found() -> None:
    assert r_hat(chains(0.5, 0.0)) < 1.03
    assert r_hat(chains(0.5, 3.0)) > 1.2
    spread = chains(0.5, 0.0)
    spread[3] *= 10  # same middle, other width: only the distances from the median tell
    assert r_hat(spread) > 1.2


def test_equal_draws_have_no_r_hat() -> None:
    assert np.isnan(r_hat(np.ones((2, 10))))
    assert effective_size(np.ones((2, 10))) == (20.0, 20.0)


def test_too_few_steps_are_named() -> None:
    with pytest.raises(InputError, match="r_hat expected"):
        r_hat(np.ones((4, 3)))
    with pytest.raises(InputError, match="effective_size expected"):
        effective_size(np.ones(30))
