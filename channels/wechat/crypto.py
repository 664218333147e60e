"""Proving that a request comes from WeChat, and opening its envelope, in each of the three modes."""

from channels.contract import WebhookRequest
from channels.sealed import Seal, check_fresh, encrypted_part
from channels.wechat.config import Mode, WeChatConfig
from conversations.errors import PayloadUnreadable, SignatureInvalid


class Envelope:
    """How one account's requests are signed and wrapped."""

    def __init__(self, config: WeChatConfig) -> None:
        self._mode = config.mode
        self._seal = Seal(config.token, config.aes_key, config.app_id)

    def verify(self, request: WebhookRequest) -> None:
        """Raise `SignatureInvalid` unless WeChat, and recently, made this request for this account."""
        query = request.query
        self._seal.check(query.get("signature", ""), query)
        check_fresh(query.get("timestamp", ""), request.received_at)
        if request.method == "GET":
            return
        if self._is_encrypted(request):
            self._seal.check(query.get("msg_signature", ""), query, encrypted_part(request.body))
        elif self._mode == Mode.SAFE:
            # Whoever drops `encrypt_type` from a captured address could otherwise post any plain text.
            raise SignatureInvalid("Plain text is refused in safe mode")

    def open(self, request: WebhookRequest) -> str:
        """The XML document of a verified request. Raises `PayloadUnreadable`, also for another account's."""
        if self._is_encrypted(request):
            return self._seal.open(encrypted_part(request.body))
        try:
            return request.body.decode()
        except UnicodeDecodeError:
            raise PayloadUnreadable("The document is not UTF-8") from None

    def wrap(self, document: str, request: WebhookRequest) -> bytes:
        """An answer to this request, encrypted if the request was."""
        return self._seal.reply(document, request.received_at) if self._is_encrypted(request) else document.encode()

    def _is_encrypted(self, request: WebhookRequest) -> bool:
        return self._mode != Mode.PLAIN and "encrypt_type" in request.query
