"""Documentation that can be checked is."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from aiohttp.web import RouteTableDef

import gateway
from huiliu import reference
from huiliu.__main__ import main
from runtime.settings import SETTINGS, settings_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_settings_page_is_the_one_that_the_code_writes() -> None:
    """`make docs` writes it."""
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == settings_page()


@pytest.mark.parametrize("name", reference.PAGES)
def test_reference_pages_are_those_that_the_code_writes(name: str) -> None:
    """`make docs` writes them."""
    assert (ROOT / "docs" / "reference" / f"{name}.md").read_text() == reference.PAGES[name]()


def test_every_command_and_option_is_explained_in_a_sentence() -> None:
    commands = dict(_commands("huiliu", main))
    assert [path for path, command in commands.items() if not (command.help or "").split("\n")[0].endswith(".")] == []
    options = [each for command in commands.values() for each in command.params if isinstance(each, click.Option)]
    assert [option.name for option in options if not (option.help or "").endswith(".")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_pages_name_exist(page: Path) -> None:
    """At the start of a line, or in code."""
    named = re.findall(r"(?:^ *|`|-m )huiliu((?: [a-z]+)+)", page.read_text(), re.MULTILINE)
    assert [words for words in named if not _is_command(words.split())] == []


def test_every_route_is_on_the_page() -> None:
    """All but the console's own pages, and each once."""
    shown = [table for tables in reference.ROUTES.values() for table in tables]
    assert sorted(map(id, shown)) == sorted(map(id, _route_tables()))


def test_every_setting_is_explained_in_a_sentence() -> None:
    assert [info.variable for info in SETTINGS if not info.help.endswith(".")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_settings_that_pages_name_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)(?=`|$|\s+#)", text, re.MULTILINE)) <= TARGETS
    assert set(re.findall(r"\bHUILIU_[A-Z_]*[A-Z]\b", text)) <= {info.variable for info in SETTINGS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(f"{path} {name}", inner)


def _is_command(words: list[str]) -> bool:
    """Whether these words begin with a command; what follows it are its arguments."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


def _route_tables() -> Iterator[RouteTableDef]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        if not module.name.startswith("gateway.console"):
            found = getattr(import_module(module.name), "routes", None)
            if isinstance(found, RouteTableDef):
                yield found
