"""What a company knows a customer by."""

import base64
import hashlib

from lab.books import Customer
from lab.people import People


def external_userid(corp_id: str, customer: Customer) -> str:
    """32 characters that mean nothing to another company."""
    digest = hashlib.sha256(f"{corp_id}/{customer.name}".encode()).digest()
    return "wm" + base64.urlsafe_b64encode(digest).decode()[:30]


class Known:
    """The customers of all companies, by these names."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._found: dict[tuple[str, str], Customer] = {}

    def find(self, corp_id: str, userid: str) -> Customer | None:
        """Who this is, if somebody."""
        if (corp_id, userid) not in self._found:
            self._found.update({(corp_id, external_userid(corp_id, each)): each for each in self._people})
        return self._found.get((corp_id, userid))
