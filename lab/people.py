"""The customers: a few with names are always there, others come as they are needed."""

import base64
import hashlib
from collections.abc import Iterable, Iterator

from lab.books import Books, Customer

READY = (
    Customer(name="李雷", phone="+8613800138000", mailbox="lilei@customer.example"),
    Customer(name="韩梅梅", phone="+8613800138001", mailbox="hanmeimei@customer.example"),
    Customer(name="王建国", phone="+8613800138002", mailbox="wangjianguo@customer.example"),
    Customer(name="Alice", phone="+85261234567", mailbox="alice@customer.example"),
)

MAIL_DOMAIN = "customer.example"


class People:
    """Who there is, found by name, phone, mailbox or openid."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._by_name = {customer.name: customer for customer in READY}
        self._by_name.update({entry.name: entry for entry in books if isinstance(entry, Customer)})
        self._by_phone = {customer.phone: customer for customer in self}
        self._by_openid: dict[tuple[str, str], Customer] = {}

    def __iter__(self) -> Iterator[Customer]:
        return iter(self._by_name.values())

    def add(self, customer: Customer) -> Customer:
        """Let somebody in; the same name again is the same person."""
        if customer.name in self._by_name:
            return self._by_name[customer.name]
        self._by_name[customer.name] = customer
        self._by_phone[customer.phone] = customer
        self._by_openid.clear()
        self._books.write(customer)
        return customer

    def invent(self, number: int) -> Customer:
        """The n-th customer of a crowd."""
        name = f"客户{number:05d}"
        phone = f"+86139{number:08d}"
        return self.add(Customer(name=name, phone=phone, mailbox=f"c{number:05d}@{MAIL_DOMAIN}"))

    def named(self, name: str) -> Customer:
        """The customer with this name; raises KeyError."""
        return self._by_name[name]

    def with_phone(self, phone: str) -> Customer:
        """Whoever has this number in E.164 form; a stranger is let in under the number."""
        known = self._by_phone.get(phone)
        return known or self.add(Customer(name=phone, phone=phone, mailbox=f"{phone[1:]}@{MAIL_DOMAIN}"))

    def with_mailbox(self, mailbox: str) -> Customer:
        """Whoever reads this mailbox; a stranger is let in under its name."""
        known = next((customer for customer in self if customer.mailbox == mailbox.lower()), None)
        return known or self.add(Customer(name=mailbox, phone="", mailbox=mailbox.lower()))

    def with_openid(self, app_id: str, openid: str) -> Customer | None:
        """The customer whom one Official Account knows as this, if there is one."""
        if (app_id, openid) not in self._by_openid:
            self._by_openid.update(_openids(app_id, self))
        return self._by_openid.get((app_id, openid))


def openid_of(app_id: str, customer: Customer) -> str:
    """What an Official Account calls a customer: 28 characters that mean nothing anywhere else."""
    digest = hashlib.sha256(f"{app_id}/{customer.name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def _openids(app_id: str, people: Iterable[Customer]) -> dict[tuple[str, str], Customer]:
    return {(app_id, openid_of(app_id, customer)): customer for customer in people}
