"""What comes in to a channel, almost genuine: every fixture of it, broken, with and without a signature."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from channels.contract import Channel, Surroundings, WebhookRequest
from channels.registry import CHANNELS
from conversations.errors import PayloadUnreadable, SignatureInvalid
from conversations.ids import AccountId
from tests.fuzz.wounds import noise, wounded
from tests.support.http_file import read_http
from tests.support.sampler import Sampler, folder_of, sampler_of
from tests.support.surroundings import NOW

NAMED = (SignatureInvalid, PayloadUnreadable)
"""With these a channel says no (`channels.contract.Channel`)."""

NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Door:
    """One kind of channel, and every request it is known to be given."""

    channel: Channel
    sampler: Sampler
    requests: tuple[WebhookRequest, ...]

    def knock(self, random: Random) -> None:
        """Bring something that is not genuine. Raises whatever the channel raises that it should not."""
        request = self._broken(random.choice(self.requests), random)
        try:
            self.channel.verify(request)
            parsed = self.channel.parse(request)
        except NAMED:
            return
        assert self.channel.parse(request) == parsed, "the same request must always mean the same"
        assert str(parsed).encode(errors="strict") is not None, "what cannot be written down must not come in"

    def _broken(self, request: WebhookRequest, random: Random) -> WebhookRequest:
        body = wounded(request.body, random) if random.random() < 0.8 else noise(random)
        if random.random() < 0.8:
            return self.sampler.sign(replace(request, body=body))
        signed = self.sampler.sign(request)
        return replace(
            signed,
            body=random.choice((body, signed.body)),
            query=_broken_texts(signed.query, random),
            headers=_broken_texts(signed.headers, random),
        )


def door(kind: str, around: Surroundings) -> Door:
    """The door of a kind of channel."""
    sampler = sampler_of(kind)
    channel = CHANNELS[kind].create(AccountId("account"), sampler.settings(NOBODY), around)
    requests = [read_http(case, NOW) for case in sorted(folder_of(kind).glob("*.http"))]
    return Door(channel, sampler, tuple(requests))


def _broken_texts(texts: Mapping[str, str], random: Random) -> dict[str, str]:
    """As the gateway hands them over: text, whatever the bytes were."""
    return {
        name: text if random.random() < 0.5 else wounded(text.encode(), random).decode(errors="replace")
        for name, text in texts.items()
    }
