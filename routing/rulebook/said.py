"""What a customer said in a conversation, looked through for the words of a list."""

from conversations.ids import ConversationId
from conversations.message import Direction
from conversations.parts import plain_text
from routing.rulebook.rules import word_lists
from routing.rulebook.words import LOOKALIKE, finder
from storage import messages, rules
from storage.database import Connection


def says(connection: Connection, conversation_id: ConversationId, name: str) -> bool:
    """Whether the customer used a word of this list, as it is edited with the rules or shipped."""
    lists = word_lists(rules.current(connection))
    has_word = finder(lists[name], lists[LOOKALIKE])
    said = messages.of_conversation(connection, conversation_id)
    return any(has_word(plain_text(each.parts)) for each in said if each.direction is Direction.INBOUND)
