"""What is new in a mail, and what it only repeats.

Every mailer marks the mail it answers differently. The markers of Gmail, Outlook, Apple Mail and iPhone, Thunderbird,
QQ, Foxmail and NetEase (163) are known, in Chinese and English. When in doubt everything counts as new: words are never
lost.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

# The sentence above a quote: the day, the hour and a name, then this word, as in "On Friday at 10:00 Li Lei wrote:".
_WROTE = re.compile(r"(?:wrote|写道|寫道|写到)[^\S\n]*[:：][^\S\n]*$", re.IGNORECASE | re.MULTILINE)
_ATTRIBUTION_START = re.compile(r"[>\s]*(?:(?:on|at)\b|在|于)|[>\s]*\d{4}[-/年]", re.IGNORECASE)
_WHEN_OR_WHO = re.compile(r"\d{1,4}\s*[-/.年月]|\d{1,2}:\d{2}|@")
_ATTRIBUTION_LINES = 3

_ORIGINAL = "|".join(
    (
        r"original(?:\s+message)?",
        r"forwarded\s+message",
        r"replied\s+message",
        "原始邮件",
        "原始郵件",
        "原邮件",
        "(?:回复|转发)的?原?邮件(?:信息)?",
    )
)
_FROM = "发件人|寄件者|寄件人|from"
_SUBJECT = "主题|主旨|主題|subject"
_SPACE = r"[^\S\n]*"

# A line of dashes with a title, or the block of headers that Outlook and Foxmail repeat.
_SEPARATOR = re.compile(
    rf"^{_SPACE}(?:"
    rf"-{{2,}}{_SPACE}(?:{_ORIGINAL}){_SPACE}-{{2,}}"
    rf"|_{{20,}}{_SPACE}\n{_SPACE}(?:{_FROM}){_SPACE}[:：].*"
    rf"|(?:{_FROM}){_SPACE}[:：][^\n]+\n(?:[^\n:：]{{1,14}}[:：][^\n]*\n){{0,5}}{_SPACE}(?:{_SUBJECT}){_SPACE}[:：].*"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)

_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Words:
    """The words of a mail. Both together are everything that was in it."""

    fresh: str
    quoted: str = ""


def split_text(text: str) -> Words:
    """Separate what is new in a plain body from what it quotes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    cut = min(_separator_at(text), _attribution_at(text), _trailing_quote_at(text))
    return _unless_empty(text, Words(text[:cut].strip(), text[cut:].strip()))


def split_html(html: str) -> Words:
    """The same for a formatted body, by the elements in which mailers wrap what they quote."""
    reader = _Reader()
    reader.feed(_well_formed(html))
    reader.close()
    fresh, quoted = _tidy("".join(reader.fresh)), _tidy("".join(reader.quoted))
    if not fresh:
        return split_text(quoted)
    words = split_text(fresh)
    return Words(words.fresh, _tidy(f"{words.quoted}\n{quoted}"))


def _separator_at(text: str) -> int:
    match = _SEPARATOR.search(text)
    return match.start() if match else len(text)


def _attribution_at(text: str) -> int:
    """Where "… wrote:" starts, if nothing but the quote follows; answers between quoted lines stay where they are."""
    for wrote in _WROTE.finditer(text):
        below = [line for line in text[wrote.end() :].splitlines() if line.strip()]
        marked = [line for line in below if line.lstrip().startswith(">")]
        start = _attribution_start(text, wrote.end())
        if start is not None and (not marked or len(marked) == len(below)):
            return start
    return len(text)


def _attribution_start(text: str, end: int) -> int | None:
    """Where the sentence starts that ends with "wrote:"; long ones are folded over a few lines."""
    starts = [end]
    for _ in range(_ATTRIBUTION_LINES):
        starts.append(text.rfind("\n", 0, max(starts[-1] - 1, 0)) + 1)
    candidates = [start for start in reversed(starts[1:]) if _ATTRIBUTION_START.match(text, start, end)]
    candidates.append(starts[1])
    return next((start for start in candidates if _WHEN_OR_WHO.search(text, start, end)), None)


def _trailing_quote_at(text: str) -> int:
    """Where the block of > lines starts that ends the text."""
    lines = text.splitlines(keepends=True)
    while lines and lines[-1].lstrip().startswith((">", "\n")):
        lines.pop()
    return len("".join(lines))


def _unless_empty(text: str, words: Words) -> Words:
    return words if words.fresh else Words(text)


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


_MARKING = ("class", "id", "style", "type")


def _well_formed(html: str) -> str:
    """The same document parsed as a browser would, with nothing in it that could upset a simple reader."""
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"includetail", "font", "section"},
        attributes={"*": set(_MARKING)},
        link_rel=None,
    )


_QUOTE_CLASSES = frozenset(("gmail_quote", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix", "zmail_extra"))
_QUOTE_IDS = frozenset(("isReplyContent", "isForwardContent", "mail-editor-reference-message-container"))
_REST_IDS = frozenset(("divRplyFwdMsg", "appendonsend", "reply-intro", "OLK_SRC_BODY_SECTION"))
_REST_STYLE = re.compile(r"border-top:\s*solid\s+#(?:e1e1e1|b5c4df)", re.IGNORECASE)

_VOID = frozenset(("br", "hr", "img", "wbr", "col", "area", "input"))
_LINES = frozenset(("div", "tr", "li", "section"))
_PARAGRAPHS = frozenset(("p", "table", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "pre"))


def _wraps_quote(tag: str, attributes: dict[str, str]) -> bool:
    return (
        tag == "includetail"
        or (tag == "blockquote" and attributes.get("type") == "cite")
        or bool(_QUOTE_CLASSES.intersection(attributes.get("class", "").split()))
        or attributes.get("id") in _QUOTE_IDS
    )


def _starts_quoted_rest(attributes: dict[str, str]) -> bool:
    return attributes.get("id") in _REST_IDS or bool(_REST_STYLE.search(attributes.get("style", "")))


class _Reader(HTMLParser):
    """Collects the words of a well-formed document on two sides: fresh and quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fresh: list[str] = []
        self.quoted: list[str] = []
        self._open = 0
        self._quoted_from: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)
        if tag in _VOID:
            return
        attributes = {name: value or "" for name, value in attrs}
        self._open += 1
        if self._quoted_from is None and _starts_quoted_rest(attributes):
            self._quoted_from = 0
        elif self._quoted_from is None and _wraps_quote(tag, attributes):
            self._quoted_from = self._open

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        if self._open == self._quoted_from:
            self._quoted_from = None
        self._open -= 1

    def handle_data(self, data: str) -> None:
        self._side().append(" ".join(data.split("\n")))

    def _break(self, tag: str) -> None:
        side = self._side()
        if tag == "br":
            side.append("\n")
        elif tag in _PARAGRAPHS:
            side.append("\n\n")
        elif tag in _LINES and side and not side[-1].endswith("\n"):
            side.append("\n")
        elif tag in ("td", "th"):
            side.append(" ")

    def _side(self) -> list[str]:
        return self.fresh if self._quoted_from is None else self.quoted
