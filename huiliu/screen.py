"""What commands show: tables, lines, and progress bars where somebody is looking."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

PIPE_WIDTH = 1000
"""Columns of a line that goes to a file or another program, so that nothing is cut off."""


def screen(*, errors: bool = False) -> Console:
    """Standard output, or standard error. Addresses are never broken into two lines."""
    console = Console(stderr=errors, highlight=False, soft_wrap=True, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def show_table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print rows in columns."""
    table = Table(*titles, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    screen().print(table, soft_wrap=False)


def progress() -> Progress:
    """A progress bar on standard error; nothing is drawn where nobody is looking."""
    console = screen(errors=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
