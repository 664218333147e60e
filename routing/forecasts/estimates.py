"""What independent runs say about the truth: their mean, and the interval that holds the truth 19 times of 20."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev

FEWEST = 5
"""Runs that there must be: `student` is not exact enough for fewer."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean, and its confidence interval."""

    value: float
    low: float
    high: float


def estimate(values: Sequence[float], most: float | None = None) -> Estimate | None:
    """The mean of runs, never below 0 nor above `most`; None when too few runs have the figure."""
    if len(values) < FEWEST:
        return None
    value = fmean(values)
    margin = student(len(values) - 1) * stdev(values) / sqrt(len(values))
    high = value + margin if most is None else min(value + margin, most)
    return Estimate(value, max(value - margin, 0), high)


def student(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's t, to three digits from 4 degrees of freedom on.

    By its expansion about the normal quantile (Abramowitz and Stegun, 26.7.5).
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(degrees) ** power for power, term in enumerate(terms, start=1))
