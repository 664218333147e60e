"""Mail on the customers' side, over real SMTP both ways."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import aiosmtplib
import pytest

from lab.books import Answered, Heard, Outcome, Reported
from tests.lab.product import Lab

BOUNCES = "bounces+token@bank.example"


async def write_to_customer(
    lab: Lab,
    *,
    sender: str = "service@bank.example",
    to: str = "lilei@customer.example",
    envelope: str = BOUNCES,
    **headers: str,
) -> None:
    mail = EmailMessage()
    mail["From"] = f"汇流银行 <{sender}>"
    mail["To"] = to
    mail["Subject"] = "您的账单"
    mail["Message-ID"] = "<1@bank.example>"
    mail["Reply-To"] = "service+token@bank.example"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("您好，\n账单见附件。")
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=lab.world.config.inbox_port, start_tls=False) as server:
        await server.mail(envelope)
        await server.rcpt(to)
        await server.data(mail.as_bytes())


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
    with pytest.raises(aiosmtplib.SMTPRecipientRefused):
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


def reports(lab: Lab) -> list[tuple[str, str]]:
    """Action and status of each delivery report that the product got, all of them without a sender."""
    found = []
    for envelope in lab.product.mails:
        assert (envelope.mail_from, envelope.rcpt_tos) == ("<>", [BOUNCES])
        mail = message_from_bytes(envelope.content or b"", policy=default)  # type: ignore[arg-type]
        status = next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status")
        fields = status.get_payload()[1]  # type: ignore[index]
        assert fields["Final-Recipient"] == "rfc822; lilei@customer.example"  # type: ignore[index]
        assert "<1@bank.example>" in mail.as_string()
        found.append((str(fields["Action"]), str(fields["Status"])))  # type: ignore[index]
    return found


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ("normal", []),
        ("failed", [("failed", "5.2.1")]),
        ("early", [("failed", "5.2.1")]),
        ("twice", [("failed", "5.2.1"), ("failed", "5.2.1")]),
        ("late", [("delayed", "4.4.1"), ("failed", "5.2.1")]),
    ],
)
async def test_the_server_reports_in_the_manner_that_is_set(
    lab: Lab, receipts: str, expected: list[tuple[str, str]]
) -> None:
    await lab.misbehave("email", receipts=receipts, failure_code="5.2.1")
    await write_to_customer(lab)
    await lab.world.errands.settle()

    assert reports(lab) == expected
    told = [(entry.success, entry.code) for entry in lab.world.books if isinstance(entry, Reported)]
    assert told == [(action != "failed", code) for action, code in expected]


async def test_reports_come_again_until_they_are_taken(lab: Lab) -> None:
    lab.product.mail_answers = ["451 database away", "250 OK"]
    await lab.misbehave("email", receipts="failed")
    await write_to_customer(lab)
    await lab.world.errands.settle()

    assert len(reports(lab)) == 2


async def put(lab: Lab, state: str) -> None:
    asked = {"account": "mail", "command": "mailbox", "customer": "李雷", "state": state}
    async with lab.http.post("/lab/api/command", json=asked) as response:
        assert response.status == 200, await response.text()


@pytest.mark.parametrize(("state", "code"), [("gone", 550), ("full", 452)])
async def test_a_mailbox_that_cannot_take_mail_says_so_at_once(lab: Lab, state: str, code: int) -> None:
    await put(lab, state)
    with pytest.raises(aiosmtplib.SMTPRecipientRefused) as caught:
        await write_to_customer(lab)
    assert caught.value.code == code

    await put(lab, "normal")
    await write_to_customer(lab)
    assert len(heard(lab)) == 1


async def test_a_state_that_there_is_not_is_refused(lab: Lab) -> None:
    asked = {"account": "mail", "command": "mailbox", "customer": "李雷", "state": "asleep"}
    async with lab.http.post("/lab/api/command", json=asked) as response:
        assert response.status == 400


async def test_somebody_who_is_away_says_so_once(lab: Lab) -> None:
    await put(lab, "away")
    await write_to_customer(lab)
    await write_to_customer(lab)
    await lab.world.errands.settle()

    (envelope,) = lab.product.mails
    mail = mail_to_product(lab)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("<>", [BOUNCES])
    assert mail["Auto-Submitted"].startswith("auto-replied")
    assert mail["In-Reply-To"] == "<1@bank.example>"


async def test_nobodys_absence_answers_a_program(lab: Lab) -> None:
    await put(lab, "away")
    await write_to_customer(lab, Auto_Submitted="auto-generated")
    await lab.world.errands.settle()

    assert lab.product.mails == []


async def test_mail_without_a_sender_is_neither_reported_on_nor_answered(lab: Lab) -> None:
    await put(lab, "away")
    await lab.misbehave("email", receipts="failed")
    await write_to_customer(lab, envelope="")
    await lab.world.errands.settle()

    assert len(heard(lab)) == 1
    assert lab.product.mails == []
