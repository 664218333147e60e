"""The envelope of WeChat and WeCom, against two libraries from npm that are not ours."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.sealed import Seal, check_fresh, encrypted_part, is_aes_key, signature
from conversations.errors import PayloadUnreadable, SignatureInvalid
from lab.wechat.xml import read
from tests.support.node import run_node

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SEAL = Seal("spamtest", AES_KEY, "wx2c2769f8efd9abc2")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DOCUMENTS = ["", "<xml/>", "您好，👨‍👩‍👧", "x" * 31, "x" * 32, "x" * 5000]


async def test_what_wecoms_own_library_encrypts_is_read() -> None:
    script = (
        "const {encrypt} = require('@wecom/crypto'); say(given[0].map((each) => encrypt(given[1], each, given[2])))"
    )
    sealed = await run_node(script, DOCUMENTS, AES_KEY, SEAL.receiver)
    assert [SEAL.open(each) for each in sealed] == DOCUMENTS


async def test_wecoms_own_library_signs_alike() -> None:
    script = "const {getSignature} = require('@wecom/crypto'); say(getSignature(...given))"
    assert await run_node(script, "spamtest", "1409735669", "1320562132", "abc+/=") == signature(
        "spamtest", "1409735669", "1320562132", "abc+/="
    )


async def test_a_reply_is_read_by_the_library_for_official_accounts() -> None:
    reply = read(SEAL.reply("<xml>您好</xml>", NOW))
    script = """
    const Crypt = require("wechat-crypto"), crypt = new Crypt(...given[0]), {Encrypt, TimeStamp, Nonce} = given[1];
    say([crypt.decrypt(Encrypt), crypt.getSignature(TimeStamp, Nonce, Encrypt)]);
    """
    opened, signed = await run_node(script, (SEAL.token, AES_KEY, SEAL.receiver), reply)
    assert opened == {"message": "<xml>您好</xml>", "id": SEAL.receiver}
    assert signed == reply["MsgSignature"]
    assert reply["TimeStamp"] == str(int(NOW.timestamp()))


def test_two_replies_of_the_same_words_differ() -> None:
    assert read(SEAL.reply("<xml/>", NOW))["Encrypt"] != read(SEAL.reply("<xml/>", NOW))["Encrypt"]


def test_what_is_meant_for_somebody_else_is_not_read() -> None:
    other = Seal(SEAL.token, AES_KEY, "wx0000000000000000")
    with pytest.raises(PayloadUnreadable, match="another AppID or CorpID"):
        SEAL.open(encrypted_part(other.reply("<xml/>", NOW)))


@pytest.mark.parametrize("garbage", ["", "AAAA", "not base64!", "A" * 64, "好"])
def test_garbage_is_not_read(garbage: str) -> None:
    with pytest.raises(PayloadUnreadable, match="EncodingAESKey"):
        SEAL.open(garbage)


def test_a_wrong_signature_is_refused() -> None:
    query = {"timestamp": "1", "nonce": "2"}
    SEAL.check(signature("spamtest", "1", "2", "sealed"), query, "sealed")
    for wrong in ("", "签名", signature("spamtest", "1", "2"), signature("spamtest", "1", "2", "sealed")[:-1]):
        with pytest.raises(SignatureInvalid):
            SEAL.check(wrong, query, "sealed")


def test_ten_minutes_are_fresh() -> None:
    for minutes in (-10, 0, 10):
        check_fresh(str(int((NOW + timedelta(minutes=minutes)).timestamp())), NOW)
    for stale in (*(str(int((NOW + timedelta(minutes=each)).timestamp())) for each in (-11, 11)), "", "now", "9" * 13):
        with pytest.raises(SignatureInvalid):
            check_fresh(stale, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<xml/>", b"<xml><Encrypt><a/></Encrypt></xml>", b"<Encrypt>a</Encrypt>"]
)
def test_without_an_encrypted_part_nothing_is_signed(body: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        encrypted_part(body)


@pytest.mark.parametrize(
    ("text", "fine"), [(AES_KEY, True), (AES_KEY[:-1], False), ("好" * 43, False), ("", False), (AES_KEY + "=", False)]
)
def test_an_aes_key_has_43_characters(text: str, fine: bool) -> None:
    assert is_aes_key(text) is fine


def test_the_secrets_do_not_show() -> None:
    assert repr(SEAL) == "Seal(receiver='wx2c2769f8efd9abc2')"
