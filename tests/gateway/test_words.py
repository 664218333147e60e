"""Everything on the screens can be read in Chinese, and nothing is translated that is not there."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from pathlib import Path

import pytest

from channels.config import describe
from channels.registry import CHANNELS
from conversations.parts import MediaType
from gateway.console.places import BAR, SET_UP
from gateway.words import catalogue, preferred, preview_in, translate

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "gateway" / "console"

_STRING = r'"((?:[^"\\]|\\.)*)"'
_REASON = rf"\bReason\(\s*(?:{_STRING}|'([^']*)')"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def sentences() -> Iterator[str]:
    """What pages and scripts ask for, why routing acts, what is wrong with rules, what settings of channels are."""
    for path in (CONSOLE / "templates").glob("*.html"):
        yield from re.findall(rf"\b_\({_STRING}", path.read_text())
        yield from re.findall(r"\b_\('([^']*)'", path.read_text())
    for path in (CONSOLE / "static").glob("*.js"):
        yield from re.findall(rf"\bt\(\s*{_STRING}", path.read_text())
    for path in (ROOT / "routing").rglob("*.py"):
        yield from (double or single for double, single in re.findall(_REASON, path.read_text()))
        if path.stem in ("actions", "conditions", "forms", "roster", "rules"):
            yield from re.findall(r'(?<!")"([A-Z“][^"]*\.)"(?!")', path.read_text())
    for place in (*BAR, *chain.from_iterable(SET_UP.values())):
        yield from filter(None, (place.name, place.about))
    yield from SET_UP
    yield from (f"[{kind}]" for kind in (*MediaType, "location"))
    for channel in CHANNELS.values():
        yield channel.title
        for setting in describe(channel.Config):
            yield setting.help
            yield setting.name.replace("_", " ").capitalize()


def mentioned() -> str:
    """Every file that may name a sentence: pages, scripts, and what the server says itself."""
    folders = ("gateway", "desk", "routing", "channels", "conversations", "storage")
    found = [
        path for folder in folders for ending in ("py", "js", "html") for path in (ROOT / folder).rglob(f"*.{ending}")
    ]
    return "\n".join(path.read_text() for path in found)


def test_everything_asked_for_is_translated() -> None:
    assert {each for each in sentences() if each not in catalogue("zh-CN")} == set()


def test_nothing_is_translated_that_nobody_says() -> None:
    """Names of states are capitalised where they are shown; titles of errors come from the HTTP standard."""
    text = mentioned()
    phrases = {status.phrase for status in HTTPStatus}
    unsaid = {each for each in catalogue("zh-CN") if each not in text and each.lower() not in text}
    assert unsaid - phrases - set(sentences()) == set()


def test_translations_fill_in_the_same_values() -> None:
    unequal = {
        english
        for english, chinese in catalogue("zh-CN").items()
        if set(_PLACEHOLDER.findall(english)) != set(_PLACEHOLDER.findall(chinese))
    }
    assert unequal == set()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-TW,zh;q=0.9", "zh-CN"), ("fr, en-GB;q=0.8", "en"), ("", "zh-CN"), ("fr", "zh-CN")],
)
def test_strangers_are_spoken_to_in_the_language_of_their_browser(accepted: str, language: str) -> None:
    assert preferred(accepted, "zh-CN") == language


def test_values_are_filled_in() -> None:
    assert translate("zh-CN", "Try again in {seconds} s.", seconds=30) == "请在 30 秒后重试。"


def test_every_kind_of_channel_has_a_mark_and_a_name() -> None:
    """By its kind, or by what stands before the first `_` of it."""
    table = (CONSOLE / "static" / "icons.js").read_text().partition("const CHANNELS = {")[2].partition("\n};")[0]
    marked = dict(re.findall(r"^  (\w+): \{\s*name: \"([^\"]+)\"", table, re.MULTILINE))
    assert {kind for kind in CHANNELS if not {kind, kind.partition("_")[0]} & marked.keys()} == set()
    assert set(marked.values()) <= set(catalogue("zh-CN"))


@pytest.mark.parametrize(
    ("language", "preview", "words"),
    [
        ("zh-CN", "[image] card.png", "[图片] card.png"),
        ("zh-CN", "[voice] [location] 天安门", "[语音] [位置] 天安门"),
        ("zh-CN", "谢谢[微笑] [Moved]", "谢谢[微笑] [Moved]"),
        ("en", "[image] card.png", "[image] card.png"),
    ],
)
def test_what_is_no_words_is_named_in_the_language_of_the_screen(language: str, preview: str, words: str) -> None:
    assert preview_in(language, preview) == words
