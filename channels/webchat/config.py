"""What an operator sets for the chat of one site."""

from dataclasses import dataclass

from yarl import URL

from channels.config import setting
from channels.webchat.form import FIELDS, Questions
from channels.webchat.identity import readable_mailbox

SECRET_LENGTH = 16

PRECHAT = ("none", "optional", "required")


@dataclass(frozen=True)
class WebChatConfig:
    """The chat of one site."""

    site_secret: str = setting(
        "The site signs its customers' identity with this; 16 characters or more, only on servers",
        secret=True,
        example="16 characters or more",
    )
    visitor_secret: str = setting(
        "We sign visitors' tokens with this; 16 characters or more", secret=True, example="16 others or more"
    )
    origins: str = setting("Sites that may open the chat, such as https://www.example.com, by commas", default="")
    title: str = setting("The heading of the chat window", default="")
    greeting: str = setting("What visitors read before anybody wrote", default="")

    prechat: str = setting(
        "Whether visitors are asked who they are before they write: none, optional or required", default="none"
    )
    prechat_fields: str = setting(
        "What they are asked, by commas: name, email, phone, question", default="name, email, question"
    )
    consent: str = setting("What visitors must agree to before they write; empty asks for nothing", default="")

    mails_from: str = setting(
        "The mailbox whose e-mail account sends answers after visitors who are gone; empty: that of the oldest account",
        default="",
        example="service@example.com",
    )

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The sites besides our own."""
        return frozenset(origin.lower().rstrip("/") for origin in _words(self.origins))

    @property
    def questions(self) -> Questions | None:
        """What visitors are asked before they write."""
        if self.prechat == "none" and not self.consent:
            return None
        fields = () if self.prechat == "none" else _words(self.prechat_fields)
        return Questions(fields, self.prechat == "required", self.consent)

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        short = [name for name in ("site_secret", "visitor_secret") if len(getattr(self, name)) < SECRET_LENGTH]
        problems = [f"{name}: at least {SECRET_LENGTH} characters" for name in short]
        if self.site_secret == self.visitor_secret:
            problems.append("visitor_secret: must differ from site_secret, which the site knows")
        problems += [
            f"origins: {origin} is not of the form https://www.example.com"
            for origin in sorted(self.allowed_origins)
            if not _is_origin(origin)
        ]
        if self.prechat not in PRECHAT:
            problems.append(f"prechat: one of {', '.join(PRECHAT)}")
        problems += [
            f"prechat_fields: {field} is none of {', '.join(FIELDS)}"
            for field in _words(self.prechat_fields)
            if field not in FIELDS
        ]
        if self.mails_from and not readable_mailbox(self.mails_from):
            problems.append(f"mails_from: {self.mails_from!r} is no e-mail address")
        return problems


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _is_origin(text: str) -> bool:
    try:
        url = URL(text)
        return url.scheme in ("http", "https") and bool(url.host) and str(url.origin()) == text
    except ValueError:
        return False
