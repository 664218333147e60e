"""Addresses: one string with a scheme for every place a contact can be written to.

    wechat:<account>/<openid>     tel:+8613800138000     mailto:li@example.com     web:<visitor>     user:<id>

`tel`, `mailto` and `user` (the site's own customer number, signed by the site) mean the same person wherever they
appear; `wechat` and `web` are only meaningful together with the account they came through.
"""

from typing import NewType

from conversations.ids import AccountId

Address = NewType("Address", str)


def wechat_address(account: AccountId, openid: str) -> Address:
    """A follower of one Official Account; an openid means nothing outside it."""
    return Address(f"wechat:{account}/{openid}")


def phone_address(number: str) -> Address:
    """A phone number, already in E.164 form."""
    return Address(f"tel:{number}")


def mail_address(mailbox: str) -> Address:
    """A mailbox; compared without regard to case, as people type it."""
    return Address(f"mailto:{mailbox.lower()}")


def visitor_address(account: AccountId, visitor: str) -> Address:
    """A browser that opened one site's chat."""
    return Address(f"web:{account}/{visitor}")


def user_address(account: AccountId, user: str) -> Address:
    """A customer number that the site itself vouched for with its signature."""
    return Address(f"user:{account}/{user}")


def address_value(address: Address) -> str:
    """What the provider calls this address: the openid, the number, the mailbox, the visitor."""
    scheme, _, rest = address.partition(":")
    return rest.partition("/")[2] if scheme in _WITH_ACCOUNT else rest


_WITH_ACCOUNT = ("wechat", "web", "user")
"""Schemes whose addresses name the account they mean something to."""
