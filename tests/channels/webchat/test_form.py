"""What visitors say of themselves is checked, worded, and never taken for a proof."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.config import ConfigInvalid, read_config
from channels.contract import Surroundings, WebhookRequest
from channels.webchat.channel import WebChatChannel
from channels.webchat.config import WebChatConfig
from channels.webchat.form import FIELDS, NOTHING_ASKED, Questions, read_form
from channels.webchat.identity import issue_token
from conversations.clock import utc_now
from conversations.errors import PayloadUnreadable
from conversations.inbound import InboundMessage
from conversations.parts import Text
from tests.channels.webchat.sampler import ACCOUNT, VISITOR, VISITOR_SECRET, settings
from tests.support.surroundings import open_surroundings

EVERYTHING = Questions(FIELDS, required=True, consent="隐私政策")
LI = {"name": "李雷", "email": "lilei@example.com", "phone": "138 0013 8000", "question": "退款到哪了？"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from((*FIELDS, "consent")) | st.text(), inner),
)


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as surroundings:
        yield surroundings


def test_the_answers_become_words_and_the_question_is_said_by_itself() -> None:
    form = read_form(EVERYTHING, {**LI, "consent": True})

    assert form.name == "李雷"
    assert form.parts("zh-CN") == (
        Text("姓名：李雷\n邮箱：lilei@example.com\n电话：+8613800138000\n已同意：隐私政策"),
        Text("退款到哪了？"),
    )
    assert form.parts("en-GB")[0] == Text(
        "Name: 李雷\nE-mail: lilei@example.com\nPhone: +8613800138000\nAgreed to: 隐私政策"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": 7},
        {"email": "lilei"},
        {"email": "li lei@example.com"},
        {"phone": "138****8000"},
        {"phone": "12"},
        {"question": "x" * 2001},
        {"question": "  "},
        {"consent": False},
        {"consent": "yes"},
    ],
)
def test_a_form_that_is_not_filled_in_well_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PayloadUnreadable):
        read_form(EVERYTHING, {**LI, "consent": True, **change})


def test_where_nothing_is_required_anything_may_be_left_out() -> None:
    assert read_form(Questions(FIELDS, required=False, consent=""), {}).parts("zh") == ()


def test_what_was_answered_before_the_questions_changed_is_not_lost() -> None:
    assert read_form(NOTHING_ASKED, LI).parts("zh")[1] == Text("退款到哪了？")


@given(JSON)
def test_hostile_forms_are_read_or_refused(found: object) -> None:
    try:
        form = read_form(EVERYTHING, found)
    except PayloadUnreadable:
        return
    assert all("\0" not in part.text for part in form.parts("en") if isinstance(part, Text))


async def test_a_form_names_the_contact_and_proves_nothing(around: Surroundings) -> None:
    channel = WebChatChannel.create(ACCOUNT, {**settings(""), "prechat": "required"}, around)
    (message,) = channel.parse(_frame({"kind": "message", "id": "message-1", "form": LI})).events

    assert isinstance(message, InboundMessage)
    assert (message.name, message.evidence) == ("李雷", ())


async def test_an_empty_form_says_nothing(around: Surroundings) -> None:
    channel = WebChatChannel.create(ACCOUNT, {**settings(""), "prechat": "optional"}, around)

    with pytest.raises(PayloadUnreadable):
        channel.parse(_frame({"kind": "message", "id": "message-1", "form": {}}))


@pytest.mark.parametrize(
    ("chosen", "questions"),
    [
        ({}, None),
        ({"prechat": "required"}, Questions(("name", "email", "question"), required=True, consent="")),
        ({"prechat": "optional", "prechat_fields": "phone"}, Questions(("phone",), required=False, consent="")),
        ({"consent": "隐私政策"}, Questions((), required=False, consent="隐私政策")),
    ],
)
def test_what_is_asked_follows_from_the_settings(chosen: dict[str, str], questions: Questions | None) -> None:
    assert read_config(WebChatConfig, {**settings(""), **chosen}).questions == questions


@pytest.mark.parametrize(
    "wrong", [{"prechat": "always"}, {"prechat_fields": "name, salary"}, {"mails_from": "service"}]
)
def test_settings_that_ask_for_the_unknown_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigInvalid, match=next(iter(wrong))):
        read_config(WebChatConfig, {**settings(""), **wrong})


def _frame(content: dict[str, Any]) -> WebhookRequest:
    return WebhookRequest(
        method="FRAME",
        url="",
        headers={"authorization": issue_token(VISITOR_SECRET, ACCOUNT, VISITOR), "language": "zh-CN"},
        body=orjson.dumps(content),
        received_at=utc_now(),
    )
