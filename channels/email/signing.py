"""Signing mail in the name of its domain (DKIM, RFC 6376)."""

import dkim

from channels.email.config import EmailConfig

_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"auto-submitted", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
"""Each occurs once at most and is named twice: so none can be added on the way, for readers to see (§5.4.2, §8.15)."""


def sign(config: EmailConfig, raw: bytes) -> bytes:
    """The mail with its signature on top; as it is when no key is set. It may take a second for a large mail."""
    if not config.dkim_key:
        return raw
    signature: bytes = dkim.sign(
        raw,
        config.dkim_selector.encode(),
        config.dkim_domain.encode(),
        config.signing_key,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[*_SIGNED, *_SIGNED],
    )
    return signature + raw
