"""What a visitor who is gone has not seen follows them by mail, once; only their answer proves whose mailbox it is."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiohttp.test_utils import TestClient, TestServer

from channels.webchat.identity import sign_claims
from conversations.account import Account
from conversations.address import Address
from conversations.clock import utc_now
from conversations.errors import Overtaken, TooOften
from conversations.events import EventKind
from conversations.ids import AccountId, ContactId
from conversations.message import AuthorKind, Delivery, DeliveryState, Message
from conversations.parts import Media, MediaType, Text
from gateway.mail import mail_listener
from gateway.webchat.hub import HUB
from gateway.webchat.presence import see
from lab.app import make_app, open_lab
from lab.books import Heard
from outreach.absence import AWAY, FORGOTTEN
from storage import accounts, contacts, conversations, deliveries, events, messages
from tests.lab.product import MAIL, Lab, MovableClock, Product, lab_config
from tests.support.builders import SetClock
from tests.support.eventually import eventually, soon
from tests.support.ports import free_port
from tests.support.webchat_site import SITE_SECRET, Gateway, Site, running_gateway

MAILBOX = AccountId("mail")
LI, HAN = Address("mailto:lilei@customer.example"), Address("mailto:hanmeimei@customer.example")
FORM = {"name": "李雷", "email": "LiLei@customer.example", "question": "发票什么时候寄出？"}


@dataclass
class Town:
    """A site with a chat, a mail account, and the customers' mail server."""

    gateway: Gateway
    site: Site
    lab: Lab
    clock: SetClock

    async def leaves(self, form: dict[str, str] = FORM) -> dict[str, Any]:
        """A visitor fills in the form, and is gone; their welcome."""
        async with self.site.browser() as (browser, welcome):
            await browser.say(kind="message", id="message-1", form=form)
            await browser.hear("committed")
        return welcome

    async def comes_back(self, visitor: dict[str, Any]) -> None:
        """The visitor opens the page again, and has the latest answer."""
        async with self.site.browser(token=visitor["token"]) as (browser, welcome):
            (part,) = welcome["messages"][-1]["parts"]
            await browser.say(kind="receipt", status="delivered", deliveries=[part["delivery"]])

            async def is_seen() -> bool:
                found = await self.gateway.services.database.read(deliveries.get, part["delivery"])
                return found is not None and found.state is DeliveryState.DELIVERED

            await eventually(is_seen, "the visitor has the answer")

    async def replies(self, *parts: Any) -> Message:
        """The agent answers, and the answer waits where the visitor would see it."""
        message = await self.site.reply(*parts)

        async def waits() -> bool:
            found = await self.gateway.services.database.read(messages.get, message.id)
            return found is not None and found.state is DeliveryState.ACCEPTED

        await eventually(waits, "the answer waits for the visitor")
        return message

    async def look(self) -> None:
        """What the schedule has done now and then; two workers at once."""
        absence = self.gateway.services.absence
        gone = await absence.gone()
        await asyncio.gather(*(absence.follow(visitor) for visitor in gone * 2))

    def mails(self) -> list[Heard]:
        """What is in the customers' mailboxes."""
        return [each for each in self.lab.world.books if isinstance(each, Heard)]

    async def mail(self, count: int = 1) -> Heard:
        """Wait for so many mails; the last one."""
        await soon(lambda: len(self.mails()) == count, f"{count} mails came")
        return self.mails()[-1]

    async def owner(self, address: Address) -> ContactId | None:
        """Whose address this is."""
        return (await self.gateway.services.database.write(contacts.by_addresses, [address])).get(address)

    async def timeline(self) -> list[Message]:
        """What was said with the visitor, by whatever way."""
        (conversation,) = [each for each in await self.talks() if each.address.startswith("web:") or each.subject]
        return await self.gateway.services.database.read(messages.of_conversation, conversation.id)

    async def talks(self) -> list[Any]:
        """Every conversation, the oldest first."""
        return await self.gateway.services.database.read(conversations.in_progress)


