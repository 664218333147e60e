"""Signed mail is what a receiving server finds genuine, and nothing can be changed in or added to it (RFC 6376)."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings
from conversations.parts import Media, MediaType, Text
from tests.channels.email.test_channel import OUTGOING, channel
from tests.support.mail_server import running_mail_server
from tests.support.surroundings import MemoryFiles, open_surroundings

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RECORD = b"v=DKIM1; k=rsa; p=" + b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)
SIGNING = {"dkim_domain": "huiliu.example", "dkim_selector": "s1", "dkim_key": PEM}


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


async def sent(around: Surroundings, outgoing: Outgoing, **settings: str) -> bytes:
    async with running_mail_server() as server:
        mailbox = channel(around, smtp_port=str(server.port), public_url="https://huiliu.example", **settings)
        await mailbox.send(outgoing)
    return server.mails[0].replace(b"\r\n..", b"\r\n.").removesuffix(b".\r\n")


def is_genuine(mail: bytes) -> bool:
    def record(name: bytes, timeout: int = 5) -> bytes | None:
        return RECORD if name == b"s1._domainkey.huiliu.example." else None

    return bool(dkim.verify(mail, dnsfunc=record))


@pytest.mark.parametrize("pem", [PEM, PEM.replace("\n", "\r\n"), f"\n{PEM}\n"])
async def test_a_receiver_finds_our_mail_genuine(pem: str, around: Surroundings) -> None:
    mail = await sent(around, replace(OUTGOING, automatic=True, thread=("<a@b.c>",)), **{**SIGNING, "dkim_key": pem})

    assert is_genuine(mail)


async def test_a_mail_with_a_file_is_signed_too(around: Surroundings) -> None:
    files = MemoryFiles()
    media = Media(MediaType.FILE, name="发票.pdf", mime="application/pdf", digest=files.keep(bytes(range(256)) * 99))

    assert is_genuine(await sent(replace(around, files=files), replace(OUTGOING, part=media), **SIGNING))


async def test_the_signature_covers_both_headers_of_one_click(around: Surroundings) -> None:
    mail = await sent(around, replace(OUTGOING, automatic=True), **SIGNING)
    signature = re.sub(rb"\s", b"", mail.partition(b"\r\nFrom:")[0])
    (covered,) = re.findall(rb";h=([^;]*);", signature)

    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from", b"message-id"} <= set(covered.split(b":"))


@pytest.mark.parametrize(
    ("genuine", "changed"),
    [
        (b"One-Click", b"Two-Clicks"),
        (b"unsubscribe/mail", b"unsubscribe/evil"),
        (b"\r\nMIME-Version", b"\r\nFrom: mallory@evil.example\r\nMIME-Version"),
        (b"\r\nMIME-Version", b"\r\nList-Unsubscribe: <https://evil.example>\r\nMIME-Version"),
        (b"\r\nMIME-Version", b"\r\nSubject: another\r\nMIME-Version"),
    ],
)
async def test_nothing_can_be_changed_or_added(genuine: bytes, changed: bytes, around: Surroundings) -> None:
    mail = await sent(around, replace(OUTGOING, automatic=True), **SIGNING)
    forged = mail.replace(genuine, changed, 1)

    assert genuine in mail
    assert is_genuine(mail)
    assert not is_genuine(forged)


async def test_the_words_cannot_be_changed(around: Surroundings) -> None:
    mail = await sent(around, replace(OUTGOING, part=Text("a" * 60)), **SIGNING)

    assert not is_genuine(mail[:-20] + b"x" + mail[-19:])


async def test_without_a_key_nothing_is_signed(around: Surroundings) -> None:
    assert b"DKIM-Signature" not in await sent(around, OUTGOING)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dkim_domain": "huiliu.example"},
        {**SIGNING, "dkim_selector": ""},
        {**SIGNING, "dkim_selector": "a b"},
        {**SIGNING, "dkim_key": "not a key"},
        {**SIGNING, "dkim_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"},
        {
            **SIGNING,
            "dkim_key": ec.generate_private_key(ec.SECP256R1())
            .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            .decode(),
        },
    ],
)
async def test_settings_that_cannot_sign_are_refused(wrong: dict[str, str], around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid, match="dkim") as caught:
        channel(around, **wrong)

    assert "PRIVATE" not in str(caught.value)
