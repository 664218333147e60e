"""The table of a fuzz run, for the screen and for docs/faults.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "faults.md"

HEADING, NEXT = "### Result\n", "\n## What must hold"


@dataclass(frozen=True)
class Tried:
    """How often something was tried, and the tracebacks of what it should not have raised."""

    name: str
    times: int
    found: tuple[str, ...]


def table(everything: Sequence[Tried]) -> str:
    """A Markdown table; the last column must be zero."""
    rows = [f"| {each.name} | {each.times} | **{len(each.found)}** |" for each in everything]
    return "\n".join(["| | tried | other exceptions |", "| --- | ---: | ---: |", *rows])


def write(everything: Sequence[Tried], said: str) -> None:
    """Put the table into docs/faults.md."""
    before, _, rest = PAGE.read_text().partition(HEADING)
    PAGE.write_text(f"{before}{HEADING}\n{said}\n\n{table(everything)}\n{NEXT}{rest.partition(NEXT)[2]}")