@pytest.fixture
async def town(tmp_path: Path, redis_url: str, database_url: str) -> AsyncIterator[Town]:
    clock, smtp_port, inbox_port = SetClock(), free_port(), free_port()
    settings = {"HUILIU_DATABASE_URL": database_url, "HUILIU_SMTP_PORT": str(smtp_port)}
    config = lab_config(tmp_path, "http://127.0.0.1:1", inbox_port=inbox_port, mail_port=smtp_port)
    async with (
        running_gateway(tmp_path, redis_url, clock, **settings) as gateway,
        mail_listener(gateway.services),
        open_lab(config, MovableClock()) as (world, providers),
        TestClient(TestServer(make_app(world, providers))) as http,
    ):
        site = await gateway.open_site(prechat="optional", prechat_fields="name, email, question")
        town = Town(gateway, site, Lab(world, http, Product(), MovableClock()), clock)
        await set_up_mail(town, inbox_port)
        yield town


async def set_up_mail(town: Town, port: int) -> None:
    settings = {**MAIL, "smtp_host": "127.0.0.1", "smtp_port": str(port), "thread_secret": "thread-secret-of-tests"}
    account = Account(id=MAILBOX, kind="email", name="客服邮箱", settings=settings)
    services = town.gateway.services
    await services.database.write(accounts.add, services.vault, account, utc_now(), "test")
    await services.accounts.load()


async def a_stranger_answers(town: Town, mail: Heard) -> None:
    """韩梅梅 was given 李雷's mail, token and all."""
    answer = EmailMessage()
    answer["From"], answer["To"], answer["In-Reply-To"] = HAN.removeprefix("mailto:"), mail.reply_to, mail.key
    answer.set_content("转给我的")
    port = town.gateway.services.settings.smtp_port
    await aiosmtplib.send(answer, hostname="127.0.0.1", port=port, start_tls=False)


async def test_a_chat_goes_on_by_mail(town: Town) -> None:
    """From the form to the agent's second answer: one conversation, over two ways."""
    visitor = await town.leaves()
    answers = [await town.replies("明天寄出。"), await town.replies("单号随后告诉您。")]
    town.clock.forward(AWAY - timedelta(seconds=1))
    await town.look()
    assert town.mails() == []

    town.clock.forward(timedelta(seconds=1))
    await town.look()
    mail = await town.mail()
    await town.look()
    assert (mail.customer, mail.subject) == ("李雷", "对您留言的答复")
    assert "明天寄出。\n\n单号随后告诉您。\n\n您可以直接回复" in mail.text.replace("\r\n", "\n")
    assert await town.owner(LI) is None
    database = town.gateway.services.database
    parts = await database.read(deliveries.of_messages, [each.id for each in answers])
    sent = next(each for each in await town.timeline() if each.author is AuthorKind.SYSTEM)
    assert [part.mailed_as for each in answers for part in parts[each.id]] == [sent.id, sent.id]

    await town.lab.say("mail", text="好的，谢谢", reply_to=mail.id, style="gmail")
    (talk,) = await town.talks()
    assert (talk.account_id, talk.address) == (MAILBOX, LI)
    assert (await town.timeline())[-1].parts[0].text.startswith("好的，谢谢")  # type: ignore[union-attr]
    reasons = {each["address"]: each["reason"] for each in await database.read(contacts.identities_of, talk.contact_id)}
    web = Address(f"web:{town.site.account}/{visitor['visitor']}")
    assert reasons == {web: "first message", LI: f"proved together with {web}"}

    await town.gateway.services.desk.reply(town.gateway.agent, talk.id, (Text("不客气"),), key="thanks")
    second = await town.mail(2)
    assert (second.subject, second.text.strip()) == ("Re: 对您留言的答复", "不客气")
    town.clock.forward(AWAY)
    await town.look()
    assert await town.gateway.services.absence.gone() == []


async def test_files_follow_too(town: Town) -> None:
    await town.leaves()
    digest = await town.gateway.services.files.save(b"%PDF-1.4")
    await town.replies(Media(MediaType.FILE, name="合同.pdf", mime="application/pdf", size=8, digest=digest))
    town.clock.forward(AWAY)
    await town.look()

    await town.mail(2)
    letter, file = town.mails()
    assert (bool(letter.medium), bool(file.medium)) == (False, True)
    assert "（1 个文件随后以单独的邮件发送。）\n\n您可以直接回复" in letter.text.replace("\r\n", "\n")
    assert "[file]" not in letter.text


