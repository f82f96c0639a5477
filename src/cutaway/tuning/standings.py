"""From the searches of a contest to what is said of them: standings, verdicts, curves, importances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cutaway.core.contest import Curve, Direction, Estimate, Importance, Outcome, Search, Standing, Verdict, method_name
from cutaway.science import search as science
from cutaway.tuning.space import Choice, Space, Value, same

ALPHA = 0.05
_PLACES = 60  # places of a curve against seconds
_FEWEST = 20  # trials below which importance is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One search with what was found out about its choice; NaN where there is nothing unseen, or no correction."""

    search: Search
    selected: float
    outer: float = math.nan
    corrected: float = math.nan
    path: tuple[float, ...] = ()  # the true value of what would be handed out after each trial, where that is known

    @property
    def place(self) -> tuple[int, int]:
        """Repeat and outer fold: searches of one place are paired."""
        return self.search.repeat, self.search.fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How figures become statements. `share`: unseen rows over seen ones, 0 for repeats that share no rows."""

    direction: Direction
    share: float = 0.0
    level: float = 0.95
    margin: float = 0.0
    unit: str = ""

    @property
    def sign(self) -> float:
        """1 where higher is better."""
        return 1.0 if self.direction == "maximize" else -1.0


def by_method(rounds: Sequence[Round], methods: Sequence[str]) -> dict[str, list[Round]]:
    """The rounds of each method, in the order of their places, of the places where every method selected something."""
    per = {method: {one.place: one for one in rounds if one.search.method == method} for method in methods}
    common = [
        place
        for place in sorted({one.place for one in rounds})
        if all(place in found and not math.isnan(found[place].selected) for found in per.values())
    ]
    return {method: [found[place] for place in common] for method, found in per.items()}


def measure_of(rounds: Mapping[str, Sequence[Round]]) -> str:
    """What is compared: "outer" where every round has a score on what its search did not see, else "selected"."""
    return "outer" if all(not math.isnan(one.outer) for each in rounds.values() for one in each) else "selected"


def standings(
    rounds: Mapping[str, Sequence[Round]], rules: Rules, truth: float | None = None, everything: Sequence[Round] = ()
) -> tuple[Standing, ...]:
    """One for each method. `everything` has also the rounds that could not be paired, for what failed."""
    measure = measure_of(rounds)
    scores = {method: np.array([getattr(one, measure) for one in each]) for method, each in rounds.items()}
    table = np.column_stack(list(scores.values()))
    ranks = science.mean_ranks(table, rules.direction)
    best = table.max(axis=1) if rules.sign > 0 else table.min(axis=1)
    out = []
    for rank, (method, each) in zip(ranks, rounds.items(), strict=True):
        selected = np.array([one.selected for one in each])
        corrected = np.array([one.corrected for one in each])
        outer = scores[method] if measure == "outer" else None
        gap = rules.sign * ((best if truth is None else truth) - scores[method])
        whole = [one.search for one in everything if one.search.method == method] or [one.search for one in each]
        out.append(
            Standing(
                method=method,
                selected=_estimate(selected, rules),
                outer=None if outer is None else _estimate(outer, rules),
                corrected=None if np.isnan(corrected).any() else _estimate(corrected, rules),
                optimism=None if outer is None else _estimate(rules.sign * (selected - outer), rules),
                regret=_above(_estimate(gap, rules)),
                trials=float(np.mean([sum(t.state == "complete" for t in one.trials) for one in whole])),
                failed=float(
                    np.mean([sum(t.state in ("failed", "timeout", "memory") for t in one.trials) for one in whole])
                ),
                seconds=float(np.mean([one.seconds for one in whole])),
                rank=float(rank),
                chosen=tuple(_chosen(one.search, rules.direction) for one in each),
            )
        )
    return tuple(out)


def _chosen(search: Search, direction: Direction) -> Mapping[str, Value]:
    best = search.best(direction)
    return {} if best is None else best.params


def _estimate(values: np.ndarray, rules: Rules) -> Estimate:
    found = science.mean_interval(values, level=rules.level, share=rules.share)
    return Estimate(value=found.mean, low=found.low, high=found.high, level=found.level)


def _above(found: Estimate) -> Estimate:
    """The interval of what cannot be below zero: it ends there, where the nearest that a sample shows is above it."""
    return replace(found, low=max(0.0, found.low)) if math.isfinite(found.low) and found.value >= 0 else found


def verdicts(rounds: Mapping[str, Sequence[Round]], rules: Rules) -> tuple[Verdict, ...]:
    """One for each pair of methods, corrected by Holm among them all.

    Repeats of an objective are independent: Wilcoxon's signed ranks decide, with the Hodges-Lehmann difference. Splits
    of one table share rows: Student's test corrected for that (Nadeau and Bengio) decides.
    """
    measure = measure_of(rounds)
    pairs = list(combinations(rounds, 2))
    if not pairs:
        return ()
    found = []
    for a, b in pairs:
        d = rules.sign * np.array(
            [getattr(x, measure) - getattr(y, measure) for x, y in zip(rounds[a], rounds[b], strict=True)]
        )
        compared = (
            science.resampled_difference(d, rules.share, level=rules.level)
            if rules.share > 0
            else science.typical_difference(d, level=rules.level)
        )
        found.append((compared, science.win_tie_loss(d, margin=rules.margin)))
    corrected = science.holm([compared.p for compared, _ in found])
    out = []
    for (a, b), (compared, counts), p in zip(pairs, found, corrected, strict=True):
        shown = bool(p <= ALPHA) and compared.difference != 0
        outcome: Outcome = "tie" if not shown else "win" if compared.difference > 0 else "loss"
        out.append(
            Verdict(
                a=a,
                b=b,
                outcome=outcome,
                difference=compared.difference,
                low=compared.low,
                high=compared.high,
                p=compared.p,
                p_corrected=float(p),
                sentence=_sentence(a, b, outcome, compared, float(p), counts, rules, measure),
                measure=measure,
                wins=counts[0],
                ties=counts[1],
                losses=counts[2],
            )
        )
    return tuple(out)


def _sentence(
    a: str,
    b: str,
    outcome: Outcome,
    compared: science.Paired,
    p: float,
    counts: tuple[int, int, int],
    rules: Rules,
    measure: str,
) -> str:
    wins, ties, losses = counts
    n, a, b = compared.pairs, method_name(a), method_name(b)
    where = "on rows that no search saw" if rules.share > 0 else "on what no search saw"
    where = where if measure == "outer" else "on the scores of their best trials"
    unit = f" {rules.unit}" if rules.unit else ""
    ends = (_figure(compared.low), _figure(compared.high))
    if outcome == "tie":
        spans = f"the difference is {ends[0]} to {ends[1]}{unit}, positive for {a}"
        why = spans if math.isfinite(compared.low) else "one repeat cannot show one"
        return (
            f"No difference between {a} and {b} is shown {where}: {why} ({wins} better, {ties} equal, {losses} worse "
            f"of {n}; p = {p:.2g} after correction)."
        )
    first, second = (a, b) if outcome == "win" else (b, a)
    better, worse = (wins, losses) if outcome == "win" else (losses, wins)
    low, high = ends if outcome == "win" else (_figure(-compared.high), _figure(-compared.low))
    return (
        f"{first} beats {second} {where} by {abs(compared.difference):.3g}{unit} ({low} to {high}), in {better} of {n} "
        f"({ties} equal, {worse} worse; p = {p:.2g} after correction)."
    )


def _figure(value: float) -> str:
    """Three digits, with the sign that is a minus."""
    return f"{value:.3g}".replace("-", "−", 1) if value < 0 else f"{value:.3g}"


def summary(found: Sequence[Standing], judged: Sequence[Verdict], repeats: int) -> str:
    """The contest in a few sentences: who is beaten by nobody, whom that leaves, and how hopeful the scores were."""
    named = [method_name(each.method) for each in found]
    beaten: dict[str, list[str]] = {each: [] for each in named}
    for verdict in judged:
        if verdict.outcome == "win":
            beaten[method_name(verdict.b)].append(method_name(verdict.a))
        elif verdict.outcome == "loss":
            beaten[method_name(verdict.a)].append(method_name(verdict.b))
    winners = [each for each in named if all(each in beaten[other] for other in named if other != each)]
    told = []
    if len(found) == 1:
        told.append(f"Only {named[0]} took part.")
    elif winners:
        told.append(f"{winners[0]} beats every other method.")
    else:
        unbeaten = [method for method, by in beaten.items() if not by]
        if len(unbeaten) == len(found):
            told.append(f"No method is shown to be better than another over {repeats} repeats.")
        else:
            losers = [f"{method} (by {', '.join(by)})" for method, by in beaten.items() if by]
            told.append(f"Beaten: {'; '.join(losers)}. Not beaten: {', '.join(unbeaten) or 'none'}.")
    hopeful = [each for each in found if each.optimism is not None and each.optimism.low > 0]
    if hopeful:
        most = max(hopeful, key=lambda each: each.optimism.value if each.optimism else 0.0)
        assert most.optimism is not None
        told.append(
            f"The score that a search selects by is too hopeful: by {most.optimism.value:.3g} "
            f"({most.optimism.low:.3g} to {most.optimism.high:.3g}) for {method_name(most.method)}."
        )
    return " ".join(told)


def curves(rounds: Mapping[str, Sequence[Round]], rules: Rules, truth: float | None = None) -> tuple[Curve, ...]:
    """Regret after each trial and each second, over the rounds.

    To the truth where it is known, and else to the best value that any method has seen at the same place.
    """
    exact = truth is not None and all(one.path for each in rounds.values() for one in each)
    known: dict[tuple[int, int], float] = {}
    for each in rounds.values():
        for one in each:
            known[one.place] = max(known.get(one.place, -math.inf), rules.sign * one.selected)
    traced: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for method, each in rounds.items():
        for one in each:
            best = float(truth) if exact and truth is not None else rules.sign * known[one.place]
            traced.setdefault(method, []).append(_trace(one, best, rules, exact))
    out = []
    last = max((float(ends[-1]) for each in traced.values() for ends, _ in each), default=0.0)
    places = np.linspace(0.0, last, _PLACES + 1)[1:]
    for method, traces in traced.items():
        most = max(len(gap) for _, gap in traces)
        gaps = np.array([np.concatenate((gap, np.full(most - len(gap), gap[-1]))) for _, gap in traces])
        out.append(_curve(method, "trials", np.arange(1, most + 1), gaps, rules))
        held = np.array([science.held_at(ends, gap, places) for ends, gap in traces])
        out.append(_curve(method, "seconds", places, held, rules))
    return tuple(out)


def _trace(one: Round, best: float, rules: Rules, exact: bool) -> tuple[np.ndarray, np.ndarray]:
    """When each trial ended, and the regret from then on."""
    ends = np.array([trial.began + trial.seconds for trial in one.search.trials])
    if exact:
        gap = rules.sign * (best - np.array(one.path))
    else:
        values = np.array(
            [
                trial.value if trial.state == "complete" and trial.value is not None else np.nan
                for trial in one.search.trials
            ]
        )
        gap = science.regret(values, best, rules.direction)
    return np.maximum.accumulate(ends), np.asarray(gap)


def _curve(method: str, by: str, x: np.ndarray, gaps: np.ndarray, rules: Rules) -> Curve:
    there = ~np.isnan(gaps).any(axis=0)
    found = science.band(gaps[:, there], level=rules.level) if there.any() else None

    def listed(values: np.ndarray | None) -> tuple[float, ...]:
        return () if values is None else tuple(float(v) for v in values)

    return Curve(
        method=method,
        by="trials" if by == "trials" else "seconds",
        quantity="regret",
        x=listed(x[there]),
        middle=listed(None if found is None else found.mean),
        low=listed(None if found is None else np.where(found.mean >= 0, np.maximum(found.low, 0.0), found.low)),
        high=listed(None if found is None else found.high),
        lower=listed(None if found is None else found.lower),
        upper=listed(None if found is None else found.upper),
    )


def importances(searches: Sequence[Search], space: Space, *, seed: int = 0) -> tuple[Importance, ...]:
    """Of every parameter, from all trials that completed; none where they are fewer than 20."""
    done = [(k, trial) for k, each in enumerate(searches) for trial in each.trials if trial.state == "complete"]
    values = np.array([np.nan if trial.value is None else trial.value for _, trial in done])
    names = [name for name, _ in space.ordered()]
    if len(done) < _FEWEST or len(names) < 2:
        return ()
    x = np.array(
        [
            [unit(space, name, trial.params.get(name)) if name in trial.params else np.nan for name in names]
            for _, trial in done
        ]
    )
    kinds = [space.parameters[name] for name in names]
    found = science.importance(
        x,
        values,
        categories=tuple(len(kind.options) if isinstance(kind, Choice) else 0 for kind in kinds),
        searches=np.array([k for k, _ in done]),
        seed=seed,
    )
    out = [
        Importance(
            parameter=name,
            share=float(found.total[j]),
            low=float(found.low[j]),
            high=float(found.high[j]),
            alone=float(found.alone[j]),
        )
        for j, name in enumerate(names)
    ]
    return tuple(sorted(out, key=lambda one: -one.share))


def unit(space: Space, name: str, value: Value) -> float:
    """A value in 0 … 1 of its range, on its scale; of a choice, which option it is.

    >>> from cutaway.tuning.space import Float, Space
    >>> round(unit(Space({"C": Float(0.01, 100, log=True)}), "C", 1.0), 6)
    0.5
    """
    kind = space.parameters[name]
    if isinstance(kind, Choice):
        return float(next(k for k, option in enumerate(kind.options) if same(option, value)))
    low, high, at = float(kind.low), float(kind.high), float(value)  # type: ignore[arg-type]
    if kind.log:
        low, high, at = math.log(low), math.log(high), math.log(at)
    return min(max((at - low) / (high - low), 0.0), 1.0)
