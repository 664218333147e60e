"""What an agent has is what keeps them busy."""

from conversations.conversation import ORDINARY_WEIGHT, ConversationState
from conversations.ids import UserId
from storage import holdings
from tests.support.builders import a_contact, a_conversation, a_user, an_account, open_database, store

ACCOUNT, CONTACT, AGENT = an_account(), a_contact(), a_user()


async def test_the_load_of_an_agent_counts_who_is_waited_for(database_url: str) -> None:
    states = (ConversationState.ASSIGNED, ConversationState.WAITING, ConversationState.RESOLVED)
    async with open_database(database_url) as database:
        matters = [a_conversation(ACCOUNT.id, CONTACT.id, state=state, assignee_id=AGENT.id) for state in states]
        await database.write(store, ACCOUNT, CONTACT, AGENT, *matters)
        assert await database.read(holdings.loads, [AGENT.id, UserId("nobody")]) == {AGENT.id: 2 * ORDINARY_WEIGHT}
