"""Templates and notices between the product's channel and the lab: sent without a window, their fate told later."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from conversations.errors import OptedOut, Rejected
from conversations.inbound import ConsentChanged, InboundEvent, Receipt, ReceiptStatus, Unknown
from conversations.parts import Template
from lab.books import Reported
from tests.lab.product import Lab
from tests.lab.wechat_side import Side, wechat_side

SHIPPED = Template(name="TPL-1", words="", values=(("thing1", "订单 42"), ("time2", "明天")))
NOTICE = Template(name="TPL-2", words="", values=(("thing1", "订单 42"),), once=True)


@pytest.fixture
async def side(lab: Lab) -> AsyncIterator[Side]:
    async with wechat_side(lab) as made:
        await made.command("approve_template", name="TPL-1", text="{{thing1.DATA}} 将于{{time2.DATA}}送达")
        await made.command("approve_template", name="TPL-2", text="{{thing1.DATA}} 已签收", notice=True)
        await made.command("approve_template", name="TPL-3", text="{{thing1.DATA}} 已签收", notice=True)
        yield made


async def told(side: Side) -> list[InboundEvent]:
    """What the product was told once nothing is under way."""
    await side.lab.world.errands.settle()
    return [event for webhook in side.lab.product.requests for event in side.reads(webhook).events]


async def receipts(side: Side) -> list[tuple[ReceiptStatus, str]]:
    return [(each.status, each.external_id) for each in await told(side) if isinstance(each, Receipt)]


async def test_a_template_needs_no_window_and_has_a_receipt(side: Side) -> None:
    name = await side.sends(SHIPPED)
    (seen,) = side.heard()
    assert (seen.kind, seen.text, seen.key) == ("template", "订单 42 将于明天送达", name)
    assert await receipts(side) == [(ReceiptStatus.DELIVERED, name)]


async def test_a_template_costs_no_quota(side: Side) -> None:
    for _ in range(6):
        await side.sends(SHIPPED)
    assert len(side.heard()) == 6


async def test_a_receipt_may_come_before_the_answer(side: Side) -> None:
    await side.lab.misbehave("wechat", receipts="early")
    name = await side.sends(SHIPPED)
    (webhook,) = side.lab.product.requests
    (receipt,) = side.reads(webhook).events
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == name


@pytest.mark.parametrize(("receipts_come", "count"), [("twice", 2), ("never", 0), ("late", 1)])
async def test_receipts_come_as_often_as_they_come(receipts_come: str, count: int, side: Side) -> None:
    await side.lab.misbehave("wechat", receipts=receipts_come)
    name = await side.sends(SHIPPED)
    assert await receipts(side) == [(ReceiptStatus.DELIVERED, name)] * count


async def test_receipts_overtake_each_other(side: Side) -> None:
    await side.lab.misbehave("wechat", receipts="swapped")
    names = [await side.sends(SHIPPED), await side.sends(SHIPPED)]
    assert [name for _, name in await receipts(side)] == names[::-1]


@pytest.mark.parametrize(
    ("code", "words"), [("failed:user block", "blocked"), ("failed: system failed", "failed to deliver")]
)
async def test_a_failure_says_why(code: str, words: str, side: Side) -> None:
    await side.lab.misbehave("wechat", receipts="failed", failure_code=code)
    await side.sends(SHIPPED)
    (receipt,) = await told(side)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.code) == (ReceiptStatus.FAILED, code)
    assert words in receipt.text
    assert [entry.code for entry in side.lab.world.books if isinstance(entry, Reported)] == [code]


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (Template(name="TPL-0", words=""), "40037"),
        (Template(name="TPL-2", words="", values=NOTICE.values), "40037"),
        (Template(name="TPL-1", words="", values=(("thing1", "订单"),)), "47003"),
        (Template(name="TPL-1", words="", values=(("thing1", ""), ("time2", "明天"))), "47003"),
        (Template(name="TPL-1", words="", values=SHIPPED.values, once=True), "40037"),
    ],
)
async def test_a_template_is_checked(template: Template, code: str, side: Side) -> None:
    with pytest.raises(Rejected) as caught:
        await side.sends(template)
    assert caught.value.code == code


async def test_whoever_left_gets_no_template(side: Side) -> None:
    await side.says(event="unsubscribe")
    with pytest.raises(OptedOut) as caught:
        await side.sends(SHIPPED)
    assert caught.value.code == "43004"


async def test_the_same_delivery_is_shown_once_within_ten_minutes(side: Side) -> None:
    first = await side.sends(SHIPPED, delivery="d" * 32)
    assert await side.sends(SHIPPED, delivery="d" * 32) == first
    assert len(side.heard()) == 1
    side.lab.clock.move(timedelta(minutes=11))
    assert await side.sends(SHIPPED, delivery="d" * 32) != first


async def test_each_consent_is_good_for_one_notice(side: Side) -> None:
    with pytest.raises(Rejected):
        await side.sends(NOTICE)
    for _ in range(2):
        (consent,) = (await side.says(event="consent", choice="TPL-2", text="accept")).events
        assert isinstance(consent, ConsentChanged)
        assert (consent.template, consent.count) == ("TPL-2", 1)
    names = [await side.sends(NOTICE), await side.sends(NOTICE)]
    with pytest.raises(Rejected) as caught:
        await side.sends(NOTICE)
    assert caught.value.code == "43101"
    assert sorted(await receipts(side)) == [(ReceiptStatus.DELIVERED, name) for name in sorted(names)]


async def test_several_templates_are_asked_for_at_once(side: Side) -> None:
    events = (await side.says(event="consent", choice="TPL-2,TPL-3", text="accept")).events
    assert [event.template for event in events if isinstance(event, ConsentChanged)] == ["TPL-2", "TPL-3"]


async def test_a_refused_question_gives_nothing(side: Side) -> None:
    (event,) = (await side.says(event="consent", choice="TPL-2", text="reject")).events
    assert isinstance(event, Unknown)
    with pytest.raises(Rejected):
        await side.sends(NOTICE)


async def test_consents_can_be_taken_back(side: Side) -> None:
    await side.says(event="consent", choice="TPL-2", text="accept")
    (event,) = (await side.says(event="reconsider", choice="TPL-2", text="reject")).events
    assert isinstance(event, ConsentChanged)
    assert event.count < 0
    with pytest.raises(Rejected):
        await side.sends(NOTICE)


async def test_a_notice_has_short_words(side: Side) -> None:
    await side.says(event="consent", choice="TPL-2", text="accept")
    with pytest.raises(Rejected) as caught:
        await side.sends(Template(name="TPL-2", words="", values=(("thing1", "长" * 21),), once=True))
    assert caught.value.code == "47003"


async def test_only_notices_ask_for_consent(side: Side) -> None:
    assert "no notice" in await side.cannot(event="consent", choice="TPL-1", text="accept")
    assert "accepts or rejects" in await side.cannot(event="consent", choice="TPL-2", text="perhaps")
