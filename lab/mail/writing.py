"""How customers' mail programs write: Gmail's and QQ's way of quoting, with the headers a thread hangs on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from html import escape
from zoneinfo import ZoneInfo

from lab.books import Customer, Heard
from lab.media import sniff
from lab.people import MAIL_DOMAIN

CHINA = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that a customer is about to send; `answered` is the mail from us that it answers."""

    author: Customer
    to: str
    subject: str
    text: str
    at: datetime
    picture: bytes = b""
    answered: Heard | None = None
    quoted_from: str = ""


def write(letter: Letter, style: str) -> EmailMessage:
    """The mail as the customer's program would send it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(letter.author.name, addr_spec=letter.author.mailbox)
    mail["To"] = letter.to
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.at.astimezone(CHINA))
    mail["Message-ID"] = make_msgid(domain=MAIL_DOMAIN)
    _thread(mail, letter.answered)
    charset, plain, rich = _STYLES[style](letter)
    mail.set_content(plain, charset=charset)
    mail.add_alternative(rich, subtype="html", charset=charset)
    _attach(mail, letter.picture)
    return mail


def _thread(mail: EmailMessage, answered: Heard | None) -> None:
    if answered is not None:
        mail["In-Reply-To"] = answered.key
        mail["References"] = f"{answered.references} {answered.key}".strip()


def _attach(mail: EmailMessage, picture: bytes) -> None:
    mime = sniff(picture)
    if picture:
        main, _slash, sub = (mime or "application/octet-stream").partition("/")
        mail.add_attachment(picture, maintype=main, subtype=sub, filename=f"图片.{sub}")


def _gmail(letter: Letter) -> tuple[str, str, str]:
    own = f'<div dir="ltr">{_lines_as_html(letter.text)}</div>'
    if letter.answered is None:
        return "utf-8", letter.text, own
    head = f"{letter.quoted_from} 于{_chinese_time(letter.answered.at)}写道："
    quoted = "\n".join(f"> {line}" for line in letter.answered.text.splitlines())
    rich = (
        f'{own}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(head)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">'
        f"{_lines_as_html(letter.answered.text)}</blockquote></div>"
    )
    return "utf-8", f"{letter.text}\n\n{head}\n\n{quoted}\n", rich


def _qq(letter: Letter) -> tuple[str, str, str]:
    own = f"<div>{_lines_as_html(letter.text)}</div>"
    if letter.answered is None:
        return "gb18030", letter.text, own
    rule = "------------------ 原始邮件 ------------------"
    facts = (
        f"发件人: {letter.quoted_from};",
        f"发送时间: {_chinese_time(letter.answered.at)}",
        f"收件人: {letter.author.name} <{letter.author.mailbox}>;",
        f"主题: {letter.answered.subject}",
    )
    plain = "\n".join((letter.text, "", "", rule, *facts, "", letter.answered.text))
    rich = (
        f"{own}<div><br></div><div><br></div><div><includetail>"
        f'<div style="font-size:12px;font-family:Arial Narrow;padding:2px 0">{rule.replace(" ", "&nbsp;")}</div>'
        f'<div style="font-size:12px;background:#efefef;padding:8px">{"<br>".join(map(escape, facts))}</div>'
        f"<div><br></div><div>{_lines_as_html(letter.answered.text)}</div></includetail></div>"
    )
    return "gb18030", plain, rich


_STYLES: Mapping[str, Callable[[Letter], tuple[str, str, str]]] = {"gmail": _gmail, "qq": _qq}


def _lines_as_html(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))


def _chinese_time(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日周{WEEKDAYS[local.weekday()]} {local:%H:%M}"