async def test_whoever_comes_back_in_between_is_sent_nothing(town: Town) -> None:
    visitor = await town.leaves()
    await town.replies("明天寄出。")
    town.clock.forward(AWAY / 2)
    await town.comes_back(visitor)
    town.clock.forward(AWAY * 2)

    assert await town.gateway.services.absence.gone() == []


async def test_mail_that_could_not_go_yet_is_not_sent_to_whoever_came_back(town: Town) -> None:
    services = town.gateway.services
    visitor = await town.leaves()
    answer = await town.replies("明天寄出。")
    await town.lab.misbehave("email", answers="busy")
    town.clock.forward(AWAY)
    await town.look()
    (mail,) = [each for each in await town.timeline() if each.author is AuthorKind.SYSTEM]

    async def mail_part() -> Delivery:
        return (await services.database.read(deliveries.of_messages, [mail.id]))[mail.id][0]

    async def is_put_off() -> bool:
        return (await mail_part()).attempt == 2

    await eventually(is_put_off, "the mail waits for the server")
    await town.comes_back(visitor)
    await town.lab.misbehave("email", answers="normal")
    town.clock.forward(timedelta(hours=1))

    async def is_over() -> bool:
        return (await mail_part()).state is DeliveryState.SUPPRESSED

    await eventually(is_over, "the mail is not sent any more")
    assert (await mail_part()).error_kind == Overtaken.kind
    assert town.mails() == []
    assert (await services.database.read(deliveries.of_messages, [answer.id]))[answer.id][0].mailed_as == mail.id


async def test_nobody_is_gone_whose_line_is_open(town: Town) -> None:
    """Not even with a program of their own that tells nothing of what it has."""
    visitor = await town.leaves()
    await town.replies("明天寄出。")
    async with town.site.browser(token=visitor["token"]):
        town.clock.forward(AWAY)
        await see(town.gateway.services, town.gateway.server.app[HUB])
        assert await town.gateway.services.absence.gone() == []
    town.clock.forward(AWAY)
    await town.look()

    await town.mail()


async def test_a_mailbox_that_somebody_names_opens_nobody_elses_conversations(town: Town) -> None:
    """A name is no proof, nor is the token in another hand, nor a mail from there without it."""
    await town.lab.say("mail", subject="贷款", text="我的贷款批了吗")
    li = await town.owner(LI)
    visitor = await town.leaves()
    await town.replies("明天寄出。")
    town.clock.forward(AWAY)
    await town.look()
    mail = await town.mail()
    web = Address(f"web:{town.site.account}/{visitor['visitor']}")

    await town.lab.say("mail", subject="另一件事", text="你好")
    await a_stranger_answers(town, mail)
    assert len({await town.owner(address) for address in (LI, HAN, web)}) == 3

    await town.lab.say("mail", text="好的", reply_to=mail.id)
    assert await town.owner(web) == await town.owner(LI) == li != await town.owner(HAN)
    (merged,) = [
        each
        for each in await town.gateway.services.database.read(events.after, 0, 1000)
        if each.kind is EventKind.CONTACTS_MERGED
    ]
    assert merged.reason == f"proved to be one person: {LI}, {web}"


async def test_nobody_is_sent_more_than_a_few_such_mails(town: Town) -> None:
    """Whose mailbox it is, nobody knows; the message says why it was not sent."""
    await town.leaves()
    for number in range(7):
        await town.replies(f"答复 {number}")
        town.clock.forward(AWAY)
        await town.look()
    mails = [each for each in await town.timeline() if each.author is AuthorKind.SYSTEM]

    async def is_over() -> bool:
        found = await town.gateway.services.database.read(messages.many, [each.id for each in mails])
        return DeliveryState.PENDING not in {each.state for each in found.values()}

    await eventually(is_over, "everything was sent or refused")
    parts = await town.gateway.services.database.read(deliveries.of_messages, [each.id for each in mails])
    kinds = [part.error_kind for each in mails for part in parts[each.id]]
    assert kinds == [""] * 5 + [TooOften.kind] * 2
    assert len(town.mails()) == 5


