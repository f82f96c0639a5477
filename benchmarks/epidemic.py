"""The posterior of Hubei's outbreak: seconds, R-hat and effective size; samplers beside each other; calibration.

    python benchmarks/epidemic.py [posterior] [samplers] [calibration]     all three by default

`posterior`: the default one, from three seeds. `samplers`: the same log-posterior, asserted equal first, drawn by emcee
with its stretch moves, with differential evolution, with that and our independent proposal (what `posterior` does), by
zeus, and by NumPyro's NUTS on the same model written in JAX; each with R-hat and effective size by `epidemic.r_hat` and
`epidemic.effective_size`, walkers or chains alike. Times are the process's seconds on its cores (`process_time`), as
other work disturbs them least, and wall-clock seconds beside. emcee's DESnookerMove is not among them: the first
figures show that it draws a normal law too narrow. `calibration`: simulation-based, of a small model many times and of
Hubei's a few; p-values of uniform ranks and how often intervals of 90 % hold the truth.

Results go to benchmarks/results/epidemic.json. Needs emcee; for `samplers` NumPyro, JAX and zeus-mcmc as well.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cutaway import epidemic
from cutaway.core.threads import cores
from cutaway.science.epidemic.kernel import LONGEST_DEATH, LONGEST_GENERATION, LONGEST_INCUBATION
from cutaway.science.epidemic.priors import NAMES
from cutaway.studies.run import covid

PLACE = Path(__file__).parent / "results" / "epidemic.json"


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, process = time.perf_counter(), time.process_time()
    found = work()
    return found, {
        "wall_seconds": round(time.perf_counter() - wall, 2),
        "process_seconds": round(time.process_time() - process, 2),
    }


def judged(chains: np.ndarray, took: dict[str, float]) -> dict[str, float]:
    """Of chains (chains, steps, free): the worst parameter's."""
    worst = max(epidemic.r_hat(chains[:, :, k]) for k in range(chains.shape[2]))
    sizes = [epidemic.effective_size(chains[:, :, k]) for k in range(chains.shape[2])]
    bulk, tail = (min(size[k] for size in sizes) for k in (0, 1))
    return took | {
        "r_hat": round(worst, 4),
        "bulk": round(bulk),
        "tail": round(tail),
        "bulk_per_process_second": round(bulk / took["process_seconds"], 1),
    }


def of_posterior() -> dict[str, Any]:
    observed = covid.hubei()
    target = epidemic.likelihood_of(observed, epidemic.priors_of(observed))
    z = np.zeros((4000, len(target.priors.free)))
    target(z[:10])
    begun = time.thread_time()
    target(z)
    each = (time.thread_time() - begun) / len(z) * 1e6
    epidemic.posterior(observed, steps=20, warmup=200)  # compiled
    runs = []
    for seed in (0, 1, 2):
        found, took = timed(lambda seed=seed: epidemic.posterior(observed, seed=seed))
        sizes = [min(both) for both in found.effective_size.values()]
        runs.append(took | {"r_hat": round(max(found.r_hat.values()), 4), "least_effective_size": round(min(sizes))})
        print(runs[-1], flush=True)
    parts = epidemic.decomposition(found, totals=(444, 62031, 17, 2029))
    rates = epidemic.growth(found)
    return {
        "growth": {name: [round(x, 3) for x in getattr(rates, name)] for name in rates.__slots__},
        "microseconds_of_a_likelihood": round(each, 1),
        "runs": runs,
        "intervals": {name: [float(f"{x:.4g}") for x in found.interval(name)] for name in found.draws},
        "learned": {name: round(value, 2) for name, value in found.learned().items()},
        "already_infected_of_cases": [round(x, 3) for x in parts.already],
        "already_infected_of_deaths": [round(x, 3) for x in parts.deaths_already],
        "predictive_coverage_of_95": [round(x, 3) for x in epidemic.predictive(found).covered],
    }


