"""A figure: something measured, what it is compared with, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """`value` is the median of the runs. `ratio`, `min` and `max` are those of the runs' own ratios.

    Each run measures both, one directly after the other, so that what else the machine does touches both alike.
    """

    name: str
    unit: str
    value: float
    compared_with: str
    compared_value: float
    ratio: float
    min: float
    max: float
    runs: int
    aim: str


def compare(name: str, unit: str, compared_with: str, aim: str, pairs: Sequence[tuple[float, float]]) -> Figure:
    """Fold the runs, each of them what was measured and what it is compared with."""
    ratios = [measured / compared for measured, compared in pairs]
    return Figure(
        name=name,
        unit=unit,
        value=median(measured for measured, _ in pairs),
        compared_with=compared_with,
        compared_value=median(compared for _, compared in pairs),
        ratio=median(ratios),
        min=min(ratios),
        max=max(ratios),
        runs=len(pairs),
        aim=aim,
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown."""
    lines = [
        "| figure | measured | compared with | ratio, median (min-max) | aim | runs |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each.name} | {each.value:,.1f} {each.unit} | {each.compared_with}: {each.compared_value:,.1f} {each.unit}"
        f" | **{each.ratio:.2f}** ({each.min:.2f}-{each.max:.2f}) | {each.aim} | {each.runs} |"
        for each in figures
    ]
    return "\n".join(lines)
