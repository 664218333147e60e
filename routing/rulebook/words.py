"""Words in a text: whole words, and Chinese ones anywhere but inside a phrase that only looks alike."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

WordLists = Mapping[str, tuple[str, ...]]
"""Words by the name of their list."""

COMPLAINT = "complaint"
PERSON = "person"
ABUSE = "abuse"
LOOKALIKE = "lookalike"

_FILE = Path(__file__).with_name("word_lists.toml")

SHIPPED: WordLists = {name: tuple(words) for name, words in tomllib.loads(_FILE.read_text()).items()}
"""The lists as they come with the product."""

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
"""Kana and Chinese characters: written without spaces, so that a word may begin and end anywhere."""

_LETTER = rf"[^\W{_UNSPACED}]"


def finder(words: Iterable[str], lookalikes: Iterable[str] = ()) -> Callable[[str], bool]:
    """Tells whether one of these words is in a text, and not only inside one of the phrases that look alike."""
    wanted = {folded(word) for word in words}
    phrases = [phrase for each in lookalikes if any(word in (phrase := folded(each)) for word in wanted)]
    # A phrase is tried first and swallows the word in it. One that is itself wanted is no lookalike.
    swallowed = "|".join(re.escape(phrase) for phrase in phrases if phrase not in wanted)
    found = "|".join(map(_whole, sorted(wanted, key=len, reverse=True)))
    pattern = re.compile(f"{swallowed}|(?P<word>{found})" if swallowed else f"(?P<word>{found})")
    return lambda text: any(match["word"] is not None for match in pattern.finditer(folded(text)))


def _whole(word: str) -> str:
    """No letter goes on before or after it, unless that is a Chinese one."""
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, word[0]) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, word[-1]) else ""
    return before + re.escape(word) + after


def folded(text: str) -> str:
    """A text as words are compared: capitals and wide letters do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()
