"""Tencent Cloud's SMS API: who may call it, what it refuses, and what it takes over.

https://cloud.tencent.com/document/product/382/55981 (SendSms). Errors of the call and of a number come inside HTTP 200.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.books import Refused
from lab.config import AccountConfig
from lab.misbehaviour import Answers, answer
from lab.phones import read_phone
from lab.sms import Reports, Sms, Templates, filled, segments, variables_of
from lab.tencent.signature import MUST_BE_SIGNED, read_authorization, sign
from lab.world import World

VERSION = "2021-01-11"
CLOCK_LEEWAY = timedelta(minutes=5)
MAX_PHONES = 200
MAX_CONTEXT = 512
REGIONS = frozenset(("ap-guangzhou", "ap-beijing", "ap-nanjing"))
OWN_TEMPLATE = "{1}"

Asked = Mapping[str, Any]
Action = Callable[[AccountConfig, Asked], Awaitable[Mapping[str, Any]]]


class TencentRefuses(Exception):
    """Tencent says no, to a call or to one number."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Tencent:
    """The provider's servers."""

    def __init__(self, world: World, reports: Reports, templates: Templates) -> None:
        self._world = world
        self._reports = reports
        self._templates = templates
        self._accounts = {account.settings["secret_id"]: account for account in world.config.of_kind("sms_tencent")}
        self._actions: Mapping[str, Action] = {"SendSms": self._send, "SendStatusStatistics": _statistics}

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [web.post(path, self._serve) for path in ("/tencent", "/tencent/")]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self._world.manners["sms_tencent"], lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return _reply(await self._take(request))
        except TencentRefuses as refusal:
            self._note(request.path, refusal)
            return _reply({"Error": {"Code": refusal.code, "Message": str(refusal)}})

    def _note(self, where: str, refusal: TencentRefuses) -> None:
        self._world.books.write(Refused(at=self._world.clock(), where=where, code=refusal.code, text=str(refusal)))

    async def _take(self, request: web.Request) -> Mapping[str, Any]:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        account = self._authenticated(request.rel_url.path, headers, body)
        act = self._action(headers)
        if self._world.manners["sms_tencent"].answers is Answers.BUSY:
            raise TencentRefuses("RequestLimitExceeded", "请求的次数超过了频率限制。")
        return await act(account, _asked(body))

    def _authenticated(self, path: str, headers: Mapping[str, str], body: bytes) -> AccountConfig:
        claimed = read_authorization(headers.get("authorization", ""))
        if claimed is None or not set(claimed.signed_headers) >= MUST_BE_SIGNED:
            raise TencentRefuses("AuthFailure.InvalidAuthorization", "请求头部的 Authorization 不符合腾讯云标准。")
        account = self._accounts.get(claimed.secret_id)
        if account is None:
            raise TencentRefuses("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
        self._check_time(headers.get("x-tc-timestamp", ""), claimed.date)
        made = sign(path, headers, body, claimed, account.settings["secret_key"])
        if not hmac.compare_digest(made, claimed.signature):
            raise TencentRefuses("AuthFailure.SignatureFailure", "The provided credentials could not be validated.")
        return account

    def _check_time(self, timestamp: str, date: str) -> None:
        at = datetime.fromtimestamp(int(timestamp), UTC) if timestamp.isdecimal() else None
        if at is None or abs(self._world.clock() - at) > CLOCK_LEEWAY or at.strftime("%Y-%m-%d") != date:
            raise TencentRefuses("AuthFailure.SignatureExpire", "签名过期。")

    def _action(self, headers: Mapping[str, str]) -> Action:
        if headers.get("x-tc-version") != VERSION:
            raise TencentRefuses("NoSuchVersion", "接口版本不存在。")
        if headers.get("x-tc-region") not in REGIONS:
            raise TencentRefuses("UnsupportedRegion", "接口不支持所传地域。")
        act = self._actions.get(headers.get("x-tc-action", ""))
        if act is None:
            raise TencentRefuses("InvalidAction", "接口不存在。")
        return act

    async def _send(self, account: AccountConfig, asked: Asked) -> Mapping[str, Any]:
        _check_application(account, asked)
        numbers = asked.get("PhoneNumberSet")
        if not isinstance(numbers, list) or not numbers:
            raise TencentRefuses("MissingParameter.EmptyPhoneNumberSet", "传入的号码列表为空。")
        if len(numbers) > MAX_PHONES:
            raise TencentRefuses("LimitExceeded.PhoneNumberCountLimit", "单次提交的手机号个数超过200个。")
        if len(str(asked.get("SessionContext", "")).encode()) >= MAX_CONTEXT:
            raise TencentRefuses("InvalidParameterValue", "SessionContext 长度需小于512字节。")
        statuses, sent = self._each(account, asked, [str(number) for number in numbers])
        if sent:
            await self._reports.report(sent)
        return {"SendStatusSet": statuses}

    def _each(
        self, account: AccountConfig, asked: Asked, numbers: list[str]
    ) -> tuple[list[Mapping[str, Any]], list[Sms]]:
        """What is said of each number, and what was taken over."""
        statuses, sent = [], []
        for number in numbers:
            try:
                sms = self._take_over(account, asked, number)
            except TencentRefuses as refusal:
                self._note("SendSms", refusal)
                statuses.append(_status(asked, number, code=refusal.code, message=str(refusal)))
            else:
                sent.append(sms)
                statuses.append(_status(asked, number, serial=sms.heard.key, fee=segments(sms.heard.text)))
        return statuses, sent

    def _take_over(self, account: AccountConfig, asked: Asked, number: str) -> Sms:
        phone = read_phone(number)
        if not phone:
            raise TencentRefuses("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number")
        if asked.get("SignName") != account.settings["sign_name"]:
            raise TencentRefuses("FailedOperation.SignatureIncorrectOrUnapproved", "signature is not approved")
        text = f"【{account.settings['sign_name']}】{self._content(account, asked)}"
        return self._reports.take(account, phone, text, f"5000:{new_id()}", str(asked.get("SessionContext", "")))

    def _content(self, account: AccountConfig, asked: Asked) -> str:
        """The account's own template has one variable and nothing else; more are approved by command."""
        name, values = str(asked.get("TemplateId", "")), asked.get("TemplateParamSet") or []
        template = self._templates.text(account, name)
        if name == account.settings["template_id"]:
            template = OWN_TEMPLATE
        if template is None:
            raise TencentRefuses("FailedOperation.TemplateUnapprovedOrNotExist", "template is not approved")
        if len(values) != len(variables_of(template)) or not all(isinstance(value, str) for value in values):
            raise TencentRefuses("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "template params mismatch")
        return filled(template, {str(number): value for number, value in enumerate(values, start=1)})


async def _statistics(account: AccountConfig, asked: Asked) -> Mapping[str, Any]:
    """How many messages were sent: none, as far as the lab counts."""
    _check_application(account, asked)
    if not str(asked.get("BeginTime")) <= str(asked.get("EndTime")):
        raise TencentRefuses("InvalidParameterValue.EndTimeVerifyFail", "参数 EndTime 校验失败。")
    return {"SendStatusStatistics": {"FeeCount": 0, "RequestCount": 0, "RequestSuccessCount": 0}}


def _check_application(account: AccountConfig, asked: Asked) -> None:
    if asked.get("SmsSdkAppId") != account.settings["sdk_app_id"]:
        raise TencentRefuses("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId 校验失败。")


def _asked(body: bytes) -> Asked:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        asked = None
    if not isinstance(asked, dict):
        raise TencentRefuses("InvalidParameter", "The request body is not a JSON object.")
    return asked


def _status(
    asked: Asked, number: str, *, code: str = "Ok", message: str = "send success", serial: str = "", fee: int = 0
) -> Mapping[str, Any]:
    return {
        "SerialNo": serial,
        "PhoneNumber": number,
        "Fee": fee,
        "SessionContext": asked.get("SessionContext", ""),
        "Code": code,
        "Message": message,
        "IsoCode": "CN" if read_phone(number).startswith("+86") else "DEF",
    }


def _reply(response: Mapping[str, Any]) -> web.Response:
    return web.json_response({"Response": {**response, "RequestId": new_id()}})
