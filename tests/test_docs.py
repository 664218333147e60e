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
from channels.config import example_settings, read_config
from channels.registry import CHANNELS
from huiliu import reference
from huiliu.__main__ import main
from runtime.settings import SETTINGS, settings_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
HOWTOS = sorted(ROOT.glob("docs/howto/*.md"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_settings_page_is_the_one_that_the_code_writes() -> None:
    """`make docs` writes it."""
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == settings_page()


@pytest.mark.parametrize("name", reference.PAGES)
def test_reference_pages_are_those_that_the_code_writes(name: str) -> None:
    """`make docs` writes them."""
    assert (ROOT / "docs" / "reference" / f"{name}.md").read_text() == reference.PAGES[name]()


@pytest.mark.parametrize("kind", CHANNELS)
def test_every_kind_of_channel_has_a_page_of_its_own(kind: str) -> None:
    """In its folder, or for senders of short messages in the folder of them all."""
    folder = Path(import_module(CHANNELS[kind].__module__).__file__ or "").parent
    assert any((place / "README.md").exists() for place in (folder, folder.parent))


@pytest.mark.parametrize("kind", CHANNELS)
def test_the_examples_of_settings_are_of_the_form_that_is_asked_for(kind: str) -> None:
    config = CHANNELS[kind].Config
    read_config(config, example_settings(config))


@pytest.mark.parametrize("page", HOWTOS, ids=lambda page: page.stem)
def test_files_that_howtos_name_exist(page: Path) -> None:
    named = re.findall(r"`((?:channels|conversations|lab|tests|docs)/[\w./-]+\.\w+)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_tests_that_prove_the_protocols_exist() -> None:
    page = (ROOT / "docs" / "reference" / "protocol-proofs.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 80
    assert [each for each in named if f"def {each[1]}(" not in (ROOT / each[0]).read_text()] == []
    fixtures = [
        name for line in re.findall(r"fixtures? ((?:`\w+`(?:, )?)+)", page) for name in re.findall(r"\w+", line)
    ]
    assert len(fixtures) > 30
    assert [name for name in fixtures if not list(ROOT.glob(f"tests/channels/**/fixtures/{name}.http"))] == []


def test_every_command_and_option_is_explained_in_a_sentence() -> None:
    commands = dict(_commands("huiliu", main))
    assert [path for path, command in commands.items() if not (command.help or "").split("\n")[0].endswith(".")] == []
    options = [each for command in commands.values() for each in command.params if isinstance(each, click.Option)]
    assert [option.name for option in options if not (option.help or "").endswith(".")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_pages_name_exist(page: Path) -> None:
    """At the start of a line, or in code."""
    named = re.findall(r"(?:^ *|`|-m )huiliu((?: [a-z]+(?:-[a-z]+)*)+)", page.read_text(), re.MULTILINE)
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
