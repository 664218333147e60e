"""Text comes out of bytes as its writer meant it, whatever the label says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.charset import decode, decode_header


@pytest.mark.parametrize(
    ("raw", "label", "expected"),
    [
        ("镕基".encode("gbk"), "gb2312", "镕基"),
        ("𠮷野家".encode("gb18030"), "gbk", "𠮷野家"),
        ("一".encode("gbk"), "gb2312", "一"),
        ("余额查询".encode(), "gb2312", "余额查询"),
        ("余额".encode(), "cp936", "余额"),
        ("余额".encode("gbk"), "utf-8", "余额"),
        ("余额".encode("gbk"), "", "余额"),
        ("余额".encode(), "us-ascii", "余额"),
        ("余额".encode(), "iso-8859-1", "余额"),
        ("naïve café".encode("latin-1"), "iso-8859-1", "naïve café"),
        ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”"),
        ("餘額".encode("big5"), "Big5", "餘額"),
        (b"plain", "windows-874", "plain"),
        (b"plain", "x-unheard-of", "plain"),
        (b"plain", "base64", "plain"),
        (b"\\u4f59", "unicode_escape", "\\u4f59"),
        (b"\xff\xfe\xfa", "utf-8", "\ufffd\ufffd\ufffd"),
        (b"a\0b", "utf-8", "ab"),
    ],
)
def test_decodes(raw: bytes, label: str, expected: str) -> None:
    assert decode(raw, label) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?B?5L2Z6aKd?= =?utf-8?B?5p+l6K+i?=", "余额查询"),
        ("=?utf-8?B?5L2Z6aI=?=\r\n =?utf-8?B?neafpeivog==?=", "余额查询"),
        ("=?gb2312?B?0+C27g==?= ok", "余额 ok"),
        ("Re: =?GBK?Q?=D3=E0_=B6=EE?=", "Re: 余 额"),
        ("=?utf-8*zh?Q?=E4=BD=99?=", "余"),
        ("=?utf-8?B?5L2Z6aKd?", "=?utf-8?B?5L2Z6aKd?"),
        ("=?utf-8?B?!?=", ""),
        ("余额".encode("gbk").decode("ascii", "surrogateescape"), "余额"),
        ("余额".encode().decode("ascii", "surrogateescape"), "余额"),
        ("one\r\nBcc: two", "one Bcc: two"),
    ],
)
def test_decodes_headers(value: str, expected: str) -> None:
    assert decode_header(value) == expected


@given(
    st.binary(), st.text() | st.sampled_from(["utf-7", "utf-16", "hz", "iso-2022-jp", "punycode", "zip", "undefined"])
)
def test_never_raises_and_is_always_storable(raw: bytes, label: str) -> None:
    text = decode(raw, label)

    assert "\0" not in text
    assert text == text.encode().decode()
