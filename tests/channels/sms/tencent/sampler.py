"""Tencent's short messages for the conformance kit."""

from collections.abc import Mapping

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType, Part, Template, Text
from tests.support.http_file import with_query
from tests.support.provider import Provider, Scripted, says
from tests.support.sampler import HttpSending, Sampler

SECRET = "secret-in-the-address"


def settings(url: str) -> dict[str, str]:
    return {
        "secret_id": "secret-id-of-the-tests",
        "secret_key": "secret-key-of-the-tests",
        "sdk_app_id": "1400006666",
        "sign_name": "汇流客服",
        "template_id": "449739",
        "callback_secret": SECRET,
        "api_url": url,
    }


def sent(code: str = "Ok", message: str = "send success") -> Scripted:
    status = {
        "SerialNo": "5000:1045710669157053657849499619",
        "PhoneNumber": "+8613800138000",
        "Fee": 1,
        "SessionContext": "",
        "Code": code,
        "Message": message,
        "IsoCode": "CN",
    }
    return says({"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279"}})


def sign(request: WebhookRequest) -> WebhookRequest:
    return with_query(request, **{**request.query, "secret": SECRET})


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    return {
        "no secret": with_query(request),
        "empty secret": with_query(request, secret=""),
        "secret cut": with_query(request, secret=SECRET[:-1]),
        "secret and more": with_query(request, secret=SECRET + "1"),
        "secret in another script": with_query(request, secret="密码"),
    }


def accept(provider: Provider) -> None:
    provider.answers("/", sent())


def parts(_around: Surroundings) -> tuple[Part, ...]:
    return Text("您的订单已发货，单号 SF1234567890。"), Template("1110", "验证码 1234", (("1", "1234"),))


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="report",
    address=Address("tel:+8613800138000"),
    undeclared=(Media(MediaType.IMAGE, mime="image/png", size=1), Choice("1"), Html("<p>您好</p>")),
    sending=HttpSending(accept=accept, path="/", parts=parts),
)
