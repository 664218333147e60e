"""What Tencent is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from tencentcloud.common.sign import Sign
from tencentcloud.sms.v20210111 import errorcodes

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.sms.tencent.channel import TencentSmsChannel
from channels.sms.tencent.errors import error_of
from channels.sms.tencent.signing import signed_headers
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
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Media, MediaType, Menu, Option, Part, Template, Text
from tests.channels.sms.tencent.sampler import accept, sent, settings
from tests.support.provider import Provider, running_provider, says
from tests.support.surroundings import NOW, open_surroundings

ACCOUNT = AccountId("account")
TEXT = Text("您的订单 50% 已发货~")


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
def channel(around: Surroundings, provider: Provider) -> TencentSmsChannel:
    return TencentSmsChannel.create(ACCOUNT, settings(provider.url), around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=Address("tel:+8613800138000"),
        part=part,
    )


def test_the_signature_is_that_of_the_documentation() -> None:
    """The whole example of 签名方法 v3, with the key as the page prints it."""
    headers = signed_headers(
        host="cvm.tencentcloudapi.com",
        path="/",
        body=rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
        action="DescribeInstances",
        version="2017-03-12",
        region="ap-guangzhou",
        secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******",
        secret_key="Gu5t9xGARNpq86cd98joQYCN3*******",
        at=datetime.fromtimestamp(1551113065, UTC),
        service="cvm",
    )
    assert headers["authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3"
    )


async def test_tencents_own_kit_would_sign_alike(channel: TencentSmsChannel, provider: Provider) -> None:
    """The request as it arrived, put together by hand and signed by the SDK."""
    await channel.send(outgoing(TEXT))
    (request,) = provider.received
    headers = {name.lower(): value for name, value in request.headers.items()}
    canonical = (
        f"POST\n{request.path}\n\ncontent-type:{headers['content-type']}\nhost:{headers['host']}\n"
        f"x-tc-action:sendsms\n\ncontent-type;host;x-tc-action\n{sha256(request.body).hexdigest()}"
    )
    date = datetime.fromtimestamp(int(headers["x-tc-timestamp"]), UTC).strftime("%Y-%m-%d")
    scope = f"{date}/sms/tc3_request"
    hashed = sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{headers['x-tc-timestamp']}\n{scope}\n{hashed}"
    signature = Sign.sign_tc3("secret-key-of-the-tests", date, "sms", to_sign)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert f"Credential=secret-id-of-the-tests/{scope}," in headers["authorization"]


async def test_a_text_travels_as_the_variable_of_the_template(channel: TencentSmsChannel, provider: Provider) -> None:
    accepted = await channel.send(outgoing(TEXT))
    (request,) = provider.received
    assert request.json() == {
        "PhoneNumberSet": ["+8613800138000"],
        "SmsSdkAppId": "1400006666",
        "SignName": "汇流客服",
        "TemplateId": "449739",
        "TemplateParamSet": ["您的订单 50% 已发货~"],
        "SessionContext": "0199d5c0a2f37d4c8e1b000000000001",
    }
    assert request.headers["x-tc-action"] == "SendSms"
    assert request.headers["x-tc-version"] == "2021-01-11"
    assert request.headers["x-tc-region"] == "ap-guangzhou"
    assert accepted.external_id == "5000:1045710669157053657849499619"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((("2", "汇流"), ("1", "1234")), ["1234", "汇流"]),
        ((("10", "c"), ("9", "b"), ("1", "a")), ["a", "b", "c"]),
        ((("product", "汇流"), ("code", "1234")), ["汇流", "1234"]),
        ((), []),
    ],
)
async def test_a_template_is_filled_in_by_number(
    values: tuple[tuple[str, str], ...], expected: list[str], channel: TencentSmsChannel, provider: Provider
) -> None:
    template = Template("1110", "您的验证码是 1234", values)
    assert channel.plan((template,)) == (template,)
    await channel.send(outgoing(template))
    (request,) = provider.received
    asked = request.json()
    assert isinstance(asked, dict)
    assert (asked["TemplateId"], asked["TemplateParamSet"]) == ("1110", expected)


CODES = [
    ("FailedOperation.PhoneNumberInBlacklist", OptedOut),
    ("FailedOperation.InsufficientBalanceInSmsPackage", Misconfigured),
    ("FailedOperation.SignatureIncorrectOrUnapproved", Misconfigured),
    ("FailedOperation.ContainSensitiveWord", Rejected),
    ("FailedOperation.SomethingNew", Rejected),
    ("InvalidParameterValue.IncorrectPhoneNumber", Rejected),
    ("LimitExceeded.PhoneNumberThirtySecondLimit", Throttled),
    ("LimitExceeded.PhoneNumberCountLimit", Rejected),
    ("LimitExceeded.SomethingNew", Throttled),
    ("InternalError.OtherError", ProviderUnavailable),
    ("InternalError.Timeout", UnknownOutcome),
    ("UnauthorizedOperation.SomethingNew", Misconfigured),
    ("SomethingNew", Rejected),
]


@pytest.mark.parametrize(("code", "expected"), CODES)
async def test_a_code_of_the_message_says_who_must_act(
    code: str, expected: type[SendError], channel: TencentSmsChannel, provider: Provider
) -> None:
    provider.answers("/", sent(code, "some words"))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == code
    assert "some words" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AuthFailure.SignatureFailure", Misconfigured),
        ("AuthFailure.SomethingNew", Misconfigured),
        ("RequestLimitExceeded", Throttled),
        ("RequestLimitExceeded.UinLimitExceeded", Throttled),
        ("ResourceUnavailable", ProviderUnavailable),
        ("UnsupportedRegion", Misconfigured),
    ],
)
async def test_a_code_of_the_call_says_who_must_act(
    code: str, expected: type[SendError], channel: TencentSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says({"Response": {"Error": {"Code": code, "Message": "some words"}, "RequestId": "1"}}))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "pause"),
    [
        ("FailedOperation.MarketingSendTimeConstraint", timedelta(hours=1)),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", timedelta(seconds=30)),
        ("LimitExceeded.PhoneNumberOneHourLimit", timedelta(hours=1)),
        ("LimitExceeded.PhoneNumberDailyLimit", timedelta(days=1)),
        ("LimitExceeded.GlobalSmsSendingRateLimit", timedelta(minutes=1)),
    ],
)
def test_a_limit_lasts_as_long_as_its_name_says(code: str, pause: timedelta) -> None:
    error = error_of(code, "")
    assert isinstance(error, Throttled)
    assert error.after == pause


WITHOUT_A_MEANING_FOR_US = {
    "FailedOperation.FailResolvePacket",
    "FailedOperation.ForbidAddMarketingTemplates",
    "FailedOperation.JsonParseFail",
    "FailedOperation.MissingSignatureToModify",
    "FailedOperation.MissingTemplateToModify",
    "FailedOperation.NotEnterpriseCertification",
    "FailedOperation.OtherError",
    "FailedOperation.ParametersOtherError",
    "FailedOperation.QualificationIdNotApproved",
    "FailedOperation.SignIdNotExist",
    "FailedOperation.SignNumberLimit",
    "FailedOperation.TemplateAlreadyPassedCheck",
    "FailedOperation.TemplateNumberLimit",
}
"""Codes of the interfaces that register signatures and templates, and those that say no more than no."""


def test_every_code_of_tencents_own_kit_has_a_meaning() -> None:
    codes = [value for name, value in vars(errorcodes).items() if name.isupper()]
    assert len(codes) > 80
    assert {code for code in codes if str(error_of(code, "")).startswith("Tencent refused")} == WITHOUT_A_MEANING_FOR_US


@pytest.mark.parametrize(
    "answer",
    [
        {"Response": {"RequestId": "1"}},
        {"Response": {"SendStatusSet": []}},
        {"Response": {"SendStatusSet": [{"Code": "Ok"}]}},
        {"Response": {"SendStatusSet": "Ok"}},
        {"Response": "Ok"},
        {},
    ],
)
async def test_an_answer_without_a_status_leaves_doubt(
    answer: object, channel: TencentSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says(answer))
    with pytest.raises(UnknownOutcome):
        await channel.send(outgoing(TEXT))


@pytest.mark.parametrize(("in_doubt", "safe"), [("once", False), ("again", True)])
def test_the_account_says_what_is_done_in_doubt(in_doubt: str, safe: bool, around: Surroundings) -> None:
    channel = TencentSmsChannel.create(ACCOUNT, {**settings("https://a.cn"), "in_doubt": in_doubt}, around)
    assert channel.capabilities.resend_is_safe is safe


def test_menus_and_links_become_text(channel: TencentSmsChannel) -> None:
    planned = channel.plan((Menu("满意吗？", (Option("a", "是"),)), Link("https://a.cn")))
    assert planned == (Text("满意吗？\n1. 是"), Text("https://a.cn"))


async def test_there_are_no_files_to_fetch(channel: TencentSmsChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.fetch_media(Media(MediaType.IMAGE, ref="1"))


async def test_the_check_asks_for_figures_and_sends_nothing(channel: TencentSmsChannel, provider: Provider) -> None:
    figures = {"FeeCount": 0, "RequestCount": 0, "RequestSuccessCount": 0}
    provider.answers("/", says({"Response": {"SendStatusStatistics": figures, "RequestId": "1"}}))
    await channel.check()
    (request,) = provider.received
    assert request.headers["x-tc-action"] == "SendStatusStatistics"
    assert request.json() == {
        "SmsSdkAppId": "1400006666",
        "BeginTime": "2026112100",
        "EndTime": "2026112100",
        "Limit": 0,
        "Offset": 0,
    }


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AuthFailure.SecretIdNotFound", "secret_id"),
        ("AuthFailure.SignatureFailure", "secret_key"),
        ("AuthFailure.SignatureExpire", "clock"),
        ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "sdk_app_id"),
    ],
)
async def test_the_check_says_what_to_repair(
    code: str, advice: str, channel: TencentSmsChannel, provider: Provider
) -> None:
    provider.answers("/", says({"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "1"}}))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"sign_name": "【汇流】"}, "sign_name"),
        ({"sdk_app_id": "app"}, "sdk_app_id"),
        ({"template_id": "SMS_1"}, "template_id"),
        ({"country": "China"}, "country"),
        ({"in_doubt": "perhaps"}, "in_doubt"),
        ({"api_url": "sms"}, "api_url"),
        ({"callback_ips": "somewhere"}, "callback_ips"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        TencentSmsChannel.create(ACCOUNT, {**settings("https://sms.tencentcloudapi.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


def test_callbacks_from_elsewhere_are_refused(around: Surroundings) -> None:
    given = {**settings("https://provider.example"), "callback_ips": "203.0.113.0/24"}
    channel = TencentSmsChannel.create(ACCOUNT, given, around)
    query = {"secret": given["callback_secret"]}
    request = WebhookRequest(
        method="POST", url="https://desk.example", query=query, peer="203.0.113.7", received_at=NOW
    )
    channel.verify(request)
    with pytest.raises(SignatureInvalid):
        channel.verify(replace(request, peer="198.51.100.7"))
