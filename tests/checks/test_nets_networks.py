"""Networks of `cutaway.nets` under the same checks: a few faults found, a sound one left in peace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway import nets
from cutaway.checks import audit_model
from cutaway.core.audit import NetworkAudit
from cutaway.core.errors import InputError
from tests.checks.networks import cases
from tests.checks.networks.cases import codes, told


def layered(*activation: Any, last: Any = ()) -> nets.Sequential:
    hidden = [one for i, act in enumerate(activation) for one in (nets.Dense(32 if i else 12, 32), act)]
    return nets.Sequential((*hidden, nets.Dense(32, 3), *last))


def audited(model: nets.Sequential, params: Any = None) -> NetworkAudit:
    return audit_model(model, cases.table(), loss=nets.cross_entropy, optimiser=nets.Adam(), params=params)


def test_a_sound_network_passes_and_stays_as_it_was() -> None:
    model = layered(nets.ReLU(), nets.ReLU())
    params = model.init((0,))
    before = nets.mapped(np.array, params)
    audit = audited(model, params)
    assert codes(audit, "issue", "tip", "crashed") == set(), told(audit)
    assert audit.count("passed") >= 10
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(nets.leaves(before), nets.leaves(params), strict=True))
    assert [layer.kind for layer in audit.network.layers] == ["dense", "relu", "dense", "relu", "dense"]


@pytest.mark.parametrize(
    ("model", "finds"),
    [
        (layered(*[nets.Sigmoid()] * 10), "NET001"),
        (layered(nets.ReLU(), last=(nets.Softmax(),)), "NET007"),
    ],
    ids=["sigmoid stack", "softmax and cross-entropy"],
)
def test_faults_are_found(model: nets.Sequential, finds: str) -> None:
    audit = audited(model)
    assert finds in codes(audit, "issue"), told(audit)
    assert "crashed" not in {outcome.status for outcome in audit.outcomes}, told(audit)


def test_saturation_and_dead_units_by_their_parameters() -> None:
    model = layered(nets.Tanh(), nets.ReLU())
    params = model.init((0,))
    params[0]["kernel"] *= 30
    params[2]["bias"] -= 60
    audit = audited(model, params)
    assert {"NET002", "NET003"} <= codes(audit, "issue"), told(audit)


def test_a_step_function_is_refused() -> None:
    with pytest.raises(InputError, match="leave step out"):
        audit_model(layered(nets.ReLU()), cases.table(), step=lambda x, y: None)
