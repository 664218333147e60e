"""What ids are called on screens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from conversations.account import Account
from conversations.address import address_value
from conversations.conversation import Contact, Conversation
from conversations.deadlines import Deadline
from conversations.ids import AccountId, ContactId, ConversationId
from exchange.accounts import AccountBook
from gateway.api.codec import Json
from storage import contacts, deadlines, people, queues
from storage.database import Connection

_OPAQUE = ("wechat:", "wecom:", "web:", "telegram:", "custom:")
"""Addresses that tell people nothing."""


@dataclass(frozen=True)
class Names:
    """What ids are called, and what else stands elsewhere: the deadlines of conversations."""

    contacts: Mapping[ContactId, Contact]
    people: Mapping[str, str]
    queues: Mapping[str, str]
    accounts: Mapping[AccountId, Account]
    deadlines: Mapping[ConversationId, Sequence[Deadline]]


def load_names(connection: Connection, accounts: AccountBook, ids: Collection[ContactId]) -> Names:
    """The names for rows of these contacts."""
    return names_for(connection, accounts, ids, people.names(connection), queues.names(connection))


def names_for(
    connection: Connection,
    accounts: AccountBook,
    ids: Collection[ContactId],
    people: Mapping[str, str],
    queues: Mapping[str, str],
) -> Names:
    """The same for whoever knows already what people and queues are called."""
    return Names(
        contacts=contacts.many(connection, ids),
        people=people,
        queues=queues,
        accounts={each.account.id: each.account for each in accounts.listed()},
        deadlines=deadlines.running(connection, ids),
    )


def contact_name(contact: Contact | None, conversation: Conversation, names: Names) -> str:
    """What somebody is called: by name, by number or mailbox, or else as somebody of an account."""
    if contact is not None and contact.name:
        return contact.name
    value = address_value(conversation.address)
    if conversation.address.startswith(_OPAQUE):
        return f"{account_view(conversation.account_id, names)['account']} …{value[-6:]}"
    return value


def account_view(account_id: AccountId, names: Names) -> Json:
    """Through which account, and what it is called."""
    account = names.accounts.get(account_id)
    return {"kind": account.kind if account else "", "account": account.name if account else account_id}
