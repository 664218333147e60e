"""Visibility has one rule: SQL says exactly what `Scope.sees` says."""

from itertools import combinations, product

from conversations.conversation import Conversation
from conversations.ids import QueueId
from conversations.people import Scope
from storage import conversations, queues
from storage.database import Transaction
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT = an_account(), a_contact()
ADA, BEN, EVE = a_user(), a_user(), a_user()


def every_conversation(transaction: Transaction) -> tuple[list[QueueId], list[Conversation]]:
    """Every way in which a conversation can be somebody's or nobody's."""
    store(transaction, ACCOUNT, CONTACT, ADA, BEN, EVE)
    both = [queues.add(transaction, name, NOW, "test") for name in ("sales", "care")]
    people = (None, ADA.id, BEN.id)
    made = [
        a_conversation(ACCOUNT.id, CONTACT.id, assignee_id=assignee, owner_id=owner, queue_id=queue)
        for assignee, owner, queue in product(people, people, (None, *both))
    ]
    store(transaction, *made)
    return both, made


async def test_sql_shows_what_the_rule_shows(database_url: str) -> None:
    async with open_database(database_url) as database:
        both, made = await database.write(every_conversation)
        some = [frozenset(chosen) for size in range(3) for chosen in combinations(both, size)]
        scopes = [Scope(*each) for each in product((False, True), (ADA.id, BEN.id, EVE.id), some)]
        for scope in scopes:
            shown = await database.read(conversations.of_contact, CONTACT.id, scope)
            assert {each.id for each in shown} == {each.id for each in made if scope.sees(each)}, scope
            one_by_one = [await database.read(conversations.get, each.id, scope) for each in made]
            assert [found is not None for found in one_by_one] == [scope.sees(each) for each in made], scope
