"""Settings of a connection to a system of the operator's own."""

from dataclasses import dataclass

from yarl import URL

from channels.config import setting
from channels.http import is_web_address

SHORTEST_SECRET = 16


@dataclass(frozen=True, kw_only=True)
class CustomConfig:
    """One system."""

    url: str = setting(
        "Address of your system that takes our messages, such as https://crm.example.com/huiliu",
        example="https://crm.example.com/huiliu",
    )
    secret: str = setting(
        "Secret of 16 characters or more that both sides sign with", secret=True, example="16 characters or more"
    )
    file_hosts: str = setting(
        "Hosts from which attachments are fetched, such as files.example.com, separated by commas; none without",
        default="",
    )

    @property
    def hosts(self) -> frozenset[str]:
        """Where files may be fetched, each as `host` or `host:port`."""
        return frozenset(filter(None, (each.strip().lower() for each in self.file_hosts.split(","))))

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        odd = ", ".join(sorted(host for host in self.hosts if not _is_host(host)))
        checks = {
            f"url: {self.url!r} is not an http(s) address": is_web_address(self.url),
            f"secret: fewer than {SHORTEST_SECRET} characters can be guessed": len(self.secret) >= SHORTEST_SECRET,
            f"file_hosts: {odd} is no host; write it without https:// and path": not odd,
        }
        return [problem for problem, fine in checks.items() if not fine]


def _is_host(text: str) -> bool:
    return is_web_address(f"https://{text}") and URL(f"https://{text}").host_port_subcomponent == text
