"""Audits of networks, written by hand and real."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from cutaway import checks, nets
from cutaway.core.audit import LayerFacts, NetworkAudit, NetworkFacts
from cutaway.core.figures import Axis, Bars
from cutaway.core.findings import Finding, Outcome, Remedy
from tests.report.audit_parts import HOSTILE


@cache
def real() -> NetworkAudit:
    """A network whose second layer begins far too large, and its inputs as well."""
    model = nets.Sequential((nets.Dense(6, 32), nets.Tanh(), nets.Dense(32, 32), nets.Tanh(), nets.Dense(32, 3)))
    params = model.init((0,))
    params[2]["kernel"] *= 30
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((64, 6)) * [1, 1, 1, 1, 1, 4000]).astype(np.float32)
    return checks.audit_model(model, (x, rng.integers(0, 3, 64)), loss=nets.cross_entropy, params=params)


def quiet() -> NetworkAudit:
    """Nothing found; part of the layers frozen; one check without enough to go by."""
    layers = (
        LayerFacts(name="body", kind="linear", parameters=80, trainable=0),
        LayerFacts(name="act", kind="relu", parameters=0, trainable=0),
        LayerFacts(name="head", kind="linear", parameters=51, trainable=3),
    )
    return NetworkAudit(
        network=NetworkFacts(name="Sound", framework="PyTorch", layers=layers, batch="64 rows of 4 numbers"),
        outcomes=(
            Outcome(code="NET002", name="dead ReLUs", status="passed", passed="Every unit is on somewhere."),
            Outcome(code="NET013", name="parameter left unchanged", status="not applicable", reason="no optimiser"),
        ),
        version="0.1",
    )


def hostile() -> NetworkAudit:
    """Names of layers that try to be markup, code, escape sequences or very long."""
    finding = Finding(
        title=f"{HOSTILE[0]} is dead",
        severity="high",
        columns=HOSTILE,
        evidence={HOSTILE[3]: 0.5},
        figure=Bars(alt=HOSTILE[3], axis=Axis(label="share"), labels=HOSTILE, values=(0.5,) * len(HOSTILE)),
        remedy=Remedy(text=HOSTILE[0], code={HOSTILE[1]: HOSTILE[2]}),
    )
    audit = quiet()
    layers = tuple(LayerFacts(name=name, kind=HOSTILE[0], parameters=3, trainable=3) for name in HOSTILE)
    return replace(
        audit,
        network=replace(audit.network, name=HOSTILE[0], layers=layers, batch=HOSTILE[1], given=(HOSTILE[2],)),
        outcomes=(Outcome(code="NET002", name="dead ReLUs", status="issue", findings=(finding,)), *audit.outcomes),
        notes=(HOSTILE[0],),
    )


def crashed() -> NetworkAudit:
    """A check that crashed, and none that found anything."""
    audit = quiet()
    broken = Outcome(code="NET001", name="vanishing gradients", status="crashed", reason="ZeroDivisionError: by zero")
    return replace(audit, outcomes=(broken, *audit.outcomes))


ALL = {"real": real, "quiet": quiet, "hostile": hostile, "crashed": crashed}
