"""What comes in forged, broken, too large, too old or again: refused in the provider's dialect, nothing written.

One line in the log tells of each refusal, and no line ever tells a secret or a person's number.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import aiosmtplib
import orjson
import pytest
from sqlalchemy import Connection, Text, cast, func, select

from channels.config import describe
from channels.registry import CHANNELS
from conversations.clock import utc_now
from conversations.ids import new_id
from lab.books import Answered
from lab.config import AccountConfig
from lab.people import READY, openid_of
from lab.webhook import Post
from lab.wechat.push import compose
from lab.wechat.xml import render
from storage import tables
from storage.database import Database
from tests.support.eventually import soon
from tests.support.office import KINDS, Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">%s]><xml><ToUserName>&j;</ToUserName></xml>"""
    % b"".join(b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("k")))
)

MEGABYTES = 20

BEATING = frozenset(("leases", "sessions", "sign_in_links"))
"""Tables that live by themselves."""


@dataclass(frozen=True)
class Refused:
    """What the provider is told: the status, and a pattern of the body."""

    status: int
    body: str = ""


@pytest.fixture
def office(at_demo: Office) -> Office:
    """One product for all of them."""
    return at_demo


def account(office: Office, kind: str) -> AccountConfig:
    """The account of a kind, with its secrets."""
    return office.lab.config.account(office.lab.account(kind))


def wechat(office: Office, xml: bytes, *, age: timedelta = timedelta()) -> Post:
    """A request as WeChat signs and encrypts it."""
    known = account(office, "wechat")
    return compose(known, f"{office.product.url}/webhooks/{known.id}", xml, utc_now() - age)


def sms(office: Office, content: object, *, secret: str = "") -> Post:
    """A request as Aliyun sends it."""
    known = account(office, "sms_aliyun")
    return Post(
        url=f"{office.product.url}/webhooks/{known.id}",
        query={"secret": secret or known.settings["callback_secret"]},
        content_type="application/json",
        body=content if isinstance(content, bytes) else orjson.dumps(content),
    )


def a_text(office: Office, text: str = "你好") -> bytes:
    """A follower's message in XML."""
    known = account(office, "wechat")
    fields: dict[str, str | int] = {
        "ToUserName": "gh_0",
        "FromUserName": openid_of(known.settings["app_id"], READY[0]),
        "CreateTime": int(utc_now().timestamp()),
        "MsgType": "text",
        "Content": text,
        "MsgId": 7,
    }
    return render(fields)


def changed(post: Post, *, body: bytes | None = None, url: str = "", **query: str) -> Post:
    """The same request, spoilt."""
    return Post(
        url=url or post.url,
        query={**post.query, **query},
        content_type=post.content_type,
        body=post.body if body is None else body,
    )


