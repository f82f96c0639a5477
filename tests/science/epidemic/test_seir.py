"""The compartments: SciPy's integrator agrees, and so does the renewal process where few are immune."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from cutaway.core.errors import InputError
from cutaway.science.epidemic import Parameters, convolved, seir


@pytest.mark.parametrize("population", [58.5e6, 3e5])
def test_compartments_are_scipys_ode(population: float) -> None:
    p, latent, days, lockdown = Parameters(), 3.0, 90, 53
    found = seir(p, lockdown, days, population=population, latent=latent)
    sigma, gamma = 1 / latent, 1 / (p.generation_mean - latent)
    half = (sigma + gamma) / 2
    r = -half + np.sqrt(half**2 + sigma * gamma * (p.reproduction_before - 1))
    assert (1 + r / sigma) * (1 + r / gamma) == pytest.approx(p.reproduction_before)
    incidence = p.infections * np.exp(-r * lockdown) * r / (np.exp(r) - 1)
    e = incidence / (r + sigma)
    state = np.array([population - e - sigma * e / (r + gamma), e, sigma * e / (r + gamma)])

    def slope(_: float, y: np.ndarray, reproduction: float) -> list[float]:
        new = reproduction * gamma * y[0] * y[2] / population
        return [-new, new - sigma * y[1], sigma * y[1] - gamma * y[2]]

    wanted = []
    for t in range(days):
        reproduction = p.reproduction_before if t < lockdown else p.reproduction_after
        after = solve_ivp(slope, (t, t + 1), state, args=(reproduction,), rtol=1e-10, atol=1e-8).y[:, -1]
        wanted.append(state[0] - after[0])
        state = after
    assert found.infections == pytest.approx(np.array(wanted), rel=2e-4, abs=1e-3)
    assert found.deaths == pytest.approx(p.fatality * convolved(found.onsets, p.death))


def test_it_reaches_the_infections_asked_for_where_few_are_immune() -> None:
    p = Parameters(reproduction_after=2.8, ascertainment=0.5)
    found = seir(p, 53, 60, population=1e12)
    assert found.infections[53] == pytest.approx(4000 / 0.5, rel=1e-3)


def test_it_runs_out_of_people() -> None:
    found = seir(Parameters(reproduction_after=2.8), 53, 300, population=1e6)
    assert 0.85e6 < found.infections.sum() < 0.95e6  # the final size of R = 2.8: 1 − s = e^(−R (1 − s)), 0.93 of all
    assert found.infections[-1] < 1


def test_what_is_out_of_range_is_named() -> None:
    with pytest.raises(InputError, match=r"latent: seir expected days between 0 and 5.5"):
        seir(Parameters(), 53, 60, latent=6)
    with pytest.raises(InputError, match="population"):
        seir(Parameters(), 53, 60, population=0)
    with pytest.raises(InputError, match="more people than are infected"):
        seir(Parameters(), 3, 60, population=100)
