"""The table of a crash run, for the screen and for docs/faults.md."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.crash.run import Result

PAGE = Path(__file__).parent.parent.parent / "docs" / "faults.md"

HEADING = "## Results\n"

KILLS = ("gateway killed", "worker killed", "schedule killed", "Redis killed and wiped", "PostgreSQL crashed")

ROWS: Mapping[str, Callable[[Result], object]] = {
    "minutes of load": lambda result: f"{result.minutes:g}",
    **{kill: (lambda result, kill=kill: result.trouble[kill]) for kill in KILLS},  # type: ignore[misc]
    "times a provider misbehaved": lambda result: _misbehaved(result.trouble),
    "messages that customers wrote": lambda result: result.said,
    "… of them answered with success": lambda result: result.taken,
    "… stored": lambda result: result.stored,
    "replies that the API accepted": lambda result: result.promised,
    "messages that customers saw": lambda result: result.heard,
    "matters settled": lambda result: result.settled,
    "parts shown as `unknown`": lambda result: result.unknown,
    "mails that came again under their Message-ID": lambda result: result.folded,
}


def table(results: Sequence[Result]) -> str:
    """A Markdown table with one column for each run; what must be zero stands at its end."""
    head = ["", *(result.title for result in results)]
    rows = [[name, *(str(figure(result)) for result in results)] for name, figure in ROWS.items()]
    names = results[0].differences.counts()
    zeros = [[f"**{_words(name)}**", *(f"**{each.differences.counts()[name]}**" for each in results)] for name in names]
    lines = [head, ["---", *("---:" for _ in results)], *rows, *zeros]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(results: Sequence[Result], said: str) -> None:
    """Put the table into docs/faults.md."""
    text = PAGE.read_text()
    PAGE.write_text(f"{text.partition(HEADING)[0]}{HEADING}\n{said}\n\n{table(results)}\n")


def _misbehaved(trouble: Counter[str]) -> int:
    return sum(count for name, count in trouble.items() if name not in KILLS)


def _words(name: str) -> str:
    return name.replace("_", " ")
