"""Does a column look like a sampling weight?"""

from __future__ import annotations

import re

from cutaway.checks.run.subject import Feature

# Names that survey data sets give their weights (fnlwgt of the US census extract, pweight of Stata, perwt and hhwt of
# IPUMS, …).
_NAME = re.compile(
    r"(^|_|\b)(weights?|wgts?|wts?|p?weight|fnlwgt|perwt|hhwt|finalwt|sampwt|wtfinl|svywt)($|_|\b|\d)", re.IGNORECASE
)
# Body, vehicle or parcel weights vary by a third of their mean or less (adults: 0.2); weights of unequal sampling
# vary more: Kish's design effect 1 + cv² is above 1.25 only from cv = 0.5 on, below which leaving them out changes
# little.
_LEAST_SPREAD = 0.5


def weight_like(feature: Feature) -> bool:
    """A number with a weight's name, never negative, nothing missing, and unequal enough to matter."""
    return (
        feature.spec.kind == "number"
        and bool(_NAME.search(feature.name))
        and feature.low >= 0
        and not feature.missing.sum()
        and feature.sd > _LEAST_SPREAD * feature.mean
    )
