"""What a provider answers when it is called: anything, and sending ends well or with one of the errors for it."""

from random import Random

from channels.contract import Channel, Outgoing, Surroundings
from channels.registry import CHANNELS
from conversations.errors import SendError
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Text
from tests.fuzz.wounds import noise, wounded
from tests.support.provider import Provider, Scripted
from tests.support.sampler import HttpSending, sampler_of

KINDS = tuple(sorted(kind for kind in CHANNELS if sampler_of(kind).sending))
"""Channels that call their provider by HTTP."""

STATUSES = (200, 200, 200, 201, 204, 301, 400, 403, 404, 429, 500, 503)

SAMPLES = (
    b'{"errcode":0,"errmsg":"ok","msgid":1,"access_token":"t","expires_in":7200}',
    b'{"Code":"OK","BizId":"1","Response":{"SendStatusSet":[{"SerialNo":"1","Code":"Ok"}],"RequestId":"1"}}',
    b'{"sid":"SM1","status":"queued","code":21610,"message":"no"}',
    b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}},"parameters":{"retry_after":1}}',
)


class Called:
    """One kind of channel whose provider answers nonsense."""

    def __init__(self, kind: str, around: Surroundings, provider: Provider) -> None:
        sampler = sampler_of(kind)
        assert sampler.sending is not None
        self._sending: HttpSending = sampler.sending
        self._channel: Channel = CHANNELS[kind].create(AccountId("account"), sampler.settings(provider.url), around)
        self._provider = provider
        self._outgoing = Outgoing(
            delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
            conversation=ConversationId("0199d5c0a2f37d4c8e1b000000000002"),
            address=sampler.address,
            part=Text("您好"),
        )
        self._sending.accept(provider)

    async def try_on(self, random: Random) -> None:
        """Send once. Raises whatever the channel raises that it should not."""
        body = wounded(random.choice(SAMPLES), random) if random.random() < 0.8 else noise(random)
        self._provider.answers(self._sending.path, Scripted(status=random.choice(STATUSES), body=body))
        try:
            await self._channel.send(self._outgoing)
        except SendError:
            return