async def test_what_visitors_typed_is_thrown_away_when_they_do_not_come_any_more(town: Town) -> None:
    await town.leaves()
    await town.replies("明天寄出。")
    town.clock.forward(FORGOTTEN + timedelta(seconds=1))
    await town.gateway.services.absence.forget()

    assert await town.gateway.services.absence.gone() == []


async def add_mailbox(town: Town, mailbox: str) -> None:
    """Another e-mail account, younger than the first."""
    services = town.gateway.services
    (first,) = [each.account for each in services.accounts.listed("email")]
    settings = {**first.settings, "mailbox": mailbox, "thread_secret": f"secret-of-{mailbox}"}
    account = Account(id=AccountId(mailbox), kind="email", name=mailbox, settings=settings)
    await services.database.write(accounts.add, services.vault, account, utc_now(), "test")
    await services.accounts.load()


async def test_each_site_has_the_mailbox_it_names_and_several_may_share_one(town: Town) -> None:
    """Three sites: the first names none, the others the same, in letters of another size."""
    services = town.gateway.services
    await add_mailbox(town, "cards@huiliu.example")
    cards = [await town.gateway.open_site(mails_from="Cards@huiliu.example") for _ in range(2)]
    senders = [services.absence.sender(site.account) for site in (town.site, *cards)]
    assert [each.account.id for each in senders if each] == ["mail", "cards@huiliu.example", "cards@huiliu.example"]
    async with cards[0].browser() as (browser, _):
        await browser.say(kind="message", id="message-1", text="卡什么时候寄出？")
        await browser.hear("committed")
        await browser.say(kind="message", id="message-2", mailbox="LiLei@customer.example")
        await browser.hear("committed")
    town.site = cards[0]
    await town.replies("明天寄出。")
    town.clock.forward(AWAY)
    await town.look()
    (mail,) = [each for each in await town.timeline() if each.author is AuthorKind.SYSTEM]
    assert (mail.account_id, mail.address) == ("cards@huiliu.example", LI)


async def test_a_site_whose_mailbox_is_paused_sends_by_no_other(town: Town) -> None:
    services = town.gateway.services
    await add_mailbox(town, "cards@huiliu.example")
    town.site = await town.gateway.open_site(mails_from="cards@huiliu.example", prechat="optional")
    await town.leaves()
    await town.replies("明天寄出。")
    await services.database.write(accounts.pause, AccountId("cards@huiliu.example"), "SPF", town.clock())
    await services.accounts.load()
    town.clock.forward(AWAY)
    assert await services.absence.gone() == []
    await town.look()
    assert town.mails() == []


async def test_who_may_still_leave_an_address_is_told_so(town: Town) -> None:
    """Not who left one, nor a customer for whom the site vouches."""
    visitor = await town.leaves()
    told = []
    identity = json.dumps({"user": "10086", "exp": int(town.clock().timestamp()) + 600})
    vouched = {"identity": identity, "signature": sign_claims(SITE_SECRET, identity)}
    for hello in ({}, {"token": visitor["token"]}, vouched):
        async with town.site.browser(**hello) as (_, welcome):
            told.append(welcome["mails"])
    assert told == [True, False, False]


async def test_without_a_mail_account_nothing_happens(town: Town) -> None:
    """Nor is it promised."""
    services = town.gateway.services
    async with town.site.browser() as (_, welcome):
        assert welcome["questions"]["mails"] is True
    await town.leaves()
    await town.replies("明天寄出。")
    await services.database.write(accounts.pause, MAILBOX, "SPF", town.clock())
    await services.accounts.load()
    town.clock.forward(AWAY)

    await town.look()
    async with town.site.browser() as (_, welcome):
        assert (welcome["questions"]["mails"], welcome["mails"]) == (False, False)
    assert town.mails() == []
