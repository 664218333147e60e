"""What Tencent's codes mean for us: one table.

Sources: cloud.tencent.com/document/product/382/59177, and for what all its interfaces share document/api/382/52081.
"""

from datetime import timedelta

from conversations.errors import (
    Misconfigured,
    OptedOut,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    UnknownOutcome,
)

_ERRORS: dict[str, tuple[type[SendError], str]] = {
    "FailedOperation": (Rejected, "Tencent refused"),
    "FailedOperation.ContainSensitiveWord": (Rejected, "The text holds a word that Tencent forbids"),
    "FailedOperation.InsufficientBalanceInSmsPackage": (Misconfigured, "The account has no messages left to send"),
    "FailedOperation.MissingSignature": (Misconfigured, "The account has no signature"),
    "FailedOperation.MissingSignatureList": (Misconfigured, "The signature is not approved"),
    "FailedOperation.MissingTemplateList": (Misconfigured, "The template is not approved"),
    "FailedOperation.PhoneNumberInBlacklist": (OptedOut, "The customer is on a list of those who want no messages"),
    "FailedOperation.PhoneNumberParseFail": (Rejected, "Tencent does not take this phone number"),
    "FailedOperation.ProhibitSubAccountUse": (Misconfigured, "Users below the main account may not do this"),
    "FailedOperation.SignatureIncorrectOrUnapproved": (Misconfigured, "The signature is wrong or not approved"),
    "FailedOperation.TemplateIdNotExist": (Misconfigured, "Tencent does not know the template"),
    "FailedOperation.TemplateIncorrectOrUnapproved": (Misconfigured, "The template is wrong or not approved"),
    "FailedOperation.TemplateUnapprovedOrNotExist": (Misconfigured, "The template does not exist or is not approved"),
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (
        Misconfigured,
        "The template has another number of variables",
    ),
    "InternalError": (ProviderUnavailable, "Tencent has an error of its own"),
    "InternalError.JsonParseFail": (Rejected, "Tencent could not read the variables"),
    "InternalError.ParseBackendResponseFail": (UnknownOutcome, "Tencent could not read what the network said"),
    "InternalError.RequestTimeException": (Misconfigured, "This server's clock is more than ten minutes wrong"),
    "InternalError.RestApiInterfaceNotExist": (Misconfigured, "api_url is not the interface of short messages"),
    "InternalError.SendAndRecvFail": (UnknownOutcome, "Tencent had no answer from the network in time"),
    "InternalError.SigFieldMissing": (Misconfigured, "Tencent does not accept the signature of the request"),
    "InternalError.SigVerificationFail": (Misconfigured, "Tencent does not accept the signature of the request"),
    "InternalError.Timeout": (UnknownOutcome, "Tencent had no answer from the network in time"),
    "InvalidParameter": (Rejected, "Tencent could not read the request"),
    "InvalidParameter.AppidAndBizId": (Misconfigured, "sdk_app_id belongs to another account"),
    "InvalidParameter.DirtyWordFound": (Rejected, "The text holds a word that Tencent forbids"),
    "InvalidParameterValue": (Rejected, "Tencent does not take a value"),
    "InvalidParameterValue.ContentLengthLimit": (Rejected, "The text is too long"),
    "InvalidParameterValue.IncorrectPhoneNumber": (Rejected, "Tencent does not take this phone number"),
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": (
        Rejected,
        "The text holds an address, which the template's variable may not",
    ),
    "InvalidParameterValue.SdkAppIdNotExist": (Misconfigured, "Tencent does not know the sdk_app_id"),
    "InvalidParameterValue.TemplateParameterFormatError": (
        Rejected,
        "The variable of a template for codes takes up to six digits alone",
    ),
    "InvalidParameterValue.TemplateParameterLengthLimit": (
        Rejected,
        "The text is longer than the template's variable may be",
    ),
    "LimitExceeded.AppCountryOrRegionInBlacklist": (Misconfigured, "The account does not send to this country"),
    "LimitExceeded.PhoneNumberCountLimit": (Rejected, "Too many phone numbers at once"),
    "MissingParameter": (Rejected, "Tencent misses something in the request"),
    "UnauthorizedOperation": (Misconfigured, "The CAM user may not send (grant QcloudSMSFullAccess)"),
    "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny": (
        Misconfigured,
        "Accounts of persons may not send promotions",
    ),
    "UnauthorizedOperation.RequestIpNotInWhitelist": (
        Misconfigured,
        "This server's address is not on the account's list",
    ),
    "UnauthorizedOperation.SdkAppIdIsDisabled": (Misconfigured, "The application is disabled"),
    "UnauthorizedOperation.ServiceSuspendDueToArrears": (Misconfigured, "The account is in arrears"),
    "UnauthorizedOperation.SmsSdkAppIdVerifyFail": (Misconfigured, "sdk_app_id belongs to another account"),
    "UnsupportedOperation": (Rejected, "Tencent does not do this"),
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": (
        Rejected,
        "The template is for numbers of mainland China alone",
    ),
    "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": (
        Rejected,
        "The template is for numbers outside mainland China alone",
    ),
    "UnsupportedOperation.UnsupportedRegion": (Rejected, "Tencent does not send to this country"),
    "AuthFailure": (Misconfigured, "Tencent does not accept the credentials"),
    "AuthFailure.SecretIdNotFound": (Misconfigured, "Tencent does not know the secret_id"),
    "AuthFailure.InvalidSecretId": (Misconfigured, "Tencent does not know the secret_id"),
    "AuthFailure.SignatureFailure": (Misconfigured, "Tencent does not accept the secret_key"),
    "AuthFailure.SignatureExpire": (Misconfigured, "This server's clock is more than five minutes wrong"),
    "AuthFailure.UnauthorizedOperation": (Misconfigured, "The CAM user may not send (grant QcloudSMSFullAccess)"),
    "UnsupportedRegion": (Misconfigured, "Tencent does not know the region"),
    "InvalidAction": (Misconfigured, "api_url is not the interface of short messages"),
    "NoSuchVersion": (Misconfigured, "api_url is not the interface of short messages"),
    "ResourceUnavailable": (ProviderUnavailable, "Tencent is not available"),
}
"""A code without a line of its own means what its family does, which is the part before the full stop."""

