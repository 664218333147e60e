"""Rendering: a template and data become text. Unknown variables are errors, never blanks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from conversations.language import nearest

_FOLDER = Path(__file__).parent
_FOLDERS = {"zh-CN": _FOLDER / "zh_CN", "en": _FOLDER / "en"}
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False, trim_blocks=True, lstrip_blocks=True
)
"""Plain text only, so nothing is escaped; pages have an environment of their own."""


class TemplateBroken(Exception):
    """A template cannot be rendered with this data; the message says which and why."""


@dataclass(frozen=True)
class Script:
    """A canned reply (话术): a title to choose it by, a body with variables."""

    key: str
    title: str
    body: str


@lru_cache
def scripts(language: str) -> tuple[Script, ...]:
    """The canned replies in the shipped language nearest to this one, by key."""
    folder = _FOLDERS[nearest(language)] / "scripts"
    return tuple(_script(path) for path in sorted(folder.glob("*.txt")))


def render(body: str, context: Mapping[str, object]) -> str:
    """Fill the variables of a template. Raises `TemplateBroken`."""
    try:
        return _ENVIRONMENT.from_string(body).render(context)
    except Exception as error:  # a template may do anything; its author wants to read what
        raise TemplateBroken(f"{type(error).__name__}: {error}") from error


def render_shipped(name: str, language: str, context: Mapping[str, object]) -> str:
    """Render a shipped text such as `survey/question.txt` in the nearest language. Raises `TemplateBroken`."""
    return render(_shipped(_FOLDERS[nearest(language)] / name), context)


def in_every_language(name: str) -> Mapping[str, str]:
    """A shipped text that needs no data, by language. Raises `TemplateBroken`."""
    return {language: render_shipped(name, language, {}) for language in _FOLDERS}


@lru_cache
def _shipped(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\n")


def _script(path: Path) -> Script:
    """The first line is the title behind a `#`, the rest the body."""
    title, _, body = _shipped(path).partition("\n")
    return Script(key=path.stem, title=title.removeprefix("#").strip(), body=body.strip())
