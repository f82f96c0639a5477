"""Fit every region of the study of lockdowns and package draws: python tools/fit_lockdowns.py [REGION …] [--placebo].

Writes src/cutaway/data/lockdown_fits.json. With names of regions only those are fitted anew; --placebo keeps the draws
and asks the other dates only. Takes one to three minutes a region on two cores.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.science.epidemic import Observed, placebo, posterior
from cutaway.studies.run import covid
from cutaway.studies.run.lockdowns import KEPT, REGIONS

PLACE = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "lockdown_fits.json"
SHIFTS = range(-14, 15)
DIGITS = 6
SEED = 2020
STEPS = {
    "hubei": 8_000,
    "italy": 20_000,
    "spain": 5_000,
    "germany": 5_000,
    "uk": 12_000,
    "france": 9_000,
    "new_york": 14_000,
}
"""What each region needs until every R-hat is below 1.01: where the change is steepest the walkers mix slowest."""


def rounded(values: Any) -> list[float]:
    """With as many digits as are stored."""
    return [float(f"{value:.{DIGITS}g}") for value in np.ravel(values)]


def draws(key: str, observed: Observed) -> dict[str, Any]:
    """Of the posterior, with how the sampler fared."""
    found = posterior(observed, seed=SEED, steps=STEPS[key])
    worst, least = max(found.r_hat.values()), min(min(both) for both in found.effective_size.values())
    print(f"  {found.seconds:.0f} s, R-hat {worst:.4f}, effective size {least:.0f}", flush=True)
    return {
        "draws": {name: rounded(values[:KEPT]) for name, values in found.draws.items()},
        "r_hat": {name: round(value, 5) for name, value in found.r_hat.items()},
        "effective_size": {name: [round(each) for each in both] for name, both in found.effective_size.items()},
        "steps": found.steps,
        "seconds": round(found.seconds, 1),
    }


def other_dates(observed: Observed) -> dict[str, list[float]]:
    """What a change on each date would have looked like, at once and over no days."""
    found = placebo(observed, [observed.lockdown_day + shift for shift in SHIFTS])
    print(f"  most probable: {found.best_day - found.true_day:+d} days, {found.probability.max():.2f}", flush=True)
    columns = {"effect": found.effect, "low": found.low, "high": found.high, "probability": found.probability}
    return {"shift": [float(shift) for shift in SHIFTS]} | {name: rounded(each) for name, each in columns.items()}


def write(kept: dict[str, Any]) -> None:
    """All regions, in their order."""
    ordered = {name: kept[name] for name in REGIONS if name in kept}
    PLACE.write_text(json.dumps({"regions": ordered}, separators=(",", ":")) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """Fit, and write after each region."""
    names = [word for word in arguments if not word.startswith("--")]
    kept: dict[str, Any] = json.loads(PLACE.read_text("utf-8"))["regions"] if PLACE.exists() else {}
    for key in names or REGIONS:
        print(key, flush=True)
        observed = covid.region(REGIONS[key])
        if "--placebo" not in arguments:
            kept[key] = draws(key, observed) | {"placebo": kept.get(key, {}).get("placebo")}
            write(kept)  # before anything can fail
        kept[key]["placebo"] = other_dates(observed)
        write(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
