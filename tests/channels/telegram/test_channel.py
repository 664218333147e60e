"""What Telegram is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

import subprocess
import sys
from datetime import timedelta

import aiogram.exceptions
import hypothesis
import orjson
import pytest
from aiogram.exceptions import TelegramAPIError

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.telegram.channel import TelegramChannel
from channels.telegram.errors import ERRORS
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Location, Media, MediaType, Menu, Option, Part, Text
from tests.channels.telegram.sampler import TOKEN, at, done, fields, files, refusal, settings
from tests.support.http_file import read_http
from tests.support.mangled import mangled
from tests.support.provider import Provider, Scripted, says
from tests.support.sampler import folder_of
from tests.support.surroundings import NOW

ACCOUNT = AccountId("account")
TEXT = Text("您好 <b>*_")
IMAGE = Media(MediaType.IMAGE, ref="AgAC3")


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("d1"),
        conversation=ConversationId("c1"),
        address=Address("telegram:account/1111111"),
        part=part,
    )


def test_importing_the_channel_does_not_import_aiogram() -> None:
    """It costs every process seconds and 127 MB; only whoever has a bot pays that."""
    code = "import sys, channels.registry; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - code of our own


async def test_a_text_is_sent_as_it_is(channel: TelegramChannel, provider: Provider) -> None:
    accepted = await channel.send(outgoing(TEXT))
    (request,) = provider.requests(at("sendMessage"))
    assert fields(request) == {"chat_id": "1111111", "text": "您好 <b>*_"}, "no parse_mode: nothing in it is markup"
    assert accepted.external_id == "42"


async def test_a_menu_has_a_button_for_each_option(channel: TelegramChannel, provider: Provider) -> None:
    await channel.send(outgoing(Menu("满意吗？", (Option("csat:5", "满意"), Option("csat:1", "不满意")))))
    sent = fields(provider.requests(at("sendMessage"))[0])
    assert sent["text"] == "满意吗？"
    assert orjson.loads(sent["reply_markup"])["inline_keyboard"] == [
        [{"text": "满意", "callback_data": "csat:5"}],
        [{"text": "不满意", "callback_data": "csat:1"}],
    ]


@pytest.mark.parametrize(("id", "buttons"), [("满" * 21, True), ("满" * 21 + "1", True), ("满" * 22, False)])
def test_a_menu_whose_ids_fit_no_button_becomes_words(id: str, buttons: bool, channel: TelegramChannel) -> None:
    """`callback_data` has 64 bytes; a Chinese character has three."""
    menu = Menu("满意吗？", (Option(id, "满意"),))
    assert channel.plan((menu,)) == ((menu,) if buttons else (Text("满意吗？\n1. 满意"),))


@pytest.mark.parametrize(
    ("text", "lengths"),
    [("a" * 4096, [4096]), ("a" * 4097, [4096, 1]), ("😀" * 2048, [2048]), ("😀" * 2049, [2048, 1])],
)
def test_text_is_counted_in_utf16(text: str, lengths: list[int], channel: TelegramChannel) -> None:
    assert [len(part.text) for part in channel.plan((Text(text),)) if isinstance(part, Text)] == lengths


async def test_files_go_where_they_are_shown_as_what_they_are(
    channel: TelegramChannel, provider: Provider, around: Surroundings
) -> None:
    declared = files(around)
    assert channel.plan(declared) == declared
    for part in declared:
        await channel.send(outgoing(part))
    sent = [(request.path.rpartition("/")[2], fields(request)) for request in provider.received]
    assert [(method, [name for key, name in form.items() if key != "chat_id"][-1]) for method, form in sent] == [
        ("sendPhoto", "收据.png"),
        ("sendAnimation", "wave.gif"),
        ("sendVoice", "voice.ogg"),
        ("sendVideo", "clip.mp4"),
        ("sendDocument", "合同.pdf"),
    ]
    assert all(b"the bytes of a file" in request.body for request in provider.received)


async def test_the_name_of_a_file_cannot_end_the_header(
    channel: TelegramChannel, provider: Provider, around: Surroundings
) -> None:
    part = files(around)[-1]
    name = 'a"\r\nContent-Type: text/html\r\n\r\n.pdf'
    await channel.send(outgoing(Media(part.type, name=name, mime=part.mime, size=part.size, digest=part.digest)))
    (request,) = provider.requests(at("sendDocument"))
    assert b"\r\nContent-Type: text/html" not in request.body


@pytest.mark.parametrize(
    ("part", "method", "expected"),
    [
        (Location(31.2, 121.4), "sendLocation", {"latitude": "31.2", "longitude": "121.4"}),
        (
            Location(31.2, 121.4, "外滩"),
            "sendVenue",
            {"latitude": "31.2", "longitude": "121.4", "title": "外滩", "address": "31.2, 121.4"},
        ),
    ],
)
async def test_places_are_sent_as_places(
    part: Part, method: str, expected: dict[str, str], channel: TelegramChannel, provider: Provider
) -> None:
    assert channel.plan((part,)) == (part,)
    await channel.send(outgoing(part))
    assert fields(provider.requests(at(method))[0]) == {"chat_id": "1111111", **expected}


async def test_a_link_becomes_words_and_is_not_sent_unplanned(channel: TelegramChannel) -> None:
    link = Link("https://example.com/help", "帮助")
    assert channel.plan((link,)) == (Text("帮助\nhttps://example.com/help"),)
    with pytest.raises(NotSendable):
        await channel.send(outgoing(link))


async def test_a_file_that_is_gone_cannot_be_sent(channel: TelegramChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Media(MediaType.IMAGE, mime="image/png", digest="0" * 64)))


def test_every_error_of_aiogram_has_a_meaning() -> None:
    found = [each for each in vars(aiogram.exceptions).values() if isinstance(each, type)]
    assert set(ERRORS) == {each for each in found if issubclass(each, TelegramAPIError)}


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (refusal(400, "Bad Request: chat not found"), Rejected),
        (refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), Rejected),
        (refusal(401, "Unauthorized"), Misconfigured),
        (refusal(403, "Forbidden: bot was blocked by the user"), OptedOut),
        (refusal(403, "Forbidden: user is deactivated"), OptedOut),
        (refusal(404, "Not Found"), Misconfigured),
        (refusal(409, "Conflict: terminated by other getUpdates request"), Misconfigured),
        (refusal(413, "Request Entity Too Large"), Rejected),
        (refusal(418, "I'm a teapot"), Rejected),
        (refusal(429, "Too Many Requests: retry after 7", retry_after=7), Throttled),
        (refusal(500, "Internal Server Error"), ProviderUnavailable),
        (refusal(502, "Bad Gateway: restart"), ProviderUnavailable),
        (says({"ok": True}), UnknownOutcome),
        (says({"ok": True, "result": True}), UnknownOutcome),
    ],
)
async def test_telegrams_answer_says_who_must_act(
    scripted: Scripted, expected: type[SendError], channel: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("sendMessage"), scripted)
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "pause"),
    [({"retry_after": 7}, 7), ({"retry_after": "7"}, 30), ({"retry_after": 10**12}, 24 * 3600), ({}, 30)],
)
async def test_the_pause_stands_in_the_body(
    parameters: dict[str, object], pause: int, channel: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("sendMessage"), refusal(429, "Too Many Requests", **parameters))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(TEXT))
    assert caught.value.after == timedelta(seconds=pause)


@pytest.mark.parametrize(("in_doubt", "safe"), [("once", False), ("again", True)])
def test_the_operator_chooses_what_is_done_in_doubt(in_doubt: str, safe: bool, around: Surroundings) -> None:
    channel = TelegramChannel.create(ACCOUNT, {"bot_token": TOKEN, "in_doubt": in_doubt}, around)
    assert channel.capabilities.resend_is_safe is safe


async def test_typing_is_shown(channel: TelegramChannel, provider: Provider) -> None:
    provider.answers(at("sendChatAction"), says(done(True)))
    await channel.tell_typing(Address("telegram:account/1111111"))
    assert fields(provider.requests(at("sendChatAction"))[0]) == {"chat_id": "1111111", "action": "typing"}


async def test_a_customers_file_is_fetched_from_the_api_alone(channel: TelegramChannel, provider: Provider) -> None:
    file = {"file_id": "AgAC3", "file_unique_id": "u3", "file_path": "photos/file_7.jpg"}
    provider.answers(at("getFile"), says(done(file)))
    provider.answers(f"/file/bot{TOKEN}/photos/file_7.jpg", Scripted(body=b"\xff\xd8 of a meter"))
    media = await channel.fetch_media(IMAGE)
    assert (media.content, media.size, media.name) == (b"\xff\xd8 of a meter", 13, "file_7.jpg")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("http://169.254.169.254/latest/meta-data", ProviderUnavailable),
        ("//169.254.169.254/latest", ProviderUnavailable),
        ("@169.254.169.254/latest", ProviderUnavailable),
        ("../../latest", ProviderUnavailable),
        ("", Rejected),
        (None, Rejected),
    ],
)
async def test_no_path_leads_anywhere_else(
    path: str | None, expected: type[SendError], channel: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("getFile"), says(done({"file_id": "a", "file_unique_id": "u", "file_path": path})))
    with pytest.raises(expected):
        await channel.fetch_media(IMAGE)


async def test_a_file_that_is_too_big_is_refused_by_telegram(channel: TelegramChannel, provider: Provider) -> None:
    provider.answers(at("getFile"), refusal(400, "Bad Request: file is too big"))
    with pytest.raises(Rejected, match="too big"):
        await channel.fetch_media(IMAGE)


WEBHOOK = {"has_custom_certificate": False, "pending_update_count": 0}
HERE = "https://huiliu.example/webhooks/account"
ME = {"id": 110201543, "is_bot": True, "first_name": "汇流", "username": "huiliu_bot"}


@pytest.mark.parametrize(
    ("info", "advice"),
    [
        ({"url": ""}, "setWebhook"),
        ({"url": "https://elsewhere.example/hook"}, "another webhook"),
        (
            {"url": HERE, "pending_update_count": 3, "last_error_message": "Wrong response from the webhook: 401"},
            "secret_token",
        ),
    ],
)
async def test_the_check_says_what_is_wrong_with_the_webhook(
    info: dict[str, object], advice: str, channel: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("getMe"), says(done(ME)))
    provider.answers(at("getWebhookInfo"), says(done({**WEBHOOK, **info})))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


async def test_the_check_is_content_when_updates_come_here(
    channel: TelegramChannel, poller: TelegramChannel, provider: Provider
) -> None:
    provider.answers(at("getMe"), says(done(ME)))
    provider.answers(at("getWebhookInfo"), says(done({**WEBHOOK, "url": HERE})))
    await channel.check()
    with pytest.raises(Misconfigured, match="deleteWebhook"):
        await poller.check()
    provider.answers(at("getWebhookInfo"), says(done({**WEBHOOK, "url": ""})))
    await poller.check()


async def test_the_check_tries_the_token(channel: TelegramChannel, provider: Provider) -> None:
    provider.answers(at("getMe"), refusal(401, "Unauthorized"))
    with pytest.raises(Misconfigured, match="BotFather"):
        await channel.check()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"bot_token": "no token"}, "bot_token"),
        ({"bot_token": f"{TOKEN}/getMe"}, "bot_token"),
        ({"mode": "push"}, "mode"),
        ({"webhook_secret": ""}, "webhook_secret"),
        ({"webhook_secret": "密码"}, "webhook_secret"),
        ({"in_doubt": "maybe"}, "in_doubt"),
        ({"api_url": "api.telegram.org"}, "api_url"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        TelegramChannel.create(ACCOUNT, {**settings("https://api.telegram.org"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


BODIES = [read_http(case, NOW).body for case in sorted(folder_of("telegram").glob("*.http"))]


@hypothesis.settings(
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], max_examples=300, deadline=None
)
@hypothesis.given(body=mangled(BODIES))
def test_almost_genuine_requests_do_no_harm(body: bytes, channel: TelegramChannel) -> None:
    """They are read, or called unreadable."""
    request = WebhookRequest(method="POST", url="https://huiliu.example", body=body, received_at=NOW)
    try:
        parsed = channel.parse(request)
    except PayloadUnreadable:
        return
    assert parsed.events
    assert channel.parse(request) == parsed
