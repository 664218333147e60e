"""Languages as BCP 47 tags: what we ship texts in, and a guess where nobody told us."""

CHINESE = "zh-CN"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)


def guess_language(text: str) -> str:
    """Chinese when there is a Chinese character, English when there are only Latin letters, else empty."""
    if any("㐀" <= character <= "鿿" for character in text):
        return CHINESE
    return ENGLISH if any(character.isascii() and character.isalpha() for character in text) else ""


def nearest(language: str) -> str:
    """The shipped language that serves this tag best; Chinese where we do not know."""
    return ENGLISH if language.lower().startswith("en") else CHINESE