def in_jax(target: epidemic.Likelihood) -> Callable[[Any], Any]:
    """The same log-posterior of one z (free,), differentiable."""
    import jax
    import jax.numpy as jnp
    from jax.scipy.special import gammaln, ndtr

    days = target.counts.shape[1]
    base = jnp.asarray(target.priors.whole(np.zeros((1, len(target.priors.free))))[0])
    places = np.asarray(target.priors.places)
    t = jnp.arange(days)
    definition, cut, lockdown = target.definition_day, target.onsets_cut, target.lockdown_day

    def lognormal(mean: Any, sd: Any, longest: int) -> Any:
        spread = jnp.sqrt(jnp.log1p((sd / mean) ** 2))
        x = jnp.arange(1, longest + 2)
        k = (jnp.log(x / mean) + spread**2 / 2) / spread
        below = jnp.concatenate((jnp.zeros(2), x * ndtr(k) - mean * ndtr(k - spread)))
        p = jnp.maximum(below[2:] - 2 * below[1:-1] + below[:-2], 0)
        return p / p.sum()

    def density(count: Any, mean: Any, used: Any, dispersion: Any) -> Any:
        size, mu = 1 / dispersion, jnp.maximum(mean, 1e-9)
        each = gammaln(count + size) - gammaln(count + 1) - gammaln(size) + size * jnp.log(size)
        return jnp.where(used, each + count * jnp.log(mu) - (count + size) * jnp.log(mu + size), 0).sum()

    def log_posterior(z: Any) -> Any:
        values = []
        for k, prior in enumerate(target.priors.free.values()):
            moved = prior.spread * z[k]
            values.append(
                {
                    "normal": prior.centre + moved,
                    "positive": prior.centre * jnp.exp(moved),
                    "share": 1 / (1 + (1 / prior.centre - 1) * jnp.exp(-moved)),
                }[prior.kind]
            )
        v = dict(zip(NAMES, base.at[places].set(jnp.stack(values)), strict=True))
        g = lognormal(v["generation_mean"], v["generation_sd"], LONGEST_GENERATION)[1:]
        g = g / g.sum()
        s = jnp.arange(1, LONGEST_GENERATION + 1)
        r = jnp.log(v["reproduction_before"]) / (g @ s)
        for _ in range(12):
            weight = g * jnp.exp(-r * s)
            r = r + (jnp.log(v["reproduction_before"]) + jnp.log(weight.sum())) * weight.sum() / (weight @ s)

        def day(past: Any, k: Any) -> tuple[Any, Any]:
            share = jnp.where(k < lockdown, 0.0, jnp.minimum((k - lockdown + 1) / v["ramp"], 1.0))
            reproduction = v["reproduction_before"] + (v["reproduction_after"] - v["reproduction_before"]) * share
            new = reproduction * (past @ g)
            return jnp.concatenate((new[None], past[:-1])), new

        _, infections = jax.lax.scan(day, v["infections"] * jnp.exp(r * (-s - target.anchor)), t)
        incubation = lognormal(v["incubation_mean"], v["incubation_sd"], LONGEST_INCUBATION)
        onsets = jnp.convolve(infections, incubation)[:days]
        deaths = v["fatality"] * jnp.convolve(onsets, lognormal(v["death_mean"], v["death_sd"], LONGEST_DEATH))[:days]
        fall = 1 / (1 + jnp.exp((t - v["report_mid"]) / v["report_width"]))
        half = jnp.exp(-0.5 * jnp.log(2.0) / (v["report_late"] + (v["report_early"] - v["report_late"]) * fall))

        def report(waiting: Any, now: Any) -> tuple[Any, Any]:
            new, h = now
            count = waiting * (1 - h * h) + new * (1 - h)
            return waiting + new - count, count

        _, counts = jax.lax.scan(report, 0.0, (onsets, half))
        before = t < definition
        backlog = ((1 - v["narrow"]) * counts * before).sum()
        cleared = v["clearing"] * (1 - v["clearing"]) ** jnp.maximum(t - definition, 0) * backlog
        reports = jnp.where(before, v["narrow"] * counts, counts + cleared)
        logs = jnp.where(t <= cut, 2 * jnp.log(half), 0.0)
        later = jnp.cumsum(logs[::-1])[::-1] - logs
        seen = v["narrow"] * onsets * (1 - half * jnp.exp(later))
        total = density(target.counts[0], reports, target.used[0], v["case_dispersion"])
        total += density(target.counts[1], deaths, target.used[1], v["death_dispersion"])
        total += density(target.counts[2], v["onset_scale"] * seen, target.used[2], v["onset_dispersion"])
        return total - 0.5 * (z**2).sum()

    return log_posterior


