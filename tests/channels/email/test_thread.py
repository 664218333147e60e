"""The token leads a mail home, and only ours does."""

import pytest

from channels.email.thread import find_conversation, message_id, read_token, references, thread_token
from conversations.ids import ConversationId, DeliveryId, new_id

SECRET = "a thread secret for tests"
CONVERSATION = ConversationId("01a200c01546752da5a925f69af81dc1")
TOKEN = thread_token(SECRET, CONVERSATION)


@pytest.mark.parametrize(
    "place",
    [
        TOKEN,
        f"service+{TOKEN}@huiliu.example",
        f"SERVICE+{TOKEN.upper()}@HUILIU.EXAMPLE",
        message_id(DeliveryId("01a200c036df7a35a89c23736bb803a9"), TOKEN, "huiliu.example"),
    ],
)
def test_finds_its_conversation(place: str) -> None:
    assert read_token(SECRET, place) == CONVERSATION


@pytest.mark.parametrize("position", range(0, 42, 6))
def test_one_wrong_letter_is_no_token(position: int) -> None:
    letter = "b" if TOKEN[position] == "a" else "a"

    assert read_token(SECRET, TOKEN[:position] + letter + TOKEN[position + 1 :]) is None


def test_another_secret_is_no_proof() -> None:
    assert read_token("another secret for tests", TOKEN) is None


def test_fits_into_an_address() -> None:
    assert len(f"customer.service.team+{TOKEN}") == 64


def test_the_first_proof_counts() -> None:
    other = thread_token(SECRET, ConversationId(new_id()))

    assert find_conversation(SECRET, ["nothing", TOKEN, other]) == CONVERSATION
    assert find_conversation(SECRET, ["nothing"]) == ""


@pytest.mark.parametrize(
    ("in_reply_to", "header", "expected"),
    [
        ("<c@x>", "<a@x> <b@x> <c@x>", ("<c@x>", "<b@x>", "<a@x>")),
        ("", "<a@x>\n <b@x>", ("<b@x>", "<a@x>")),
        ("<c@x> sent on Monday", "", ("<c@x>",)),
        ("nonsense", "", ()),
    ],
)
def test_references_are_nearest_first(in_reply_to: str, header: str, expected: tuple[str, ...]) -> None:
    assert references(in_reply_to, header) == expected


def test_endless_references_are_cut() -> None:
    header = " ".join(f"<{number}@x>" for number in range(500))

    assert len(references("", header)) == 30
