"""Aliyun's SMS API: who may call it, what it refuses, and what it takes over.

https://help.aliyun.com/zh/sms/developer-reference/api-dysmsapi-2017-05-25-sendsms and, for the codes inside HTTP 200,
https://help.aliyun.com/zh/sms/developer-reference/api-error-codes
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import orjson
from aiohttp import web

from conversations.ids import new_id
from lab.aliyun.signature import SignedRequest, must_be_signed, read_authorization, sign
from lab.books import Refused
from lab.config import AccountConfig
from lab.misbehaviour import Answers, answer
from lab.phones import read_phone
from lab.sms import Reports, Templates, filled, variables_of
from lab.world import World

CLOCK_LEEWAY = timedelta(minutes=15)
MAX_PHONES = 1000

SIGN_APPROVED = 1

Parameters = Mapping[str, str]
Action = Callable[[AccountConfig, Parameters], Awaitable[web.Response]]


class AliyunRefuses(Exception):
    """Aliyun says no. Faults of the call are HTTP 4xx, faults of the message (isv.…) come inside HTTP 200."""

    def __init__(self, code: str, text: str, *, status: int = 200) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


class Aliyun:
    """The provider's servers."""

    def __init__(self, world: World, reports: Reports, templates: Templates) -> None:
        self._world = world
        self._reports = reports
        self._templates = templates
        self._accounts = {account.settings["access_key_id"]: account for account in world.config.of_kind("sms_aliyun")}
        self._nonces: set[str] = set()
        self._actions: Mapping[str, Action] = {"SendSms": self._send, "QuerySmsSign": _query_sign}

    def routes(self) -> list[web.RouteDef]:
        """What it serves."""
        return [web.route(method, path, self._serve) for method in ("GET", "POST") for path in ("/aliyun", "/aliyun/")]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self._world.manners["sms_aliyun"], lambda: self._answer(request))

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return await self._take(request)
        except AliyunRefuses as refusal:
            self._note_refusal(request, refusal)
            return _reply(refusal.code, str(refusal), status=refusal.status)

    def _note_refusal(self, request: web.Request, refusal: AliyunRefuses) -> None:
        self._world.books.write(
            Refused(at=self._world.clock(), where=request.path, code=refusal.code, text=str(refusal))
        )

    async def _take(self, request: web.Request) -> web.Response:
        signed = SignedRequest(
            method=request.method,
            path=request.rel_url.path,
            query=tuple(request.query.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        account = self._authenticated(signed)
        act = self._action(signed.headers)
        if self._world.manners["sms_aliyun"].answers is Answers.BUSY:
            raise AliyunRefuses("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1")
        return await act(account, {**request.query, **await _form(request)})

    def _action(self, headers: Mapping[str, str]) -> Action:
        if headers.get("x-acs-version") != "2017-05-25":
            raise AliyunRefuses("InvalidVersion", "Specified parameter Version is not valid.", status=400)
        act = self._actions.get(headers.get("x-acs-action", ""))
        if act is None:
            raise AliyunRefuses("InvalidAction.NotFound", "Specified api is not found.", status=404)
        return act

    def _authenticated(self, signed: SignedRequest) -> AccountConfig:
        authorization = read_authorization(signed.headers.get("authorization", ""))
        if authorization is None:
            raise AliyunRefuses("MissingAuthorization", "Authorization is mandatory for this action.", status=400)
        account = self._accounts.get(authorization.key_id)
        if account is None:
            raise AliyunRefuses("InvalidAccessKeyId.NotFound", "Specified access key is not found.", status=404)
        if not must_be_signed(signed.headers) <= set(authorization.signed_headers):
            raise AliyunRefuses("IncompleteSignature", "The signature does not cover all headers.", status=400)
        made = sign(signed, authorization.signed_headers, account.settings["access_key_secret"])
        if not hmac.compare_digest(made, authorization.signature):
            raise AliyunRefuses(
                "SignatureDoesNotMatch", "Specified signature does not match our calculation.", status=400
            )
        self._check_fresh(signed.headers)
        return account

    def _check_fresh(self, headers: Mapping[str, str]) -> None:
        at, nonce = _read_time(headers.get("x-acs-date", "")), headers.get("x-acs-signature-nonce", "")
        if at is None or abs(self._world.clock() - at) > CLOCK_LEEWAY:
            raise AliyunRefuses(
                "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", status=400
            )
        if not nonce or nonce in self._nonces:
            raise AliyunRefuses("SignatureNonceUsed", "Specified signature nonce was used already.", status=400)
        self._nonces.add(nonce)

    async def _send(self, account: AccountConfig, parameters: Parameters) -> web.Response:
        text = f"【{account.settings['sign_name']}】{self._content(account, parameters)}"
        biz_id = f"{int(self._world.clock().timestamp() * 1000)}^{new_id()[-6:]}"
        out_id = parameters.get("OutId", "")
        sent = [self._reports.take(account, phone, text, biz_id, out_id) for phone in _phones(parameters)]
        await self._reports.report(sent)
        return _reply("OK", "OK", BizId=biz_id)

    def _content(self, account: AccountConfig, parameters: Parameters) -> str:
        """The template's text with its variables."""
        if parameters.get("SignName") != account.settings["sign_name"]:
            raise AliyunRefuses("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
        template, values = self._template(account, parameters.get("TemplateCode", "")), _values(parameters)
        if not all(isinstance(values.get(name), str) and values[name] for name in variables_of(template)):
            raise AliyunRefuses("isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值")
        return filled(template, values)

    def _template(self, account: AccountConfig, code: str) -> str:
        """The account's own has one variable and nothing else; more are approved by command."""
        if code == account.settings["template_code"]:
            return f"${{{account.settings.get('template_variable', 'content')}}}"
        text = self._templates.text(account, code)
        if text is None:
            raise AliyunRefuses("isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法")
        return text


async def _query_sign(account: AccountConfig, parameters: Parameters) -> web.Response:
    """The state of a signature; the account's own is approved."""
    name = parameters.get("SignName", "")
    if name != account.settings["sign_name"]:
        raise AliyunRefuses("isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法")
    return _reply("OK", "OK", SignName=name, SignStatus=SIGN_APPROVED)


def _values(parameters: Parameters) -> Parameters:
    try:
        values = orjson.loads(parameters.get("TemplateParam", "{}"))
    except orjson.JSONDecodeError:
        raise AliyunRefuses("isv.INVALID_JSON_PARAM", "JSON参数不合法，只接受字符串值") from None
    return values if isinstance(values, dict) else {}


def _phones(parameters: Parameters) -> list[str]:
    written = parameters.get("PhoneNumbers", "").split(",")
    if len(written) > MAX_PHONES:
        raise AliyunRefuses("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制，最多支持1000条")
    phones = [read_phone(number) for number in written]
    if not all(phones):
        raise AliyunRefuses("isv.MOBILE_NUMBER_ILLEGAL", f"{written}invalid mobile number")
    return phones


async def _form(request: web.Request) -> Parameters:
    """Parameters in a form body; RPC calls may also have all of them in the query."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    return {name: str(value) for name, value in (await request.post()).items()}


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _reply(code: str, text: str, *, status: int = 200, **more: str | int) -> web.Response:
    return web.json_response({"RequestId": new_id().upper(), "Code": code, "Message": text, **more}, status=status)
