"""What every channel promises. A channel joins with a sampler and fixtures: see `tests.support.sampler`."""

import dataclasses
import json
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.config import ConfigInvalid, describe
from channels.contract import Channel, Outgoing, Parsed, Surroundings, WebhookRequest
from channels.registry import CHANNELS
from conversations.errors import (
    InboundError,
    NotSendable,
    PayloadUnreadable,
    ProviderUnavailable,
    SendError,
    SignatureInvalid,
    Throttled,
    UnknownOutcome,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Part, Segment, Text
from tests.support.http_file import read_http, shown
from tests.support.provider import Provider, Scripted, running_provider
from tests.support.sampler import HttpSending, Sampler, folder_of, sampler_of
from tests.support.surroundings import NOW, open_surroundings

ACCOUNT = AccountId("account")
NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody listens there."""

KINDS = sorted(CHANNELS)
HTTP_KINDS = [kind for kind in KINDS if sampler_of(kind).sending]
CASES = [(kind, case) for kind in KINDS for case in sorted(folder_of(kind).glob("*.http"))]

HTML = Scripted(headers={"Content-Type": "text/html"}, body=b"<html><body>Welcome to the hotel's network</body></html>")
TROUBLES: dict[str, tuple[Scripted, type[SendError]]] = {
    "down": (Scripted(status=503, body=b"try later"), ProviderUnavailable),
    "broken gateway": (Scripted(status=502, body=b"<html>502</html>"), ProviderUnavailable),
    "gateway lost it": (Scripted(status=504, body=b"<html>504</html>"), UnknownOutcome),
    "too many": (Scripted(status=429), Throttled),
    "redirect": (Scripted(status=302, headers={"Location": "http://127.0.0.1:9/"}), ProviderUnavailable),
    "page instead of JSON": (HTML, UnknownOutcome),
    "JSON of another kind": (Scripted(body=b"[1, 2]"), UnknownOutcome),
    "nothing": (Scripted(body=b""), UnknownOutcome),
    "page of an error": (dataclasses.replace(HTML, status=404), ProviderUnavailable),
    "silence": (Scripted(body=b'{"errcode":0}', stalls=0), UnknownOutcome),
    "slow body": (Scripted(body=b'{"errcode":0}', stalls=5), UnknownOutcome),
    "dropped line": (Scripted(cut=True), UnknownOutcome),
    "flood": (Scripted(body=b"x" * (21 * 1024 * 1024)), UnknownOutcome),
}

HOSTILE = {
    "nothing": b"",
    "not XML": b"{}",
    "not JSON": b"<xml/>",
    "scalar": b"1",
    "list of scalars": b"[1]",
    "half": b"<xml><MsgType>te",
    "half JSON": b'[{"phone_number"',
    "no fields": b"<xml></xml>",
    "nested": b"<xml><MsgType><a><b/></a></MsgType></xml>",
    "twice": b"<xml><MsgType>text</MsgType><MsgType>text</MsgType></xml>",
    "not UTF-8": "<xml><MsgType>文本</MsgType></xml>".encode("gb18030"),
    "wrong end of CDATA": b"<xml><MsgType><![CDATA[text]]>]]></MsgType></xml>",
    "bomb": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>',
    "deep XML": b"<xml>" + b"<a>" * 20_000,
    "deep JSON": b"[" * 20_000,
    "time out of range": b"<xml><FromUserName>o</FromUserName><CreateTime>99999999999999999999</CreateTime>"
    b"<MsgType>text</MsgType><MsgId>1</MsgId><Content>a</Content></xml>",
    "place nowhere": b"<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>location</MsgType>"
    b"<MsgId>1</MsgId><Location_X>nan</Location_X><Location_Y>0</Location_Y></xml>",
    "time of no calendar": b'[{"phone_number":"13800138000","send_time":"2017-02-30 00:00:00","content":"a"}]',
    "number of nobody": b'[{"phone_number":"12","send_time":"2017-01-01 00:00:00","content":"a"}]',
    "field of another type": b'[{"phone_number":{},"send_time":[],"content":"a"}]',
}


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        yield made


def make(kind: str, around: Surroundings, url: str = NOBODY, **other: str) -> Channel:
    return CHANNELS[kind].create(ACCOUNT, {**sampler_of(kind).settings(url), **other}, around)


def sending_of(kind: str) -> HttpSending:
    sending = sampler_of(kind).sending
    assert sending is not None
    return sending


def outgoing(kind: str, part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("0199d5c0a2f37d4c8e1b000000000002"),
        address=sampler_of(kind).address,
        part=part,
    )


def take(channel: Channel, request: WebhookRequest) -> Parsed:
    channel.verify(request)
    return channel.parse(request)


def example(sampler: Sampler, kind: str) -> WebhookRequest:
    return sampler.sign(read_http(folder_of(kind) / f"{sampler.example}.http", NOW))


def times(value: object) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from times(each)
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from times(getattr(value, one.name))


def secrets_of(kind: str) -> list[str]:
    values = sampler_of(kind).settings(NOBODY)
    return [values[info.name] for info in describe(CHANNELS[kind].Config) if info.secret and info.name in values]


def assert_silent(kind: str, told: str) -> None:
    for secret in [*secrets_of(kind), "lent-token"]:
        assert secret not in told


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_names_its_kind_and_its_settings(kind: str) -> None:
    channel = CHANNELS[kind]
    assert channel.kind == kind
    assert channel.title
    assert all(info.help for info in describe(channel.Config))


@pytest.mark.parametrize(("kind", "case"), CASES, ids=[f"{kind}-{case.stem}" for kind, case in CASES])
def test_a_request_means_what_its_fixture_says(kind: str, case: Path, around: Surroundings) -> None:
    told: Any = json.loads(case.with_suffix(".json").read_text())
    expected: dict[str, Any] = {"events": told} if isinstance(told, list) else told
    channel = make(kind, around, **expected.get("settings", {}))
    request = sampler_of(kind).sign(read_http(case, NOW))
    if "error" in expected:
        with pytest.raises(InboundError) as caught:
            take(channel, request)
        assert type(caught.value).__name__ == expected["error"]
        return
    parsed = take(channel, request)
    assert shown(parsed.events) == expected["events"]
    assert "reply" not in expected or shown(parsed.reply) == expected["reply"]
    assert take(channel, request) == parsed
    assert all(time.utcoffset() is not None for time in times(parsed.events))


@pytest.mark.parametrize("kind", KINDS)
def test_a_counterfeit_is_refused(kind: str, around: Surroundings) -> None:
    sampler, channel = sampler_of(kind), make(kind, around)
    genuine = example(sampler, kind)
    channel.verify(genuine)
    assert [name for name, forgery in sampler.forgeries(genuine).items() if is_taken(channel, forgery)] == []


def is_taken(channel: Channel, request: WebhookRequest) -> bool:
    try:
        channel.verify(request)
    except SignatureInvalid:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_no_is_said_in_a_way_that_providers_understand(kind: str, around: Surroundings) -> None:
    channel = make(kind, around)
    assert channel.refuse(SignatureInvalid()).status >= 400
    assert channel.refuse(PayloadUnreadable()).status >= 400


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_do_no_harm(kind: str, name: str, around: Surroundings) -> None:
    sampler, channel = sampler_of(kind), make(kind, around)
    plain = read_http(folder_of(kind) / f"{sampler.example}.http", NOW)
    assert_harmless(channel, sampler.sign(dataclasses.replace(plain, body=HOSTILE[name])))


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=200), signed=st.booleans())
def test_random_bytes_do_no_harm(kind: str, body: bytes, signed: bool, around: Surroundings) -> None:
    sampler, channel = sampler_of(kind), make(kind, around)
    plain = read_http(folder_of(kind) / f"{sampler.example}.http", NOW)
    if signed:
        assert_harmless(channel, sampler.sign(dataclasses.replace(plain, body=body)))
    else:
        assert_harmless(channel, dataclasses.replace(sampler.sign(plain), body=body))


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(end=st.integers(0, 400))
def test_a_body_that_breaks_off_does_no_harm(kind: str, end: int, around: Surroundings) -> None:
    sampler, channel = sampler_of(kind), make(kind, around)
    plain = read_http(folder_of(kind) / f"{sampler.example}.http", NOW)
    assert_harmless(channel, sampler.sign(dataclasses.replace(plain, body=plain.body[:end])))


def assert_harmless(channel: Channel, request: WebhookRequest) -> None:
    """It is read, or refused by one of the two words for it."""
    try:
        parsed = take(channel, request)
    except (SignatureInvalid, PayloadUnreadable):
        return
    assert take(channel, request) == parsed


@pytest.mark.parametrize("kind", KINDS)
def test_settings_complain_about_everything_at_once(kind: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        CHANNELS[kind].create(ACCOUNT, {"no_such_setting": "1"}, around)
    missing = {info.name for info in describe(CHANNELS[kind].Config) if info.required}
    assert {problem.partition(":")[0] for problem in caught.value.problems} == missing | {"no_such_setting"}


@pytest.mark.parametrize("kind", KINDS)
def test_secrets_do_not_show(kind: str, around: Surroundings) -> None:
    assert secrets_of(kind)
    channel = make(kind, around)
    assert_silent(kind, repr(channel) + repr(vars(channel)))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_declared_is_refused_before_anything_is_sent(
    kind: str, around: Surroundings, provider: Provider
) -> None:
    channel = make(kind, around, provider.url)
    for part in sampler_of(kind).undeclared:
        with pytest.raises(NotSendable) as caught:
            channel.plan((part,))
        assert str(caught.value).endswith(".")
        with pytest.raises(NotSendable):
            await channel.send(outgoing(kind, part))
    assert provider.received == []


@pytest.mark.parametrize("kind", KINDS)
def test_long_text_is_split_and_nothing_is_lost(kind: str, around: Surroundings) -> None:
    channel = make(kind, around)
    text = "您好，👨‍👩‍👧 今天的余额是 €100。\n" * (channel.capabilities.text_limit // 4)
    planned = channel.plan((Text(text),))
    assert len(planned) > 1
    assert "".join(part.text for part in planned if isinstance(part, Text | Segment)) == text
    assert channel.plan(planned) == planned


@pytest.mark.parametrize("kind", HTTP_KINDS)
async def test_every_declared_part_is_taken_over(kind: str, around: Surroundings, provider: Provider) -> None:
    sending, channel = sending_of(kind), make(kind, around, provider.url)
    sending.accept(provider)
    declared = sending.parts(around)
    assert channel.plan(declared) == declared
    for number, part in enumerate(declared, start=1):
        await channel.send(outgoing(kind, part))
        assert len(provider.requests(sending.path)) == number


@pytest.mark.parametrize("kind", HTTP_KINDS)
@pytest.mark.parametrize("name", TROUBLES)
async def test_trouble_is_called_by_its_name(kind: str, name: str, around: Surroundings, provider: Provider) -> None:
    scripted, expected = TROUBLES[name]
    sending, channel = sending_of(kind), make(kind, around, provider.url)
    sending.accept(provider)
    provider.answers(sending.path, scripted)
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(kind, Text("您好")))
    assert type(caught.value) is expected
    assert len(provider.requests(sending.path)) == 1, "a channel never decides on a retry"
    assert_silent(kind, "".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("kind", HTTP_KINDS)
async def test_a_provider_that_cannot_be_reached_took_nothing(kind: str, around: Surroundings) -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        await make(kind, around).send(outgoing(kind, Text("您好")))
    assert_silent(kind, "".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("kind", HTTP_KINDS)
@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 00:05:00 GMT", timedelta(minutes=5)),
        ("Fri, 20 Nov 2026 23:00:00 GMT", timedelta()),
        ("soon", timedelta(seconds=30)),
    ],
)
async def test_retry_after_is_obeyed(
    kind: str, value: str, pause: timedelta, around: Surroundings, provider: Provider
) -> None:
    sending, channel = sending_of(kind), make(kind, around, provider.url)
    sending.accept(provider)
    provider.answers(sending.path, Scripted(status=429, headers={"Retry-After": value}))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(kind, Text("您好")))
    assert caught.value.after == pause
