"""What a customer said in a conversation, looked through for the words of a list."""

from collections.abc import Callable

from conversations.ids import ConversationId
from routing.rulebook.rules import word_lists
from routing.rulebook.words import LOOKALIKE, finder
from storage import messages
from storage.database import Connection
from storage.rules import RuleBook

HasWord = Callable[[str], bool]
"""Whether a word of a list is in a text."""


def word_finder(book: RuleBook, name: str) -> HasWord:
    """Looks for the words of this list, as it is edited with the rules or shipped. Making it is slow: keep it."""
    lists = word_lists(book)
    return finder(lists[name], lists[LOOKALIKE])


def says(connection: Connection, conversation_id: ConversationId, has_word: HasWord) -> bool:
    """Whether the customer used such a word."""
    return any(map(has_word, messages.said_by_customer(connection, conversation_id)))
