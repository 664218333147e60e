"""Aliyun as the product meets it."""

import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode

import aiohttp
import pytest

from conversations.ids import new_id
from lab.aliyun.signature import SignedRequest, must_be_signed, sign
from lab.books import Answered, Heard, Outcome, Reported
from lab.phones import read_phone
from lab.sms import segments
from tests.lab.product import SMS, Lab

TAKEN = (200, b'{"code":0,"msg":"ok"}')

GOOD = {
    "PhoneNumbers": "13800138000",
    "SignName": SMS["sign_name"],
    "TemplateCode": "SMS_1",
    "TemplateParam": '{"content":"您的工单已处理"}',
    "OutId": "d-1",
}


async def call(
    lab: Lab, parameters: dict[str, str], *, secret: str = SMS["access_key_secret"], **headers: str
) -> tuple[int, dict[str, str]]:
    """SendSms with its parameters in a form, signed as the documentation says."""
    body = urlencode(parameters).encode()
    sent = {
        "host": f"{lab.http.host}:{lab.http.port}",
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": lab.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": new_id(),
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **headers,
    }
    names = tuple(sorted(sent.keys() - {"authorization"}))
    made = sign(SignedRequest(method="POST", path="/aliyun/", query=(), headers=sent, body=body), names, secret)
    credential = f"ACS3-HMAC-SHA256 Credential={SMS['access_key_id']},SignedHeaders={';'.join(names)},Signature={made}"
    sent.setdefault("authorization", credential)
    async with lab.http.post("/aliyun/", data=body, headers=sent) as response:
        return response.status, await response.json()


