"""Tencent Cloud as the product meets it: by its own SDK, by our channel, and by callers who do it wrong."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import aiohttp
import pytest
from tencentcloud.common.sign import Sign

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.sms.tencent.channel import TencentSmsChannel
from conversations.address import phone_address
from conversations.errors import Misconfigured, NotSendable, SendError, Throttled, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, InboundMessage, Receipt, ReceiptStatus
from conversations.parts import Media, MediaType, Part, Template, Text
from lab.books import Answered, Heard, Outcome, Refused, Reported
from tests.lab.product import TENCENT, Lab, Webhook
from tests.support.surroundings import SHORT_PATIENCE, MemoryFiles, MemoryTokens

LILEI = phone_address("+8613800138000")
TAKEN = (200, b'{"result":0,"errmsg":"OK"}')

GOOD: dict[str, object] = {
    "PhoneNumberSet": ["+8613800138000"],
    "SmsSdkAppId": "1400006666",
    "SignName": "汇流银行",
    "TemplateId": "449739",
    "TemplateParamSet": ["您的工单已处理"],
    "SessionContext": "d-1",
}


async def call(
    lab: Lab,
    asked: object,
    *,
    key: str = TENCENT["secret_key"],
    at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """A call as the SDK makes it: signed by the SDK, over content-type and host."""
    body, time = json.dumps(asked).encode(), at or lab.clock()
    host, date = f"{lab.http.host}:{lab.http.port}", time.astimezone(UTC).strftime("%Y-%m-%d")
    signed = f"content-type:application/json\nhost:{host}\n\ncontent-type;host"
    canonical = f"POST\n/tencent\n\n{signed}\n{sha256(body).hexdigest()}"
    scope = f"{date}/sms/tc3_request"
    text = f"TC3-HMAC-SHA256\n{int(time.timestamp())}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = Sign.sign_tc3(key, date, "sms", text)
    sent = {
        "Content-Type": "application/json",
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": "ap-guangzhou",
        "X-TC-Timestamp": str(int(time.timestamp())),
        "Authorization": f"TC3-HMAC-SHA256 Credential=AKIDlab/{scope}, SignedHeaders=content-type;host, "
        f"Signature={signature}",
        **(headers or {}),
    }
    async with lab.http.post("/tencent", data=body, headers=sent) as response:
        assert response.status == 200
        answer: dict[str, dict[str, object]] = await response.json()
        return answer["Response"]


def code_of(response: dict[str, object]) -> object:
    """The code of the call, or of the one number."""
    match response:
        case {"Error": {"Code": code}} | {"SendStatusSet": [{"Code": code}]}:
            return code
        case _:
            return None


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


async def test_a_call_of_the_sdk_is_taken_over(lab: Lab) -> None:
    response = await call(lab, GOOD)
    assert code_of(response) == "Ok"
    assert [(entry.customer, entry.text) for entry in heard(lab)] == [("李雷", "【汇流银行】您的工单已处理")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SmsSdkAppId": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"PhoneNumberSet": []}, "MissingParameter.EmptyPhoneNumberSet"),
        ({"PhoneNumberSet": ["13800138000"] * 201}, "LimitExceeded.PhoneNumberCountLimit"),
        ({"PhoneNumberSet": ["12345"]}, "InvalidParameterValue.IncorrectPhoneNumber"),
        ({"SignName": "别家"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "1"}, "FailedOperation.TemplateUnapprovedOrNotExist"),
        ({"TemplateParamSet": []}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ({"TemplateParamSet": [1]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ({"SessionContext": "字" * 171}, "InvalidParameterValue"),
    ],
)
async def test_faults_of_the_message_have_codes(lab: Lab, change: dict[str, object], code: str) -> None:
    assert code_of(await call(lab, {**GOOD, **change})) == code
    assert heard(lab) == []
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == [code]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": "Basic abc"}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Version": "2019-07-11"}, "NoSuchVersion"),
        ({"X-TC-Region": "ap-nowhere"}, "UnsupportedRegion"),
        ({"X-TC-Action": "SendMms"}, "InvalidAction"),
        ({"X-TC-Timestamp": "soon"}, "AuthFailure.SignatureExpire"),
        ({"Content-Type": "application/json; charset=utf-8"}, "AuthFailure.SignatureFailure"),
    ],
)
async def test_faults_of_the_call_have_codes(lab: Lab, headers: dict[str, str], code: str) -> None:
    assert code_of(await call(lab, GOOD, headers=headers)) == code


async def test_keys_and_clocks_are_checked(lab: Lab) -> None:
    assert code_of(await call(lab, GOOD, key="wrong")) == "AuthFailure.SignatureFailure"
    late = lab.clock() - timedelta(minutes=6)
    assert code_of(await call(lab, GOOD, at=late)) == "AuthFailure.SignatureExpire"
    assert code_of(await call(lab, ["no object"])) == "InvalidParameter"


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


def channel(lab: Lab, around: Surroundings, **changes: str) -> TencentSmsChannel:
    settings = {**TENCENT, "api_url": str(lab.http.make_url("/tencent")), **changes}
    return TencentSmsChannel.create(AccountId("tencent"), settings, around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(delivery=DeliveryId("d-1"), conversation=ConversationId("c-1"), address=LILEI, part=part)


def understood(lab: Lab, channel: TencentSmsChannel, webhook: Webhook) -> tuple[InboundEvent, ...]:
    request = WebhookRequest(
        method="POST",
        url=webhook.url,
        query=webhook.query,
        headers=webhook.headers,
        body=webhook.body,
        received_at=lab.clock(),
    )
    channel.verify(request)
    return channel.parse(request).events


async def test_our_channel_sends_and_understands_the_receipt(lab: Lab, around: Surroundings) -> None:
    lab.product.answers = [TAKEN]
    made = channel(lab, around)
    await made.check()
    accepted = await made.send(outgoing(Text("您的工单已处理")))
    await lab.world.errands.settle()
    assert [entry.text for entry in heard(lab)] == ["【汇流银行】您的工单已处理"]
    (webhook,) = lab.product.requests
    (receipt,) = understood(lab, made, webhook)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.external_id, receipt.address) == (
        ReceiptStatus.DELIVERED,
        accepted.external_id,
        LILEI,
    )


async def test_our_channel_sends_templates(lab: Lab, around: Surroundings) -> None:
    template = {"name": "1110", "text": "{1}为您的验证码，{2}分钟内有效。"}
    command = {"account": "tencent", "command": "approve_template", **template}
    async with lab.http.post("/lab/api/command", json=command) as response:
        assert response.status == 200
    await channel(lab, around).send(outgoing(Template("1110", "…", (("2", "5"), ("1", "1234")))))
    assert [entry.text for entry in heard(lab)] == ["【汇流银行】1234为您的验证码，5分钟内有效。"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret_key": "wrong"}, Misconfigured),
        ({"secret_id": "wrong"}, Misconfigured),
        ({"sdk_app_id": "1"}, Misconfigured),
        ({"sign_name": "别家"}, Misconfigured),
        ({"template_id": "1"}, Misconfigured),
        ({"region": "ap-nowhere"}, Misconfigured),
    ],
)
async def test_what_is_refused_says_who_must_act(
    lab: Lab, around: Surroundings, changes: dict[str, str], expected: type[SendError]
) -> None:
    with pytest.raises(expected):
        await channel(lab, around, **changes).send(outgoing(Text("您好")))
    assert heard(lab) == []


async def test_a_lost_answer_leaves_doubt(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_tencent", answers="lost", receipts="never")
    with pytest.raises(UnknownOutcome):
        await channel(lab, around).send(outgoing(Text("您好")))
    assert len(heard(lab)) == 1


async def test_being_busy_means_to_wait(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("sms_tencent", answers="busy")
    with pytest.raises(Throttled):
        await channel(lab, around).send(outgoing(Text("您好")))


async def test_a_black_list_is_news_about_the_customer(lab: Lab, around: Surroundings) -> None:
    lab.product.answers = [TAKEN]
    await lab.misbehave("sms_tencent", receipts="failed", failure_code="MBBLACK")
    await channel(lab, around).send(outgoing(Text("您好")))
    await lab.world.errands.settle()
    (webhook,) = lab.product.requests
    receipt, change = understood(lab, channel(lab, around), webhook)
    assert isinstance(receipt, Receipt)
    assert isinstance(change, ContactChanged)
    assert (receipt.status, change.change) == (ReceiptStatus.FAILED, ContactChange.OPTED_OUT)


@pytest.mark.parametrize(("receipts", "count"), [("twice", 2), ("late", 1), ("early", 1), ("never", 0)])
async def test_receipts_misbehave_when_told(lab: Lab, receipts: str, count: int) -> None:
    lab.product.answers = [TAKEN]
    await lab.misbehave("sms_tencent", receipts=receipts)
    await call(lab, GOOD)
    await lab.world.errands.settle()
    assert len([entry for entry in lab.world.books if isinstance(entry, Reported)]) == count


async def test_a_callback_is_repeated_until_the_result_is_zero(lab: Lab) -> None:
    lab.product.answers = [(503, b""), (200, b'{"result":1}'), TAKEN]
    await call(lab, GOOD)
    await lab.world.errands.settle()
    outcomes = [entry.outcome for entry in lab.world.books if isinstance(entry, Answered)]
    assert outcomes == [Outcome.REFUSED, Outcome.REFUSED, Outcome.TAKEN]


@pytest.mark.parametrize(("customer", "number"), [("李雷", "+8613800138000"), ("Alice", "+85261234567")])
async def test_what_customers_write_is_understood(lab: Lab, around: Surroundings, customer: str, number: str) -> None:
    lab.product.answers = [TAKEN]
    await lab.say("tencent", customer=customer, text="几点发货？")
    (webhook,) = lab.product.requests
    (message,) = understood(lab, channel(lab, around), webhook)
    assert isinstance(message, InboundMessage)
    assert (message.address, message.parts) == (f"tel:{number}", (Text("几点发货？"),))
    assert message.occurred_at == lab.clock()


async def test_files_are_refused_before_anything_is_sent(lab: Lab, around: Surroundings) -> None:
    with pytest.raises(NotSendable):
        await channel(lab, around).send(outgoing(Media(MediaType.IMAGE)))
    assert list(lab.world.books) == []