def by_nuts(target: epidemic.Likelihood) -> np.ndarray:
    """Four chains of NumPyro, 500 + 1,000 steps each, vectorised."""
    import jax
    import jax.numpy as jnp
    from numpyro.infer import MCMC, NUTS

    log_posterior = in_jax(target)
    start = jnp.asarray(epidemic.mode(target))
    first = start + 0.1 * jax.random.normal(jax.random.PRNGKey(1), (4, len(start)))
    kernel = NUTS(potential_fn=lambda z: -log_posterior(z), dense_mass=True)
    sampler = MCMC(
        kernel, num_warmup=500, num_samples=1000, num_chains=4, chain_method="vectorized", progress_bar=False
    )
    sampler.run(jax.random.PRNGKey(0), init_params=first)
    return np.asarray(sampler.get_samples(group_by_chain=True))


def by_emcee(target: epidemic.Likelihood, moves: list[Any], steps: int = 6000) -> np.ndarray:
    """40 walkers about the mode; the first quarter left out, one in five kept."""
    import emcee

    start = epidemic.mode(target)
    sampler = emcee.EnsembleSampler(40, len(start), target.posterior, vectorize=True, moves=moves)
    sampler.random_state = np.random.RandomState(0).get_state()
    sampler.run_mcmc(np.clip(start + 0.3 * np.random.default_rng(0).normal(size=(40, len(start))), -7, 7), steps)
    return np.asarray(sampler.get_chain(discard=steps // 4, thin=5).swapaxes(0, 1))


def by_zeus(target: epidemic.Likelihood, steps: int = 1000) -> np.ndarray:
    """40 walkers of ensemble slice sampling; the first quarter left out."""
    import zeus

    np.random.seed(0)
    start = epidemic.mode(target)
    sampler = zeus.EnsembleSampler(40, len(start), target.posterior, vectorize=True, verbose=False)
    sampler.run_mcmc(start + 0.1 * np.random.default_rng(0).normal(size=(40, len(start))), steps, progress=False)
    return np.asarray(sampler.get_chain(discard=steps // 4).swapaxes(0, 1))


def of_samplers() -> dict[str, Any]:
    import emcee
    import jax

    jax.config.update("jax_enable_x64", True)
    observed = covid.hubei()
    target = epidemic.likelihood_of(observed, epidemic.priors_of(observed))
    z = 0.5 * np.random.default_rng(5).normal(size=(20, len(target.priors.free)))
    ours, theirs = target.posterior(z), np.asarray(jax.vmap(in_jax(target))(z))
    assert np.allclose(ours, theirs, rtol=1e-8), (ours, theirs)

    normal = []
    for move in (emcee.moves.DEMove(), emcee.moves.DESnookerMove(), emcee.moves.StretchMove()):
        sampler = emcee.EnsembleSampler(40, 17, lambda x: -0.5 * (x**2).sum(1), vectorize=True, moves=[(move, 1.0)])
        sampler.random_state = np.random.RandomState(0).get_state()
        sampler.run_mcmc(np.random.default_rng(0).normal(size=(40, 17)), 6000)
        normal.append(float(sampler.get_chain(discard=1000, flat=True).var(axis=0).mean()))
    ways: dict[str, Callable[[], np.ndarray]] = {
        "emcee stretch": lambda: by_emcee(target, [(emcee.moves.StretchMove(), 1.0)]),
        "emcee differential evolution": lambda: by_emcee(target, [(emcee.moves.DEMove(), 1.0)]),
        "cutaway: emcee differential evolution and Student proposal": lambda: epidemic.draw(
            target, steps=4500, warmup=1500, walkers=40
        ),
        "NumPyro NUTS": lambda: by_nuts(target),
        "zeus": lambda: by_zeus(target),
    }
    rows = {}
    for name, work in ways.items():
        chains, took = timed(work)
        rows[name] = judged(chains, took)
        print(name, rows[name], flush=True)
    names = ("DEMove", "DESnookerMove", "StretchMove")
    return {
        "variance_of_a_normal_law_in_17_dimensions": {a: round(b, 3) for a, b in zip(names, normal, strict=True)},
        "versions": {"emcee": emcee.__version__, "jax": jax.__version__},
        "drawn": rows,
    }


def few() -> tuple[epidemic.Observed, epidemic.Priors]:
    """A region of seventy days, and six free parameters."""
    observed = covid.hubei()
    kept = {
        "reproduction_before": epidemic.Prior("positive", 2.5, 0.15),
        "reproduction_after": epidemic.Prior("positive", 0.7, 0.3),
        "infections": epidemic.Prior("positive", 1000.0, 0.5),
        "fatality": epidemic.Prior("share", 0.05, 0.4),
        "case_dispersion": epidemic.Prior("positive", 0.05, 0.5),
        "death_dispersion": epidemic.Prior("positive", 0.05, 0.5),
    }
    fixed = epidemic.Parameters(report_early=5.0, report_late=5.0, narrow=1.0)
    return (
        epidemic.Observed(
            "Somewhere", observed.dates[:70], np.ones(70), np.ones(70), lockdown_day=30, first=10, last=69
        ),
        epidemic.Priors(kept, fixed, epidemic.Prior("positive", 0.15, 0.5)),
    )


def of_calibration() -> dict[str, Any]:
    observed = covid.hubei()
    cases = {
        "six parameters": (*few(), {"steps": 300, "warmup": 200, "walkers": 14}, 200),
        "Hubei": (observed, epidemic.priors_of(observed), {"steps": 1000, "warmup": 600, "walkers": 34}, 24),
    }
    rows: dict[str, Any] = {}
    for name, (region, priors, sizes, replicates) in cases.items():

        def sampler(target: epidemic.Likelihood, seed: int, sizes: dict[str, int] = sizes) -> np.ndarray:
            chains = epidemic.draw(target, seed=seed, **sizes)
            return chains[:, ::5].reshape(-1, chains.shape[2])

        done, took = timed(
            lambda region=region, priors=priors, sampler=sampler, replicates=replicates: epidemic.calibration(
                region, priors, sampler, replicates=replicates, draws=99, seed=3
            )
        )
        rows[name] = took | {
            "replicates": replicates,
            "p_values": {each: round(done.p_value(each), 3) for each in priors.free},
            "covered_by_90": {each: round(done.covered(each), 3) for each in priors.free},
        }
        print(name, rows[name], flush=True)
    return rows


def main(wanted: list[str]) -> int:
    parts = {"posterior": of_posterior, "samplers": of_samplers, "calibration": of_calibration}
    for name in wanted or list(parts):
        part = parts[name]()
        results: dict[str, Any] = json.loads(PLACE.read_text("utf-8")) if PLACE.exists() else {}
        results["machine"] = {"cores": cores(), "python": platform.python_version(), "processor": platform.machine()}
        results[name] = part
        PLACE.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
