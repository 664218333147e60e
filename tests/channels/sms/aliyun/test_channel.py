"""What Aliyun is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest
from alibabacloud_openapi_util.client import Client

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.sms.aliyun.channel import AliyunSmsChannel
from channels.sms.aliyun.signing import canonical_query, signed_headers
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    SignatureInvalid,
    Throttled,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Media, MediaType, Menu, Option, Part, Template, Text
from tests.channels.sms.aliyun.sampler import SENT, accept, settings
from tests.support.provider import Provider, running_provider, says
from tests.support.surroundings import NOW, open_surroundings

ACCOUNT = AccountId("account")
TEXT = Text("您的订单 50% 已发货~ *完*")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        accept(made)
        yield made


@pytest.fixture
def channel(around: Surroundings, provider: Provider) -> AliyunSmsChannel:
    return AliyunSmsChannel.create(ACCOUNT, settings(provider.url), around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=Address("tel:+8613800138000"),
        part=part,
    )


def test_the_signature_is_that_of_the_documentation() -> None:
    """The whole example of help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature."""
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    headers = signed_headers(
        host="ecs.cn-shanghai.aliyuncs.com",
        path="/",
        query=canonical_query(query),
        action="RunInstances",
        version="2014-05-26",
        key_id="YourAccessKeyId",
        key_secret="YourAccessKeySecret",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_query_is_encoded_by_rfc_3986() -> None:
    assert canonical_query({"b": "*~ /+", "a": "您"}) == "a=%E6%82%A8&b=%2A~%20%2F%2B"


async def test_a_text_travels_as_the_variable_of_the_template(channel: AliyunSmsChannel, provider: Provider) -> None:
    accepted = await channel.send(outgoing(TEXT))
    (request,) = provider.received
    assert request.query == {
        "PhoneNumbers": "8613800138000",
        "SignName": "汇流客服",
        "TemplateCode": "SMS_123456789",
        "TemplateParam": '{"content":"您的订单 50% 已发货~ *完*"}',
        "OutId": "0199d5c0a2f37d4c8e1b000000000001",
    }
    assert request.headers["x-acs-action"] == "SendSms"
    assert request.headers["x-acs-version"] == "2017-05-25"
    assert accepted.external_id == "900619746936498440^0"


async def test_the_request_arrives_as_it_was_signed(channel: AliyunSmsChannel, provider: Provider) -> None:
    await channel.send(outgoing(TEXT))
    (request,) = provider.received
    again = signed_headers(
        host=request.headers["Host"],
        path=request.path,
        query=canonical_query(request.query),
        action="SendSms",
        version="2017-05-25",
        key_id="key-id-of-the-tests",
        key_secret="key-secret-of-the-tests",
        at=datetime.fromisoformat(request.headers["x-acs-date"]),
        nonce=request.headers["x-acs-signature-nonce"],
    )
    assert request.headers["Authorization"] == again["authorization"]
    assert request.body == b""


async def test_aliyuns_own_kit_would_sign_alike(channel: AliyunSmsChannel, provider: Provider) -> None:
    await channel.send(outgoing(TEXT))
    (request,) = provider.received
    headers = {name: value for name, value in request.headers.items() if name.lower().startswith(("x-acs-", "host"))}
    authorization = Client.get_authorization(
        SimpleNamespace(method="POST", pathname="/", query=request.query, headers=headers),
        "ACS3-HMAC-SHA256",
        sha256(b"").hexdigest(),
        "key-id-of-the-tests",
        "key-secret-of-the-tests",
    )
    assert request.headers["Authorization"] == authorization


async def test_a_template_travels_as_itself(channel: AliyunSmsChannel, provider: Provider) -> None:
    template = Template("SMS_42", "您的验证码是 1234", (("code", "1234"), ("product", "汇流")))
    assert channel.plan((template,)) == (template,)
    await channel.send(outgoing(template))
    (request,) = provider.received
    assert request.query["TemplateCode"] == "SMS_42"
    assert request.query["TemplateParam"] == '{"code":"1234","product":"汇流"}'


@pytest.mark.parametrize(("in_doubt", "safe"), [("once", False), ("again", True)])
def test_the_account_says_what_is_done_in_doubt(in_doubt: str, safe: bool, around: Surroundings) -> None:
    channel = AliyunSmsChannel.create(ACCOUNT, {**settings("https://a.cn"), "in_doubt": in_doubt}, around)
    assert channel.capabilities.resend_is_safe is safe


async def test_no_two_requests_share_a_nonce(channel: AliyunSmsChannel, provider: Provider) -> None:
    provider.answers("/", SENT)
    for _ in range(2):
        await channel.send(outgoing(TEXT))
    assert len({request.headers["x-acs-signature-nonce"] for request in provider.received}) == 2


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, Rejected),
        ("isv.BLACK_KEY_CONTROL_LIMIT", 200, Rejected),
        ("isv.AMOUNT_NOT_ENOUGH", 200, Misconfigured),
        ("isv.SMS_SIGNATURE_ILLEGAL", 200, Misconfigured),
        ("isv.NEW_REASON", 200, Rejected),
        ("MOBILE_IN_BLACK", 200, OptedOut),
        ("isp.SYSTEM_ERROR", 200, ProviderUnavailable),
        ("SignatureDoesNotMatch", 400, Misconfigured),
        ("InvalidAccessKeyId.NotFound", 404, Misconfigured),
        ("Throttling.User", 400, Throttled),
        ("ServiceUnavailable", 503, ProviderUnavailable),
        ("SomethingNew", 500, ProviderUnavailable),
    ],
)
async def test_a_code_says_who_must_act(
    code: str, status: int, expected: type[SendError], channel: AliyunSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says({"Code": code, "Message": "some words", "RequestId": "1"}, status=status))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == code
    assert "some words" in str(caught.value)


@pytest.mark.parametrize(
    ("message", "pause"),
    [
        ("触发分钟级流控Permits:1", timedelta(minutes=1)),
        ("触发小时级流控Permits:5", timedelta(hours=1)),
        ("触发天级流控Permits:10", timedelta(days=1)),
    ],
)
async def test_a_limit_lasts_as_long_as_its_words_say(
    message: str, pause: timedelta, channel: AliyunSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says({"Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": message}))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(TEXT))
    assert caught.value.after == pause


def test_menus_and_links_become_text(channel: AliyunSmsChannel) -> None:
    planned = channel.plan((Menu("满意吗？", (Option("a", "是"),)), Link("https://a.cn")))
    assert planned == (Text("满意吗？\n1. 是"), Text("https://a.cn"))


def test_the_signature_takes_its_share_of_the_length(channel: AliyunSmsChannel) -> None:
    """500 units less 【汇流客服】, which has 6."""
    assert [len(part.text) for part in channel.plan((Text("字" * 495),)) if isinstance(part, Text)] == [494, 1]


async def test_there_are_no_files_to_fetch(channel: AliyunSmsChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.fetch_media(Media(MediaType.IMAGE, ref="1"))


async def test_the_check_asks_for_the_signature_and_sends_nothing(
    channel: AliyunSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says({"Code": "OK", "SignName": "汇流客服", "SignStatus": 1}))
    await channel.check()
    assert [request.headers["x-acs-action"] for request in provider.received] == ["QuerySmsSign"]


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ({"Code": "OK", "SignName": "汇流客服", "SignStatus": 0}, "has not approved"),
        ({"Code": "SignatureDoesNotMatch", "Message": "no"}, "AccessKey Secret"),
        ({"Code": "isp.RAM_PERMISSION_DENY", "Message": "no"}, "AliyunDysmsFullAccess"),
    ],
)
async def test_the_check_says_what_to_repair(
    answer: dict[str, object], advice: str, channel: AliyunSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says(answer))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sign_name": "【汇流】"}, "sign_name"),
        ({"country": "China"}, "country"),
        ({"in_doubt": "perhaps"}, "in_doubt"),
        ({"api_url": "dysms"}, "api_url"),
        ({"callback_ips": "somewhere"}, "callback_ips"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        AliyunSmsChannel.create(ACCOUNT, {**settings("https://dysmsapi.aliyuncs.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


def test_callbacks_from_elsewhere_are_refused(around: Surroundings) -> None:
    given = {**settings("https://provider.example"), "callback_ips": "203.0.113.0/24"}
    channel = AliyunSmsChannel.create(ACCOUNT, given, around)
    query = {"secret": given["callback_secret"]}
    request = WebhookRequest(
        method="POST", url="https://desk.example", query=query, peer="203.0.113.7", received_at=NOW
    )
    channel.verify(request)
    with pytest.raises(SignatureInvalid):
        channel.verify(replace(request, peer="198.51.100.7"))
