"""WeCom's no: an errcode inside HTTP 200 (全局错误码, developer.work.weixin.qq.com/document/path/90313)."""

from collections.abc import Mapping

ERRORS: Mapping[int, str] = {
    -1: "system busy",
    40001: "invalid credential",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40011: "invalid video size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40058: "invalid request parameter",
    40096: "invalid external userid",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    42001: "access_token expired",
    44004: "text content is empty",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    47001: "data format error",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95007: "invalid msg token",
    95008: "menu list size is out of limit",
    95009: "invalid menu type",
    95013: "conversation end",
    95018: "send msg session status invalid",
}


class WeComRefuses(Exception):
    """WeCom says no. `words` are added to the code's own."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(f"{ERRORS[code]}: {words}" if words else ERRORS[code])
        self.code = code
