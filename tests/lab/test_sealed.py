"""WeChat's crypto against values that WeChat itself published."""

import pytest

from lab.sealed import SafeMode, Undecipherable, signature
from lab.wechat.xml import read, render

# From the sample code that WeChat hands out with its description of the safe mode (demo of WXBizMsgCrypt).
TOKEN, TIMESTAMP, NONCE = "spamtest", "1409735669", "1320562132"
SAMPLE = SafeMode("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2")
MSG_SIGNATURE = "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
ENCRYPTED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5G"
    "IItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMe"
    "zR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl"
    "9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)


def test_the_published_message_has_the_published_signature() -> None:
    assert signature(TOKEN, TIMESTAMP, NONCE, ENCRYPTED) == MSG_SIGNATURE


def test_the_published_message_can_be_read() -> None:
    message = read(SAMPLE.decrypt(ENCRYPTED))
    assert (message["MsgId"], message["Content"]) == ("6054768590064713728", "abcdteT")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 5000])
def test_what_is_encrypted_can_be_read_again(length: int) -> None:
    xml = b"x" * length
    assert SAMPLE.decrypt(SAMPLE.encrypt(xml)) == xml


def test_two_encryptions_of_one_message_differ() -> None:
    assert SAMPLE.encrypt(b"<xml/>") != SAMPLE.encrypt(b"<xml/>")


def test_a_message_for_another_account_is_not_read() -> None:
    other = SafeMode(SAMPLE.aes_key, "wx0000000000000000")
    with pytest.raises(Undecipherable, match="another account"):
        SAMPLE.decrypt(other.encrypt(b"<xml/>"))


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", ENCRYPTED[:-8], "A" * 64])
def test_garbage_is_not_read(text: str) -> None:
    with pytest.raises(Undecipherable):
        SAMPLE.decrypt(text)


def test_a_customer_cannot_break_out_of_cdata() -> None:
    text = "]]></Content><MsgId>1</MsgId><Content><![CDATA[ & <b>]]]>"
    assert read(render({"Content": text})) == {"Content": text}
