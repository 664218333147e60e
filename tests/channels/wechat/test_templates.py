"""Templates: messages that need no window, and notices that spend a consent."""

import pytest

from channels.wechat.channel import WeChatChannel
from conversations.errors import Rejected, UnknownOutcome
from conversations.parts import Template
from tests.channels.wechat.sampler import SEND, outgoing
from tests.support.provider import Provider, Scripted, says

TEMPLATE = "/cgi-bin/message/template/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"

SHIPPED = Template(
    name="TPL-1",
    words="您的订单 42 已发货",
    values=(("thing1", "订单 42"), ("time2", "2026-11-21")),
    url="https://bank.example/orders/42",
)
DATA = {"thing1": {"value": "订单 42"}, "time2": {"value": "2026-11-21"}}
ONCE = Template(name="TPL-1", words=SHIPPED.words, values=SHIPPED.values, url=SHIPPED.url, once=True)


def test_a_template_stays_a_template(channel: WeChatChannel) -> None:
    assert channel.plan((SHIPPED, ONCE)) == (SHIPPED, ONCE)


async def test_a_template_message_has_a_name_for_its_receipt(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(TEMPLATE, says({"errcode": 0, "errmsg": "ok", "msgid": 200228332}))
    accepted = await channel.send(outgoing(SHIPPED))
    (request,) = provider.requests(TEMPLATE)
    assert request.json() == {
        "touser": "oABCD1234",
        "template_id": "TPL-1",
        "url": "https://bank.example/orders/42",
        "client_msg_id": "0199d5c0a2f37d4c8e1b000000000001",
        "data": DATA,
    }
    assert "订单".encode() in request.body
    assert accepted.external_id == "200228332"
    assert provider.requests(SEND) == []


async def test_a_notice_spends_a_consent(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(NOTICE, says({"errcode": 0, "errmsg": "ok", "msgid": 1700827132819554304}))
    accepted = await channel.send(outgoing(ONCE))
    assert provider.requests(NOTICE)[0].json() == {
        "touser": "oABCD1234",
        "template_id": "TPL-1",
        "page": "https://bank.example/orders/42",
        "data": DATA,
    }
    assert accepted.external_id == "1700827132819554304"


async def test_a_notice_may_lead_nowhere_and_have_no_name(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(NOTICE, says({"errcode": 0, "errmsg": "ok"}))
    accepted = await channel.send(outgoing(Template(name="TPL-1", words="", once=True)))
    assert provider.requests(NOTICE)[0].json() == {"touser": "oABCD1234", "template_id": "TPL-1", "data": {}}
    assert accepted.external_id == ""


async def test_a_customer_who_refused_a_template_may_still_be_written_to(
    channel: WeChatChannel, provider: Provider
) -> None:
    """Opting out would end everything."""
    provider.answers(NOTICE, says({"errcode": 43101, "errmsg": "user refuse to accept the msg"}))
    with pytest.raises(Rejected):
        await channel.send(outgoing(ONCE))


async def test_a_template_without_an_answer_is_in_doubt(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(TEMPLATE, Scripted(cut=True))
    with pytest.raises(UnknownOutcome):
        await channel.send(outgoing(SHIPPED))