def test_the_signature_of_the_documentations_example() -> None:
    """The fixed example in "V3 版本请求体&签名机制", help.aliyun.com/zh/sdk/product-overview."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = (
        ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ("RegionId", "cn-shanghai"),
    )
    request = SignedRequest(method="POST", path="/", query=query, headers=headers, body=b"")
    expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert sign(request, tuple(sorted(must_be_signed(headers))), "YourAccessKeySecret") == expected


async def test_a_taken_sms_is_on_the_phone_with_its_signature(lab: Lab) -> None:
    status, answer = await call(lab, GOOD)
    assert (status, answer["Code"]) == (200, "OK")
    (heard,) = [entry for entry in lab.world.books if isinstance(entry, Heard)]
    assert (heard.customer, heard.text) == ("李雷", "【汇流银行】您的工单已处理")
    assert heard.key == answer["BizId"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"PhoneNumbers": "12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": ",".join(["13800138000"] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"SignName": "别家"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_2"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "您好"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"text":"您好"}'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '["您好"]'}, "isv.TEMPLATE_MISSING_PARAMETERS"),
    ],
)
async def test_faults_of_the_message_come_inside_http_200(lab: Lab, change: dict[str, str], code: str) -> None:
    status, answer = await call(lab, {**GOOD, **change})
    assert (status, answer["Code"]) == (200, code)
    assert not any(isinstance(entry, Heard) for entry in lab.world.books)


async def test_an_approved_template_is_filled_in(lab: Lab) -> None:
    template = {"name": "SMS_42", "text": "${product}验证码${code}，请勿告诉他人。"}
    command = {"account": "sms", "command": "approve_template", **template}
    async with lab.http.post("/lab/api/command", json=command) as response:
        assert response.status == 200
    change = {"TemplateCode": "SMS_42", "TemplateParam": '{"code":"1234","product":"汇流"}'}
    assert (await call(lab, {**GOOD, **change}))[1]["Code"] == "OK"
    (heard,) = [entry for entry in lab.world.books if isinstance(entry, Heard)]
    assert heard.text == "【汇流银行】汇流验证码1234，请勿告诉他人。"
    incomplete = {**change, "TemplateParam": '{"code":"1234"}'}
    assert (await call(lab, {**GOOD, **incomplete}))[1]["Code"] == "isv.TEMPLATE_MISSING_PARAMETERS"


async def test_a_wrong_secret_does_not_match(lab: Lab) -> None:
    status, answer = await call(lab, GOOD, secret="wrong")
    assert (status, answer["Code"]) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"authorization": "Basic abc"}, (400, "MissingAuthorization")),
        (
            {"authorization": f"ACS3-HMAC-SHA256 Credential=nobody,SignedHeaders=host,Signature={'0' * 64}"},
            (404, "InvalidAccessKeyId.NotFound"),
        ),
        (
            {"authorization": f"ACS3-HMAC-SHA256 Credential=LTAIlab,SignedHeaders=host,Signature={'0' * 64}"},
            (400, "IncompleteSignature"),
        ),
        ({"x-acs-action": "SendMms"}, (404, "InvalidAction.NotFound")),
        ({"x-acs-version": "2016-01-01"}, (400, "InvalidVersion")),
        ({"x-acs-date": "2026-11-21T05:00:00Z"}, (400, "InvalidTimeStamp.Expired")),
        ({"x-acs-date": "today"}, (400, "InvalidTimeStamp.Expired")),
    ],
)
async def test_faults_of_the_call_are_http_errors(lab: Lab, headers: dict[str, str], expected: tuple[int, str]) -> None:
    status, answer = await call(lab, GOOD, **headers)
    assert (status, answer["Code"]) == expected


async def test_a_call_cannot_be_replayed(lab: Lab) -> None:
    nonce = {"x-acs-signature-nonce": "once"}
    await call(lab, GOOD, **nonce)
    assert (await call(lab, GOOD, **nonce))[1]["Code"] == "SignatureNonceUsed"


async def test_a_receipt_tells_what_became_of_it(lab: Lab) -> None:
    lab.product.answers = [TAKEN]
    _status, answer = await call(lab, GOOD)
    await lab.world.errands.settle()
    (webhook,) = lab.product.requests
    assert (webhook.account, webhook.query) == ("sms", {"secret": "callback"})
    assert json.loads(webhook.body) == [
        {
            "phone_number": "13800138000",
            "send_time": "2026-11-21 14:00:00",
            "report_time": "2026-11-21 14:00:00",
            "success": True,
            "err_code": "DELIVERED",
            "err_msg": "用户接收成功",
            "sms_size": "1",
            "biz_id": answer["BizId"],
            "out_id": "d-1",
        }
    ]


async def test_a_callback_is_repeated_until_code_is_zero(lab: Lab) -> None:
    lab.product.answers = [(503, b""), (200, b'{"code":1}'), TAKEN]
    await call(lab, GOOD)
    await lab.world.errands.settle()
    outcomes = [entry.outcome for entry in lab.world.books if isinstance(entry, Answered)]
    assert outcomes == [Outcome.REFUSED, Outcome.REFUSED, Outcome.TAKEN]


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ("twice", [("DELIVERED", True)] * 2),
        ("failed", [("MBBLACK", False)]),
        ("late", [("DELIVERED", True)]),
        ("never", []),
    ],
)
async def test_receipts_misbehave_when_told(lab: Lab, receipts: str, expected: list[tuple[str, bool]]) -> None:
    lab.product.answers = [TAKEN]
    await lab.misbehave("sms_aliyun", receipts=receipts, failure_code="MBBLACK")
    await call(lab, GOOD)
    await lab.world.errands.settle()
    told = [json.loads(webhook.body)[0] for webhook in lab.product.requests]
    assert [(each["err_code"], each["success"]) for each in told] == expected


async def test_an_early_receipt_overtakes_the_answer(lab: Lab) -> None:
    lab.product.answers = [TAKEN]
    await lab.misbehave("sms_aliyun", receipts="early")
    _status, answer = await call(lab, GOOD)
    assert [json.loads(webhook.body)[0]["biz_id"] for webhook in lab.product.requests] == [answer["BizId"]]


async def test_swapped_receipts_come_in_the_wrong_order(lab: Lab) -> None:
    lab.product.answers = [TAKEN]
    await lab.misbehave("sms_aliyun", receipts="swapped")
    sent = [(await call(lab, GOOD))[1]["BizId"] for _ in range(2)]
    await lab.world.errands.settle()
    assert [entry.key for entry in lab.world.books if isinstance(entry, Reported)] == sent[::-1]


async def test_flow_control_is_a_code_in_http_200(lab: Lab) -> None:
    await lab.misbehave("sms_aliyun", answers="busy")
    assert (await call(lab, GOOD))[1]["Code"] == "isv.BUSINESS_LIMIT_CONTROL"


async def test_a_lost_answer_leaves_the_sms_on_the_phone(lab: Lab) -> None:
    await lab.misbehave("sms_aliyun", answers="lost", receipts="never")
    with pytest.raises(aiohttp.ClientError):
        await call(lab, GOOD)
    assert [entry.text for entry in lab.world.books if isinstance(entry, Heard)] == ["【汇流银行】您的工单已处理"]


async def test_a_customers_sms_calls_the_product_back(lab: Lab) -> None:
    lab.product.answers = [TAKEN]
    lab.clock.move(timedelta(hours=12))
    await lab.say("sms", text="TD")
    (webhook,) = lab.product.requests
    (up,) = json.loads(webhook.body)
    assert (up["phone_number"], up["content"], up["sign_name"]) == ("13800138000", "TD", "汇流银行")
    assert up["send_time"] == "2026-11-22 02:00:00"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "+8613800138000"),
        ("+8613800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("85261234567", "+85261234567"),
        ("0085261234567", "+85261234567"),
        ("10086", ""),
        ("", ""),
    ],
)
def test_numbers_may_be_written_in_several_ways(written: str, number: str) -> None:
    assert read_phone(written) == number


@pytest.mark.parametrize(
    ("text", "count"),
    [("好" * 70, 1), ("好" * 71, 2), ("好" * 134, 2), ("好" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
)
def test_segments_are_counted_in_utf16(text: str, count: int) -> None:
    """70 units alone, 67 in each of several; an emoji has two units."""
    assert segments(text) == count
