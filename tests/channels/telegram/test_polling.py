"""How updates are asked for, kept together, and confirmed."""

import orjson
import pytest

from channels.contract import WebhookReply, WebhookRequest
from channels.telegram.channel import TelegramChannel
from conversations.errors import Misconfigured, SendError
from conversations.inbound import Fragment, InboundMessage
from tests.channels.telegram.sampler import at, done, fields, refusal
from tests.support.ears import CommitFailed, MemoryEar
from tests.support.provider import Provider, Scripted, says
from tests.support.surroundings import NOW

CHAT = {"id": 1111111, "type": "private", "first_name": "Test"}
PERSON = {"id": 1111111, "is_bot": False, "first_name": "Test"}


def update(number: int, **message: object) -> dict[str, object]:
    body = {"message_id": number, "from": PERSON, "chat": CHAT, "date": 1763697600, **message}
    return {"update_id": number, "message": body}


def photo(number: int, album: str) -> dict[str, object]:
    size = {"file_id": f"f{number}", "file_unique_id": f"u{number}", "width": 90, "height": 90}
    return update(number, media_group_id=album, photo=[size])


async def listen(channel: TelegramChannel, ear: MemoryEar) -> None:
    """Until Telegram has nothing scripted any more, or a commit fails."""
    with pytest.raises((CommitFailed, SendError)):
        await channel.listen(ear)


END = refusal(400, "Bad Request: the script has ended")


async def test_updates_are_forgotten_by_telegram_only_when_committed(
    poller: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("getUpdates"), says(done([update(7, text="一"), update(8, text="二")])), says(done([])), END)
    ear = MemoryEar(poller)
    await listen(poller, ear)
    assert [event.key for event in ear.events if isinstance(event, InboundMessage)] == ["7", "8"]
    assert [taken.cursor for taken in ear.taken] == ["9"]
    asked = [fields(request) for request in provider.requests(at("getUpdates"))]
    assert [each["offset"] for each in asked] == ["0", "9", "9"]
    assert orjson.loads(asked[0]["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]


async def test_what_cannot_be_committed_is_asked_for_again(poller: TelegramChannel, provider: Provider) -> None:
    provider.answers(at("getUpdates"), says(done([update(7, text="一")])))
    ear = MemoryEar(poller)
    for _ in range(2):
        ear.fail_once()
        await listen(poller, ear)
    assert ear.events == []
    assert [fields(request)["offset"] for request in provider.requests(at("getUpdates"))] == ["0", "0"]


async def test_an_album_is_handed_over_as_the_pieces_of_one_message(
    poller: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("getUpdates"), says(done([photo(7, "a"), photo(8, "a")])), says(done([photo(9, "a")])), END)
    ear = MemoryEar(poller)
    await listen(poller, ear)
    assert [event.fragment for event in ear.events if isinstance(event, InboundMessage)] == [
        Fragment(reference="a", number=number, total=0) for number in (7, 8, 9)
    ]


async def test_an_update_that_nobody_knows_holds_nothing_up(poller: TelegramChannel, provider: Provider) -> None:
    page = [{"update_id": 7, "message": {"chat": "?"}}, update(8, text="一")]
    provider.answers(at("getUpdates"), says(done(page)), END)
    ear = MemoryEar(poller)
    await listen(poller, ear)
    assert [type(event).__name__ for event in ear.events] == ["Unknown", "InboundMessage"]


TAP = {
    "id": "q1",
    "from": PERSON,
    "chat_instance": "1",
    "data": "5",
    "message": {"message_id": 1, "chat": CHAT, "date": 0},
}


@pytest.mark.parametrize("answer", [says(done(True)), refusal(400, "Bad Request: query is too old")])
async def test_taps_are_answered_once_committed(answer: Scripted, poller: TelegramChannel, provider: Provider) -> None:
    page = [{"update_id": 7, "callback_query": TAP}]
    provider.answers(at("getUpdates"), says(done(page)), END)
    provider.answers(at("answerCallbackQuery"), answer)
    ear = MemoryEar(poller)
    await listen(poller, ear)
    assert [request.path for request in provider.received] == [
        at(method) for method in ("getUpdates", "answerCallbackQuery", "getUpdates")
    ]
    assert len(ear.events) == 1


async def test_somebody_elses_polling_is_named(poller: TelegramChannel, provider: Provider) -> None:
    provider.answers(at("getUpdates"), refusal(409, "Conflict: can't use getUpdates method while webhook is active"))
    with pytest.raises(Misconfigured, match="deleteWebhook"):
        await poller.listen(MemoryEar(poller))


async def test_with_a_webhook_nothing_is_polled(channel: TelegramChannel, provider: Provider) -> None:
    await channel.listen(MemoryEar(channel))
    assert provider.received == []


def test_a_poller_takes_nothing_at_the_door(poller: TelegramChannel, channel: TelegramChannel) -> None:
    """What the listener fetched needs no proof; the door never has this method."""
    fetched = WebhookRequest(
        method="UPDATE", url="telegram:getUpdates", body=orjson.dumps(update(7, text="一")), received_at=NOW
    )
    poller.verify(fetched)
    assert poller.parse(fetched).reply == WebhookReply()
