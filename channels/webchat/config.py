"""What an operator sets for the chat of one site."""

from dataclasses import dataclass

from yarl import URL

from channels.config import setting

SECRET_LENGTH = 16


@dataclass(frozen=True)
class WebChatConfig:
    """The chat of one site."""

    site_secret: str = setting(
        "The site signs its customers' identity with this; 16 characters or more, only on servers", secret=True
    )
    visitor_secret: str = setting("We sign visitors' tokens with this; 16 characters or more", secret=True)
    origins: str = setting("Sites that may open the chat, such as https://www.example.com, by commas", default="")
    title: str = setting("The heading of the chat window", default="")
    greeting: str = setting("What visitors read before anybody wrote", default="")

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The sites besides our own."""
        return frozenset(origin.strip().lower().rstrip("/") for origin in self.origins.split(",") if origin.strip())

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
        return problems


def _is_origin(text: str) -> bool:
    try:
        url = URL(text)
        return url.scheme in ("http", "https") and bool(url.host) and str(url.origin()) == text
    except ValueError:
        return False
