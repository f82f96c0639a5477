"""What many runs of the walkers add up to: tables that a picture looks up in, and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.studies.run.result import Table
from cutaway.studies.run.surfaces import places
from cutaway.studies.run.walks import LONG, WALKERS, Run

PAIRS = (("surrogate", "random"), ("surrogate", "grid"), ("random", "grid"), ("tpe", "random"), ("surrogate", "tpe"))
SHOWN = 0.05  # a difference is shown if its p among all pairs is below
RESAMPLES = 400

Columns = dict[str, list[Any]]


def regrets(runs: list[Run]) -> dict[str, np.ndarray]:
    """Of each walker (runs, trials), from what there is to find on the surface of its run."""
    return {
        name: np.stack([one.walks[name].regret(one.surface.best) for one in runs])
        for name in WALKERS
        if name in runs[0].walks
    }


def tables_of(runs: list[Run]) -> dict[str, Table]:
    """The surface, the trials and the kernels of the first run; curves and comparisons over all."""
    first, all_regrets = runs[0], regrets(runs)
    n = first.walks["grid"].seen.size
    trials: Columns = {name: [] for name in ("walker", "trial", "first", "second", "seen", "true")}
    for name, walk in first.walks.items():
        trials["walker"] += [name] * n
        trials["trial"] += list(range(1, n + 1))
        for column, values in zip(
            ("first", "second", "seen", "true"), (*walk.x[:n].T, walk.seen[:n], walk.true[:n]), strict=True
        ):
            trials[column] += values.tolist()
    kernels: Columns = {
        "trials": [one.trials for one in first.kernels],
        "first": [one.lengths[0] for one in first.kernels],
        "second": [one.lengths[1] for one in first.kernels],
        "signal": [one.signal for one in first.kernels],
        "noise": [one.noise for one in first.kernels],
    }
    settings: Columns = {
        name: [getattr(one, name) for one in first.surface.settings] for name in ("name", "low", "high", "log")
    }
    return {
        "surface": Table(
            {"score": first.surface.score(places()).tolist()},
            "the first run's surface without noise, by places along both settings, of which the second runs fastest",
        ),
        "settings": Table(settings, "the two settings: the ends of the box"),
        "trials": Table(trials, "the first run, trial by trial; places are shares of the way through the box"),
        "kernels": Table(kernels, "what the surrogate makes of its first trials, in the first run"),
        "curves": Table(_curves(all_regrets, n), f"regret after so many trials, over {len(runs)} runs"),
        "verdicts": Table(_verdicts(all_regrets, n), "less regret of a than of b after so many trials, run by run"),
        "long": Table(_long(all_regrets["random"]), f"mean regret of random search, over {len(runs)} runs"),
    }


def _curves(all_regrets: dict[str, np.ndarray], n: int) -> Columns:
    from cutaway.science.search import band

    out: Columns = {name: [] for name in ("walker", "trial", "middle", "low", "high", "lower", "upper")}
    for name, values in all_regrets.items():
        found = band(values[:, :n])
        out["walker"] += [name] * n
        out["trial"] += list(range(1, n + 1))
        for part in ("middle", "low", "high", "lower", "upper"):
            each = found.mean if part == "middle" else getattr(found, part)
            out[part] += np.maximum(each, 0.0).tolist()
    return out


def _verdicts(all_regrets: dict[str, np.ndarray], n: int) -> Columns:
    """By Wilcoxon's test and its interval; p among the pairs by Holm."""
    from cutaway.science.search import holm, typical_difference

    names = ("a", "b", "trial", "difference", "low", "high", "p", "p_corrected", "outcome")
    out: Columns = {name: [] for name in names}
    pairs = [pair for pair in PAIRS if all(one in all_regrets for one in pair)]
    for trial in range(1, n + 1):
        found = [typical_difference(all_regrets[b][:, trial - 1] - all_regrets[a][:, trial - 1]) for a, b in pairs]
        corrected = holm([one.p for one in found]).tolist()
        for (a, b), one, p in zip(pairs, found, corrected, strict=True):
            outcome = "tie" if p >= SHOWN else "win" if one.difference > 0 else "loss"
            row = (a, b, trial, one.difference, one.low, one.high, one.p, p, outcome)
            for name, value in zip(names, row, strict=True):
                out[name].append(value)
    return out


def _long(random: np.ndarray) -> Columns:
    """Random search far beyond the budget, at places on a logarithmic scale."""
    at = sorted({round(each) for each in np.geomspace(1, random.shape[1], 60).tolist()})
    return {"trial": at, "middle": random.mean(axis=0)[np.array(at) - 1].tolist()}


def numbers_of(runs: list[Run], top: float) -> dict[str, float]:
    """Regret, optimism and (where there is such) the unseen score of each walker; how soon random search catches up."""
    all_regrets = regrets(runs)
    n = runs[0].walks["grid"].seen.size
    numbers: dict[str, float] = {"best": runs[0].surface.best}
    for name, values in all_regrets.items():
        numbers[f"regret_{name}"] = float(values[:, n - 1].mean())
        chosen = [(one, one.walks[name], int(one.walks[name].chosen()[n - 1])) for one in runs]
        numbers[f"optimism_{name}"] = float(np.mean([walk.seen[at] - walk.true[at] for _, walk, at in chosen]))
        if runs[0].surface.unseen is not None:
            numbers[f"selected_{name}"] = float(np.mean([walk.true[at] for _, walk, at in chosen]))
            unseen = [one.surface.unseen(walk.x[at : at + 1])[0] for one, walk, at in chosen if one.surface.unseen]
            numbers[f"unseen_{name}"] = float(np.mean(unseen))
    numbers |= _top(runs, n, top)
    caught = catch_up(all_regrets["random"], all_regrets["surrogate"][:, n - 1])
    if caught[0] <= LONG * n:
        numbers |= {"catch_up": float(caught[0]), "catch_up_low": float(caught[1])}
        if caught[2] <= LONG * n:
            numbers["catch_up_high"] = float(caught[2])
    return numbers


def _top(runs: list[Run], n: int, top: float) -> dict[str, float]:
    """In how many runs random search tried a place of the best `top` of the box, and in how many it should have."""
    fine = (np.stack(np.meshgrid(*[(np.arange(100) + 0.5) / 100] * 2), axis=-1)).reshape(-1, 2)
    found, expected = [], []
    for one in runs:
        score = one.surface.score(fine)
        least = np.quantile(score, 1 - top)
        share = float((score >= least).mean())
        found.append(bool((one.walks["random"].true[:n] >= least).any()))
        expected.append(1 - (1 - share) ** n)
    return {"top_found": float(np.mean(found)), "top_expected": float(np.mean(expected))}


def catch_up(random: np.ndarray, reached: np.ndarray) -> tuple[int, int, int]:
    """After how many trials the mean regret (runs, trials) of random search is at most that `reached` (runs,).

    With an interval of 95 % by resampling runs; one more than there are trials where it never is.
    """
    luck = np.random.default_rng(0)
    rows = luck.integers(0, len(random), (RESAMPLES, len(random)))
    times = np.stack([np.bincount(row, minlength=len(random)) for row in rows]) / len(random)
    times = np.vstack((np.full(len(random), 1 / len(random)), times))
    near = times @ random <= (times @ reached)[:, None] + 1e-12
    first = np.where(near.any(axis=1), near.argmax(axis=1) + 1, random.shape[1] + 1)
    low, high = np.quantile(first[1:], (0.025, 0.975), method="nearest")
    return int(first[0]), int(low), int(high)