_PAUSES: dict[str, tuple[timedelta, str]] = {
    "FailedOperation.MarketingSendTimeConstraint": (
        timedelta(hours=1),
        "Promotions are sent from 8 to 22 o'clock alone",
    ),
    "LimitExceeded": (timedelta(minutes=1), "Tencent asks us to slow down"),
    "LimitExceeded.AppCountryOrRegionDailyLimit": (timedelta(hours=1), "The account's limit for the day is reached"),
    "LimitExceeded.AppDailyLimit": (timedelta(hours=1), "The account's limit for the day is reached"),
    "LimitExceeded.AppGlobalDailyLimit": (timedelta(hours=1), "The account's limit for the day is reached"),
    "LimitExceeded.AppMainlandChinaDailyLimit": (timedelta(hours=1), "The account's limit for the day is reached"),
    "LimitExceeded.DailyLimit": (timedelta(hours=1), "The account's limit for the day is reached"),
    "LimitExceeded.PhoneNumberDailyLimit": (timedelta(days=1), "This number has received its share of the day"),
    "LimitExceeded.PhoneNumberOneHourLimit": (timedelta(hours=1), "This number has received its share of the hour"),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": (timedelta(days=1), "This number has received this text today"),
    "LimitExceeded.PhoneNumberThirtySecondLimit": (timedelta(seconds=30), "This number has just received a message"),
    "RequestLimitExceeded": (timedelta(seconds=1), "Tencent asks us to slow down"),
}


def error_of(code: str, message: str) -> SendError:
    """The error that a code stands for; one of no known family is a refusal."""
    pause = _PAUSES.get(code) or (_PAUSES.get(_family(code)) if code not in _ERRORS else None)
    if pause is not None:
        after, meaning = pause
        return Throttled(f"{meaning} ({code} {message})", code=code, after=after)
    kind, meaning = _ERRORS.get(code) or _ERRORS.get(_family(code), (Rejected, "Tencent refused"))
    return kind(f"{meaning} ({code} {message})", code=code)


def _family(code: str) -> str:
    return code.partition(".")[0]
