"""Reading an answer to a survey: one tap, a digit, or the words of an option."""

import re
import unicodedata
from functools import cache

from conversations.language import LANGUAGES
from conversations.parts import Choice, Menu, Option, Part, Text
from templates.renderer import render_shipped

SCORES = (1, 2, 3, 4, 5)
_DIGIT = re.compile(r"([1-5])\s*(?:分|points?)?\s*[.。!！]?")


def question(invitation_id: str, language: str) -> Menu:
    """The survey as a menu. The number of an option is its score, so that a digit and a tap mean the same."""
    labels = _labels(language)
    return Menu(
        text=render_shipped("survey/question.txt", language, {}),
        options=tuple(
            Option(id=f"{invitation_id}-{score}", label=label) for score, label in zip(SCORES, labels, strict=True)
        ),
    )


def read_score(parts: tuple[Part, ...], invitation_id: str) -> int | None:
    """The score in a message, or None when the message is about something else."""
    for part in parts:
        if isinstance(part, Choice):
            asked, _, score = part.id.rpartition("-")
            return int(score) if asked == invitation_id and score.isdigit() and int(score) in SCORES else None
        if isinstance(part, Text):
            return _score_in(part.text)
    return None


def could_answer(parts: tuple[Part, ...]) -> bool:
    """Whether it is worth looking for an open question."""
    first = parts[0] if parts else None
    return isinstance(first, Choice) or (isinstance(first, Text) and _score_in(first.text) is not None)


def _score_in(text: str) -> int | None:
    said = unicodedata.normalize("NFKC", text).strip()
    if digit := _DIGIT.fullmatch(said):
        return int(digit[1])
    return _scores_by_word().get(said.casefold())


@cache
def _scores_by_word() -> dict[str, int]:
    """Looked at for everything that customers say."""
    labels = (zip(_labels(language), SCORES, strict=True) for language in LANGUAGES)
    return {label.casefold(): score for each in labels for label, score in each}


def _labels(language: str) -> list[str]:
    return render_shipped("survey/options.txt", language, {}).splitlines()