def bad_requests(office: Office) -> dict[str, tuple[Post, Refused]]:
    """Each kind of bad request, and the refusal that it deserves."""
    good, stranger = wechat(office, a_text(office)), new_id()
    elsewhere = f"{office.product.url}/webhooks/{stranger}"
    up = {"phone_number": "13800138000", "send_time": "2026-11-21 10:00:00", "content": "你好", "sequence_id": 1}
    return {
        "wrong signature": (changed(good, msg_signature="0" * 40), Refused(403)),
        "signature of another token": (changed(good, signature="0" * 40), Refused(403)),
        "replayed an hour later": (wechat(office, a_text(office), age=timedelta(hours=1)), Refused(403)),
        "truncated": (changed(good, body=good.body[: len(good.body) // 2]), Refused(403)),
        "20 MB": (changed(good, body=b"x" * MEGABYTES * 1024 * 1024), Refused(413)),
        "broken XML": (wechat(office, b"<xml><MsgType>"), Refused(400)),
        "XML bomb": (wechat(office, BOMB), Refused(400)),
        "XML bomb around the envelope": (changed(good, body=BOMB), Refused(403)),
        "unknown account": (changed(good, url=elsewhere), Refused(404)),
        "SMS with a wrong secret": (sms(office, [up], secret="guessed"), Refused(403, '"code":1')),
        "SMS truncated": (sms(office, orjson.dumps([up])[:-9]), Refused(400, '"code":1')),
        "SMS without items": (sms(office, "你好"), Refused(400, '"code":1')),
    }


def log_lines(office: Office, known: int = 0) -> list[str]:
    """What the product logged, without the first lines."""
    return office.product.log().splitlines()[known:]


async def send(office: Office, post: Post) -> tuple[int, str]:
    """Deliver a request as a provider does; the status and the body of the answer."""
    headers = {"Content-Type": post.content_type, "Connection": "close"}
    async with office.http.post(post.url, params=post.query, data=BytesIO(post.body), headers=headers) as answer:
        return answer.status, await answer.text()


async def test_bad_requests_are_refused_and_leave_one_line_in_the_log(office: Office) -> None:
    """In the provider's own dialect, and without a row anywhere."""
    await office.is_quiet()
    before = await row_counts(office)
    for name, (post, refused) in bad_requests(office).items():
        known = len(log_lines(office))
        status, body = await send(office, post)
        assert (status, refused.body in body) == (refused.status, True), f"{name}: {status} {body}"
        await soon(partial(log_lines, office, known), f"a line about {name}")
        assert len(log_lines(office, known)) == 1, f"{name}: {log_lines(office, known)}"
    assert await row_counts(office) == before


async def test_mail_that_cannot_be_taken_is_refused_in_smtp(office: Office) -> None:
    """An unknown mailbox at once, a mail that is too large before it is read."""
    await office.is_quiet()
    before = await row_counts(office)
    mailbox = account(office, "email").settings["mailbox"]
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as unknown:
        await mail(office, "nobody@huiliu.example", b"Subject: hi\r\n\r\nhi\r\n")
    assert unknown.value.recipients[0].code == 550
    with pytest.raises(aiosmtplib.SMTPResponseException) as large:
        await mail(office, mailbox, b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" * (MEGABYTES + 1) * 512 * 1024)
    assert large.value.code == 552
    assert await row_counts(office) == before


async def mail(office: Office, recipient: str, raw: bytes) -> None:
    """Hand a mail to the product's listener."""
    await aiosmtplib.send(
        raw,
        sender="li@customer.example",
        recipients=[recipient],
        hostname="127.0.0.1",
        port=office.product.ports.smtp,
        start_tls=False,
    )


async def test_what_we_have_no_word_for_is_kept_as_it_came(office: Office) -> None:
    """An event of a new kind is answered with success, since the provider would repeat it for ever."""
    fields: dict[str, str | int] = {
        "ToUserName": "gh_0",
        "FromUserName": "oSomebody",
        "CreateTime": int(utc_now().timestamp()),
        "MsgType": "event",
        "Event": "moon_landing",
    }
    assert await send(office, wechat(office, render(fields))) == (200, "success")
    status, _ = await send(office, sms(office, [{"moon": "landed"}]))
    assert status == 200
    kept = await read(office, lambda connection: connection.scalars(select(tables.provider_events.c.raw)).all())
    assert len([raw for raw in kept if "moon" in raw]) == 2


async def test_what_is_delivered_three_times_is_there_once(office: Office) -> None:
    """Providers repeat themselves; the same again is answered with success and changes nothing."""
    text = f"三遍 {new_id()}"
    for provider in ("wechat", "sms_aliyun", "email"):
        await office.lab.misbehave(provider, thrice=True)
        customer = await office.customer(provider)
        await customer.writes(text)
        await office.lab.misbehave(provider, thrice=False)
    said = [entry.id for entry in (await office.books()).said() if entry.text == text]
    answers = [entry for entry in await office.lab.books() if isinstance(entry, Answered) and entry.to in said]
    assert [answer.outcome for answer in answers] == ["taken"] * 9
    says = cast(tables.messages.c.parts, Text).contains(text)
    assert (
        len(await read(office, lambda connection: connection.scalars(select(tables.messages.c.id).where(says)).all()))
        == 3
    )


async def test_a_forged_visitor_is_refused(office: Office) -> None:
    """Nobody becomes somebody else by saying so."""
    known = account(office, "webchat").id
    address = f"{office.product.url}/webchat/{known}/socket"
    async with office.http.ws_connect(address, headers={"Origin": office.product.url}) as socket:
        await socket.send_json({"kind": "hello", "identity": '{"user":"1","exp":9999999999}', "signature": "0" * 64})
        assert await socket.receive_json() == {"kind": "refused", "id": "hello", "reason": "identity"}


async def test_no_secret_and_no_number_stands_in_the_log(office: Office) -> None:
    """Whatever was done to the product until now."""
    phone, card = "13912345678", "6222021234567890128"
    for kind in KINDS:
        customer = await office.customer(kind)
        await customer.writes(f"我的手机号码是 {phone}，卡号 {card}")
    await asyncio.gather(*(send(office, post) for post, _ in bad_requests(office).values()))
    log = office.product.log() + office.product.output().split("Ctrl-C")[0]
    assert [word for word in (phone, card, *secrets(office)) if word in log] == []
    # Eleven digits between letters are part of an id.
    assert re.findall(r"(?<![0-9a-f.])1[3-9]\d{9}(?![0-9a-f])", log) == []


def secrets(office: Office) -> Iterable[str]:
    """Every secret setting of every account, and the key of the installation."""
    for known in office.lab.config.accounts:
        yield from (known.settings[name] for name in secret_names(known.kind) if known.settings.get(name))
    yield (office.product.folder / "secret.key").read_text().strip()


def secret_names(kind: str) -> Sequence[str]:
    """Which settings of a kind must never be shown."""
    return [info.name for info in describe(CHANNELS[kind].Config) if info.secret]


async def row_counts(office: Office) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Connection) -> dict[str, int]:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
            if table.name not in BEATING
        }

    counts: dict[str, int] = await read(office, count)
    return counts


async def read(office: Office, query: Any) -> Any:
    """Ask the database."""
    database = Database(office.product.settings.database_url)
    try:
        return await database.read(query)
    finally:
        await database.close()
