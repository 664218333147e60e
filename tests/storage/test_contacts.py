"""Contacts: whose an address is, and what merging two people moves."""

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.address import mail_address, phone_address
from conversations.conversation import Contact
from storage import contacts, conversations, joining, tables
from storage.contacts import Identity
from storage.database import Transaction
from tests.support.builders import NOW, a_contact, a_conversation, a_user, an_account, open_database, store

PHONE, MAIL = phone_address("+8613800000001"), mail_address("li@example.com")
OLD, YOUNG = a_contact(id="1" * 32, name="Old"), a_contact(id="2" * 32, name="Young")
ACCOUNT = an_account()


def two_people(transaction: Transaction) -> None:
    store(transaction, ACCOUNT, OLD, YOUNG)
    contacts.add_identities(
        transaction, [Identity(PHONE, OLD.id, "first message", NOW), Identity(MAIL, YOUNG.id, "first message", NOW)]
    )


async def test_a_contact_comes_back_by_its_id_and_its_addresses(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(two_people)
        assert await database.read(contacts.get, OLD.id) == OLD
        assert await database.read(contacts.many, [OLD.id, YOUNG.id]) == {OLD.id: OLD, YOUNG.id: YOUNG}
        unknown = phone_address("+8613899999999")
        assert await database.write(contacts.by_addresses, [PHONE, unknown]) == {PHONE: OLD.id}
        assert await database.read(contacts.get, a_contact().id) is None


async def test_an_address_belongs_to_one_contact(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(two_people)
        with pytest.raises(IntegrityError):
            await database.write(contacts.add_identities, [Identity(PHONE, YOUNG.id, "again", NOW)])


async def test_an_address_nobody_has_is_not_reachable(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(two_people)
        await database.write(contacts.set_reachable, MAIL, False)
        reachable = [await database.read(contacts.is_reachable, each) for each in (PHONE, MAIL, mail_address("x@y.z"))]
        assert reachable == [True, False, False]


async def test_merging_moves_addresses_and_remembers_whose_they_were(database_url: str) -> None:
    """That is what undoing needs."""
    async with open_database(database_url) as database:
        await database.write(two_people)
        await database.write(contacts.merge, OLD.id, YOUNG.id, "same phone")
        assert await database.write(contacts.by_addresses, [PHONE, MAIL]) == {PHONE: OLD.id, MAIL: OLD.id}
        rows = await database.read(lambda connection: connection.execute(tables.identities.select()).all())
        assert {row.address: (row.first_contact_id, row.reason) for row in rows} == {
            PHONE: (OLD.id, "first message"),
            MAIL: (YOUNG.id, "same phone"),
        }
        merged = await database.read(lambda connection: connection.execute(tables.contacts.select()).all())
        assert {row.id: row.merged_into for row in merged} == {OLD.id: None, YOUNG.id: OLD.id}


async def test_merging_carries_what_is_known_and_leaves_the_other_row_for_undoing(database_url: str) -> None:
    """Of two segments the kept one's stays; what it does not have it takes over, and says what that was."""
    manager = a_user()
    async with open_database(database_url) as database:
        await database.write(two_people)
        await database.write(store, manager)
        await database.write(contacts.describe, OLD.id, "gold", ["elderly", "vip"], None)
        await database.write(contacts.describe, YOUNG.id, "silver", ["vip", "regulator"], manager.id)
        taken = await database.write(contacts.merge, OLD.id, YOUNG.id, "same phone")
        found = await database.read(contacts.many, [OLD.id, YOUNG.id])
    assert taken == {"manager_id": manager.id, "tags": ["regulator"]}
    kept, other = found[OLD.id], found[YOUNG.id]
    assert (kept.segment, kept.tags, kept.manager_id) == ("gold", ("elderly", "vip", "regulator"), manager.id)
    assert (other.segment, other.tags, other.manager_id) == ("silver", ("vip", "regulator"), manager.id)


@pytest.mark.parametrize(
    ("open_for", "joined"),
    [((OLD, YOUNG), OLD), ((OLD,), OLD), ((YOUNG,), YOUNG)],
    ids=["both", "the one who is kept", "the other one"],
)
async def test_one_conversation_stays_open_to_join(
    database_url: str, open_for: tuple[Contact, ...], joined: Contact
) -> None:
    opened = {each.id: a_conversation(ACCOUNT.id, each.id) for each in open_for}
    async with open_database(database_url) as database:
        await database.write(two_people)
        await database.write(conversations.add, list(opened.values()), joinable=True)
        await database.write(contacts.merge, OLD.id, YOUNG.id, "same phone")
        found = await database.write(joining.joinable, [OLD.id, YOUNG.id])
        assert {contact: each.id for contact, each in found.items()} == {OLD.id: opened[joined.id].id}
        everything = await database.read(conversations.of_contact, OLD.id)
        assert {each.id for each in everything} == {each.id for each in opened.values()}
