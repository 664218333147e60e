"""Conversations: until when a customer's word belongs to one."""

from datetime import timedelta

import pytest

from conversations.conversation import OPEN, ConversationState, may_reopen
from tests.support.builders import NOW, a_conversation

DAY = timedelta(hours=24)


@pytest.mark.parametrize("state", ConversationState)
def test_an_open_conversation_takes_words_for_ever_and_a_closed_one_never(state: ConversationState) -> None:
    conversation = a_conversation("account", "contact", state=state)
    assert may_reopen(conversation, NOW + 1_000 * DAY, DAY) is (state in OPEN)


@pytest.mark.parametrize(("passed", "expected"), [(DAY - timedelta(seconds=1), True), (DAY, False)])
def test_a_resolved_one_takes_words_within_the_time(passed: timedelta, expected: bool) -> None:
    conversation = a_conversation("account", "contact", state=ConversationState.RESOLVED, resolved_at=NOW)
    assert may_reopen(conversation, NOW + passed, DAY) is expected
