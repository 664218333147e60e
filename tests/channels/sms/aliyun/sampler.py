"""Aliyun's short messages for the conformance kit."""

from collections.abc import Mapping

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType, Part, Template, Text
from tests.support.http_file import with_query
from tests.support.provider import Provider, says
from tests.support.sampler import HttpSending, Sampler

SECRET = "secret-in-the-address"
SENT = says({"Code": "OK", "Message": "OK", "BizId": "900619746936498440^0", "RequestId": "F655A8D5"})


def settings(url: str) -> dict[str, str]:
    return {
        "access_key_id": "key-id-of-the-tests",
        "access_key_secret": "key-secret-of-the-tests",
        "sign_name": "汇流客服",
        "template_code": "SMS_123456789",
        "callback_secret": SECRET,
        "api_url": url,
    }


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
    provider.answers("/", SENT)


def parts(_around: Surroundings) -> tuple[Part, ...]:
    return Text("您的订单已发货，单号 SF1234567890。"), Template("SMS_42", "验证码 1234", (("code", "1234"),))


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="report",
    address=Address("tel:+8613800138000"),
    undeclared=(Media(MediaType.IMAGE, mime="image/png", size=1), Choice("1"), Html("<p>您好</p>")),
    sending=HttpSending(accept=accept, path="/", parts=parts),
)
