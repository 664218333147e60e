"""What a person reads when Huiliu is ready."""

from collections.abc import Iterable

from huiliu.administrator import ADMIN, console_address
from huiliu.demo import Addresses
from huiliu.screen import screen
from runtime.settings import Settings

Line = tuple[str, str, str]
"""What it is, its address, and what one does there."""


def serving(settings: Settings, token: str | None) -> None:
    """`huiliu serve` is ready."""
    _show(settings, [("Console", console_address(settings, token), _how_to_sign_in(token))])


def demonstrating(settings: Settings, addresses: Addresses) -> None:
    """`huiliu demo` is ready."""
    lines = [
        ("Console", addresses.console, _how_to_sign_in("/link/" in addresses.console)),
        ("Lab", addresses.lab, "write as a customer: by WeChat, SMS and e-mail"),
        ("Web chat", addresses.chat, "a shop's page with the chat on it"),
    ]
    _show(settings, lines)


def _how_to_sign_in(first: object) -> str:
    return "this link signs you in once; then choose a password" if first else f"sign in as {ADMIN}"


def _show(settings: Settings, lines: Iterable[Line]) -> None:
    out = screen()
    out.print("\n[bold]Huiliu 汇流 is ready.[/bold]\n")
    for title, address, note in lines:
        out.print(f"  [bold]{title:<9}[/bold] {note}\n            [cyan]{address}[/cyan]\n")
    out.print(f"  Ctrl-C stops everything. What was written stays in {settings.data_dir}.\n", markup=False)
