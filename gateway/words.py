"""The words on the screens. English sentences are the keys; a gettext catalogue holds the other languages."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = {"zh-CN": "中文", "en": "English"}
"""What people may choose, in its own words."""

_THING = re.compile(r"\[\w+\]", re.ASCII)

_FOLDER = Path(__file__).parent / "translations"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every translated sentence of a language; nothing for English."""
    path = _FOLDER / language.replace("-", "_") / "LC_MESSAGES" / "huiliu.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id and each.string}


def translate(language: str, sentence: str, **values: object) -> str:
    """A sentence in a person's language, its `{names}` filled in."""
    words = catalogue(language).get(sentence, sentence)
    return words.format(**values) if values else words


def preview_in(language: str, preview: str) -> str:
    """The last words of a conversation; what is no words, like `[image]`, is named in a person's language."""
    return _THING.sub(lambda found: translate(language, found[0]), preview)


def preferred(accepted: str, default: str) -> str:
    """The language for somebody unknown, from `Accept-Language`."""
    for each in accepted.split(","):
        tag = each.partition(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return default
