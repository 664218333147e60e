"""Addresses: one string with a scheme for every place a contact can be written to.

    wechat:<account>/<openid>     tel:+8613800138000     mailto:li@example.com     web:<account>/<visitor>
    wecom:<account>/<userid>      telegram:<account>/<chat>    custom:<account>/<id>     user:<account>/<id>

`tel` and `mailto` mean the same person wherever they appear; the others are only meaningful together with the account
they came through. `user` is the site's own customer number, which the site has signed.
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


def wecom_address(account: AccountId, userid: str) -> Address:
    """A customer of one WeCom service account (`external_userid`)."""
    return Address(f"wecom:{account}/{userid}")


def telegram_address(account: AccountId, chat: str) -> Address:
    """A chat with one bot."""
    return Address(f"telegram:{account}/{chat}")


def custom_address(account: AccountId, customer: str) -> Address:
    """A customer of another system, by that system's id."""
    return Address(f"custom:{account}/{customer}")


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


_WITH_ACCOUNT = frozenset(("wechat", "wecom", "telegram", "custom", "web", "user"))
"""Schemes whose addresses name the account they mean something to."""
