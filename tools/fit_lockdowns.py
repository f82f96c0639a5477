"""Fit every region of the study of lockdowns and package draws: python tools/fit_lockdowns.py [REGION …] [--placebo].

Writes src/cutaway/data/lockdown_fits.json. With names of regions only those are fitted anew; --placebo leaves the draws
and asks the other dates only. Takes some minutes a region on two cores.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.science.epidemic import Likelihood, Posterior, posterior
from cutaway.studies.run import covid
from cutaway.studies.run.lockdowns import KEPT, REGIONS

PLACE = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "lockdown_fits.json"
SHIFTS = range(-21, 22)
DIGITS = 6
SEED = 2020
BURN, STEPS, WALKERS = 250, 250, 60  # of each placebo date, from the draws of the date beside it


def rounded(values: Any) -> list[float]:
    """With as many digits as are stored."""
    return [float(f"{value:.{DIGITS}g}") for value in np.ravel(values)]


def other_dates(found: Posterior, progress: Any) -> dict[str, list[float]]:
    """R after the change, of R before, and the largest log-posterior, with the change on each other date."""
    import emcee

    names = list(found.priors.free)
    ratio = [names.index(name) for name in ("reproduction_after", "reproduction_before")]
    after, before = (found.priors.free[names[k]] for k in ratio)
    out: dict[int, tuple[float, ...]] = {}
    for side in (range(0, SHIFTS.stop), range(-1, SHIFTS.start - 1, -1)):
        walkers = found.z[:WALKERS]
        for shift in side:
            target: Likelihood = found.likelihood.of_day(found.observed.lockdown_day + shift)
            moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
            sampler = emcee.EnsembleSampler(WALKERS, len(names), target.posterior, vectorize=True, moves=moves)
            sampler.random_state = np.random.RandomState(SEED + shift + 100).get_state()
            sampler.run_mcmc(walkers, BURN + STEPS)
            walkers = sampler.get_last_sample().coords
            flat = sampler.get_chain(discard=BURN, flat=True)
            ends = np.quantile(after.value(flat[:, ratio[0]]) / before.value(flat[:, ratio[1]]), (0.025, 0.5, 0.975))
            out[shift] = (shift, *ends, sampler.get_log_prob(flat=True).max())
            progress(shift, out[shift])
    rows = [out[shift] for shift in SHIFTS]
    names_of = ("shift", "low", "middle", "high", "fit")
    return {name: rounded([row[k] for row in rows]) for k, name in enumerate(names_of)}


def main(arguments: list[str]) -> int:
    """Fit, and write after each region."""
    told = [word for word in arguments if not word.startswith("--")]
    kept: dict[str, Any] = json.loads(PLACE.read_text("utf-8"))["regions"] if PLACE.exists() else {}
    for key in told or REGIONS:
        observed = covid.region(REGIONS[key])
        found = posterior(observed, seed=SEED)
        worst = max(found.r_hat.values())
        least = min(min(both) for both in found.effective_size.values())
        print(f"{key}: {found.seconds:.0f} s, R-hat {worst:.4f}, effective size {least:.0f}", flush=True)
        kept[key] = {
            "draws": {name: rounded(values[:KEPT]) for name, values in found.draws.items()},
            "r_hat": {name: round(value, 5) for name, value in found.r_hat.items()},
            "effective_size": {name: [round(v) for v in both] for name, both in found.effective_size.items()},
            "steps": found.steps,
            "seconds": round(found.seconds, 1),
            "placebo": other_dates(found, lambda shift, row: print(shift, row, flush=True)),
        }
        ordered = {name: kept[name] for name in REGIONS if name in kept}
        PLACE.write_text(json.dumps({"regions": ordered}, separators=(",", ":")) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
