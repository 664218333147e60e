"""Mail on the customers' side, over real SMTP both ways."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import aiosmtplib
import pytest

from lab.books import Answered, Heard, Outcome
from tests.lab.product import Lab


async def write_to_customer(
    lab: Lab, *, sender: str = "service@bank.example", to: str = "lilei@customer.example"
) -> None:
    mail = EmailMessage()
    mail["From"] = f"汇流银行 <{sender}>"
    mail["To"] = to
    mail["Subject"] = "您的账单"
    mail["Message-ID"] = "<1@bank.example>"
    mail["Reply-To"] = "service+token@bank.example"
    mail.set_content("您好，\n账单见附件。")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=lab.world.config.inbox_port, start_tls=False)


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


def mail_to_product(lab: Lab) -> EmailMessage:
    content = lab.product.mails[-1].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=default)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_mail_from_the_product_is_in_the_customers_mailbox(lab: Lab) -> None:
    await write_to_customer(lab)
    (mail,) = heard(lab)
    assert (mail.account, mail.customer, mail.subject, mail.key) == ("mail", "李雷", "您的账单", "<1@bank.example>")
    assert mail.text.splitlines() == ["您好，", "账单见附件。"]


async def test_mail_for_others_is_refused(lab: Lab) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await write_to_customer(lab, to="someone@elsewhere.example")
    assert heard(lab) == []


async def test_mail_from_a_sender_nobody_set_up_is_refused(lab: Lab) -> None:
    with pytest.raises(aiosmtplib.SMTPDataError, match="not known"):
        await write_to_customer(lab, sender="spoofed@bank.example")
    assert heard(lab) == []


@pytest.mark.parametrize(("answers", "code"), [("error", 451), ("busy", 450), ("html", 550)])
async def test_the_inbox_refuses_when_told(lab: Lab, answers: str, code: int) -> None:
    await lab.misbehave("email", answers=answers)
    with pytest.raises(aiosmtplib.SMTPDataError) as caught:
        await write_to_customer(lab)
    assert (caught.value.code, heard(lab)) == (code, [])


@pytest.mark.parametrize(("answers", "count"), [("cut", 0), ("lost", 1)])
async def test_a_line_dropped_after_the_dot_leaves_the_product_in_doubt(lab: Lab, answers: str, count: int) -> None:
    await lab.misbehave("email", answers=answers)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await write_to_customer(lab)
    assert len(heard(lab)) == count


async def test_a_customers_mail_reaches_the_product(lab: Lab) -> None:
    await lab.say("mail", subject="投诉", text="三天没人管 <急>", image="sample")
    envelope, mail = lab.product.mails[0], mail_to_product(lab)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("lilei@customer.example", ["service@bank.example"])
    assert (mail["Subject"], body(mail, "plain").strip()) == ("投诉", "三天没人管 <急>")
    assert "&lt;急&gt;" in body(mail, "html")
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["image/jpeg"]


@pytest.mark.parametrize(("style", "mark"), [("gmail", "写道："), ("qq", "原始邮件")])
async def test_an_answer_hangs_on_the_thread_and_quotes(lab: Lab, style: str, mark: str) -> None:
    await write_to_customer(lab)
    await lab.say("mail", text="收到", reply_to=heard(lab)[0].id, style=style)
    mail = mail_to_product(lab)
    assert (mail["In-Reply-To"], mail["References"]) == ("<1@bank.example>", "<1@bank.example>")
    assert (mail["To"], mail["Subject"]) == ("service+token@bank.example", "Re: 您的账单")
    for kind in ("plain", "html"):
        assert mark in body(mail, kind)
        assert "账单见附件" in body(mail, kind)


async def test_nobody_answers_a_mail_that_went_to_another(lab: Lab) -> None:
    await write_to_customer(lab, to="alice@customer.example")
    asked = {"account": "mail", "customer": "李雷", "text": "收到", "reply_to": heard(lab)[0].id}
    async with lab.http.post("/lab/api/say", json=asked) as response:
        assert response.status == 409


async def test_a_mail_put_off_is_tried_again(lab: Lab) -> None:
    lab.product.mail_answers = ["451 database away", "250 OK"]
    await lab.say("mail", text="你好")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)] == [Outcome.REFUSED, Outcome.TAKEN]
    ids = {message_from_bytes(mail.content or b"")["Message-ID"] for mail in lab.product.mails}  # type: ignore[arg-type]
    assert len(ids) == 1


async def test_a_mail_refused_for_good_is_not_tried_again(lab: Lab) -> None:
    lab.product.mail_answers = ["550 no"]
    await lab.say("mail", text="你好")
    assert [(e.outcome, e.status) for e in lab.world.books if isinstance(e, Answered)] == [(Outcome.REFUSED, 550)]


async def test_told_to_repeat_everything_a_mail_comes_three_times(lab: Lab) -> None:
    await lab.misbehave("email", thrice=True)
    await lab.say("mail", text="你好")
    assert len(lab.product.mails) == 3
