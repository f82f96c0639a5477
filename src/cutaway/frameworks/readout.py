"""Which rates a framework's metric reports, under which names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cutaway.core.errors import InputError
from cutaway.science.metrics.confusion_rates import RATES, f_beta_rate
from cutaway.science.metrics.rate import Rate

DEFAULT = ("recall", "precision", "f1")


@dataclass(frozen=True)
class Readout:
    """`average`: None for the positive class of two and every class of more; "each", "micro", "macro", "weighted"."""

    rates: tuple[Rate, ...]
    classes: int
    labels: tuple[str, ...] = ()
    average: Any = None
    undefined: Any = math.nan
    prefix: str = ""

    @classmethod
    def of(
        cls,
        classes: int | Sequence[str],
        rates: Sequence[str] | str = DEFAULT,
        *,
        average: str | None = None,
        undefined: float | str | None = None,
        prefix: str = "",
    ) -> Readout:
        """From names of rates; `classes` are their names, or how many.

        Raises: InputError for an unknown rate or average, or classes of one name.
        """
        labels = () if isinstance(classes, int) else tuple(str(label) for label in classes)
        if len(set(labels)) < len(labels):
            raise InputError(f"classes: expected each name once, got {labels}; rename one")
        if average not in (None, "each", "micro", "macro", "weighted"):
            raise InputError(f"average: expected 'each', 'micro', 'macro' or 'weighted', got {average!r}")
        if isinstance(undefined, str) and undefined != "omit":
            raise InputError(f"undefined: expected a number or 'omit', got {undefined!r}")
        return cls(
            tuple(_rate(rate) for rate in ([rates] if isinstance(rates, str) else rates)),
            classes if isinstance(classes, int) else len(labels),
            labels,
            average,
            math.nan if undefined is None else undefined,
            prefix,
        )

    def over(self, matrix: Any) -> dict[str, Any]:
        """Every rate of counts (K, K) as a scalar, by its name: recall, recall_cat, macro_recall."""
        found = {}
        for rate in self.rates:
            average = self._average(rate)
            value = rate.over(matrix, average=average, undefined=self.undefined)
            for i, (name, _) in enumerate(self._names(rate)):
                found[name] = value[i] if average == "each" else value
        return found

    def series(self) -> Iterator[tuple[str, Rate, str]]:
        """The name of every value, its rate, and in words what of: "of cat", "(macro)", or nothing."""
        for rate in self.rates:
            for name, of in self._names(rate):
                yield name, rate, of

    def _average(self, rate: Rate) -> Any:
        return None if rate.whole else self.average or (None if self.classes == 2 else "each")

    def _names(self, rate: Rate) -> list[tuple[str, str]]:
        average = self._average(rate)
        if average == "each":
            labels = self.labels or tuple(map(str, range(self.classes)))
            return [(f"{self.prefix}{rate.name}_{label}", f"of {label}") for label in labels]
        if average:
            return [(f"{self.prefix}{average}_{rate.name}", f"({average})")]
        return [(self.prefix + rate.name, "")]

    def config(self) -> dict[str, Any]:
        """The arguments of `of`, without the prefix, as JSON can hold them."""
        undefined = self.undefined
        return {
            "classes": list(self.labels) or self.classes,
            "rates": [rate.name for rate in self.rates],
            "average": self.average,
            "undefined": None if isinstance(undefined, float) and math.isnan(undefined) else undefined,
        }


def _rate(name: str) -> Rate:
    if name in RATES:
        return RATES[name]
    try:
        return f_beta_rate(float(name.removeprefix("f")))
    except ValueError:
        raise InputError(f"rates: expected names among {', '.join(RATES)}, or f2, f0.5, …, got {name!r}") from None
