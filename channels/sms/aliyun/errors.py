"""What Aliyun's codes mean for us: one table, from the lists of its SendSms page and of its interfaces in common."""

from datetime import timedelta

from conversations.errors import Misconfigured, OptedOut, ProviderUnavailable, Rejected, SendError, Throttled

_ERRORS: dict[str, tuple[type[SendError], str]] = {
    "isp.SYSTEM_ERROR": (ProviderUnavailable, "Aliyun has an error of its own"),
    "isp.GATEWAY_ERROR": (ProviderUnavailable, "Aliyun has an error of its own"),
    "InternalError": (ProviderUnavailable, "Aliyun has an error of its own"),
    "ServiceUnavailable": (ProviderUnavailable, "Aliyun is not available"),
    "isv.BUSINESS_LIMIT_CONTROL": (Throttled, "This number has received what Aliyun allows for a while"),
    "isv.DAY_LIMIT_CONTROL": (Throttled, "The account's own limit for the day is reached"),
    "isv.MONTH_LIMIT_CONTROL": (Throttled, "The account's own limit for the month is reached"),
    "Throttling": (Throttled, "Aliyun asks us to slow down"),
    "Throttling.User": (Throttled, "Aliyun asks us to slow down"),
    "Throttling.Api": (Throttled, "Aliyun asks us to slow down"),
    "isp.RAM_PERMISSION_DENY": (Misconfigured, "The RAM user may not send (grant AliyunDysmsFullAccess)"),
    "isv.OUT_OF_SERVICE": (Misconfigured, "The account is suspended (停机)"),
    "isv.AMOUNT_NOT_ENOUGH": (Misconfigured, "The account's balance is used up"),
    "isv.PRODUCT_UN_SUBSCRIPT": (Misconfigured, "The short message service is not activated"),
    "isv.PRODUCT_UNSUBSCRIBE": (Misconfigured, "The short message service is not activated"),
    "isv.ACCOUNT_NOT_EXISTS": (Misconfigured, "Aliyun does not know the account"),
    "isv.ACCOUNT_ABNORMAL": (Misconfigured, "Aliyun has locked the account"),
    "isv.DENY_IP_RANGE": (Misconfigured, "This server's region is not on the account's list"),
    "isv.SMS_SIGNATURE_ILLEGAL": (Misconfigured, "The signature is not approved"),
    "isv.SIGN_NAME_ILLEGAL": (Misconfigured, "The signature is not approved"),
    "isv.SMS_SIGN_ILLEGAL": (Misconfigured, "The signature is not approved"),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": (Misconfigured, "Signature and template are not for the same purpose"),
    "isv.SMS_TEMPLATE_ILLEGAL": (Misconfigured, "The template is not approved"),
    "isv.TEMPLATE_MISSING_PARAMETERS": (Misconfigured, "The template has another variable than template_variable"),
    "isv.INVALID_JSON_PARAM": (Rejected, "Aliyun could not read the variables"),
    "isv.INVALID_PARAMETERS": (Rejected, "Aliyun could not read the request"),
    "isv.TEMPLATE_PARAMS_ILLEGAL": (Rejected, "The text does not fit the kind of the template's variable"),
    "isv.PARAM_LENGTH_LIMIT": (Rejected, "The text is longer than the template's variable may be"),
    "isv.PARAM_NOT_SUPPORT_URL": (Rejected, "The text holds an address, which the template's variable may not"),
    "isv.BLACK_KEY_CONTROL_LIMIT": (Rejected, "The text holds a word that Aliyun forbids"),
    "isv.SMS_CONTENT_ILLEGAL": (Rejected, "Aliyun forbids the text"),
    "isv.MOBILE_NUMBER_ILLEGAL": (Rejected, "Aliyun does not take this phone number"),
    "isv.MOBILE_COUNT_OVER_LIMIT": (Rejected, "Too many phone numbers at once"),
    "isv.EXTEND_CODE_ERROR": (Rejected, "The sender's extension is used by another signature"),
    "isv.CODE_ERROR": (Rejected, "The sender's extension may not be used"),
    "isv.CODE_EXCEED_LIMIT": (Rejected, "All extensions of the sender are in use"),
    "isv.ONE_CODE_MULTIPLE_SIGN": (Rejected, "The sender's extension is used by another signature"),
    "isv.UNSUPPORTED_CONTENT": (Rejected, "The text holds characters that the networks do not carry, such as emoji"),
    "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": (Rejected, "The text is not of the kind that the template is for"),
    "CONTENT_ERROR": (Rejected, "A promotion must end with 拒收请回复R"),
    "MOBILE_IN_BLACK": (OptedOut, "The customer is on a list of those who want no messages"),
    "USER_REJECT": (OptedOut, "The customer wants no messages"),
    "MOBILE_SEND_LIMIT": (Throttled, "This number has received what Aliyun allows for a while"),
    "PORT_NOT_REGISTERED": (Misconfigured, "The sender's number is not registered under a name"),
    "InvalidAccessKeyId.NotFound": (Misconfigured, "Aliyun does not know the AccessKey ID"),
    "InvalidAccessKeyId.Inactive": (Misconfigured, "The AccessKey is disabled"),
    "SignatureDoesNotMatch": (Misconfigured, "Aliyun does not accept the AccessKey Secret"),
    "IncompleteSignature": (Misconfigured, "Aliyun does not accept the signature of the request"),
    "InvalidTimeStamp.Expired": (Misconfigured, "This server's clock is more than 15 minutes wrong"),
    "Forbidden.RAM": (Misconfigured, "The RAM user may not send (grant AliyunDysmsFullAccess)"),
}

_PAUSES = (
    ("天级", timedelta(days=1)),
    ("小时级", timedelta(hours=1)),
    ("DAY_LIMIT", timedelta(hours=1)),
    ("MONTH_LIMIT", timedelta(days=1)),
)
"""Words in the code or message of a limit that say how long it lasts; without one of them, a minute."""


def error_of(code: str, message: str, status: int) -> SendError:
    """The error that a code stands for; one that is not in the table is a refusal, unless the HTTP status says more."""
    unknown = (ProviderUnavailable, "Aliyun is down") if status >= 500 else (Rejected, "Aliyun refused")
    kind, meaning = _ERRORS.get(code, unknown)
    text = f"{meaning} ({code} {message})"
    if kind is Throttled:
        return Throttled(text, code=code, after=_pause(f"{code} {message}"))
    return kind(text, code=code)


def _pause(words: str) -> timedelta:
    return next((pause for word, pause in _PAUSES if word in words), timedelta(minutes=1))
