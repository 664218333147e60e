"""Documentation that can be checked is."""

import re
from pathlib import Path

import pytest

from runtime.settings import SETTINGS, settings_page

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_settings_page_is_the_one_that_the_code_writes() -> None:
    """`make docs` writes it."""
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == settings_page()


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
