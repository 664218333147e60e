"""What proves a callback where the provider signs nothing: our secret in its address, and where it comes from."""

import hmac
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from channels.config import setting
from channels.contract import WebhookRequest
from conversations.errors import SignatureInvalid

Networks = tuple[IPv4Network | IPv6Network, ...]


def callback_ips_setting() -> Any:
    """Operators who know the provider's addresses need not rely on the secret alone."""
    return setting(
        "Addresses and networks that callbacks may come from, separated by commas, such as 203.0.113.0/24; empty: any",
        default="",
    )


def callback_ips_problems(callback_ips: str) -> dict[str, bool]:
    """The problem there may be, and whether it is fine."""
    return {f"callback_ips: {callback_ips!r} are not addresses and networks": _are_networks(callback_ips)}


def check_callback(request: WebhookRequest, secret: str, callback_ips: str) -> None:
    """Raise `SignatureInvalid` unless the address ends with our secret and the caller is one of these, if any."""
    if not hmac.compare_digest(request.query.get("secret", "").encode(), secret.encode()):
        raise SignatureInvalid
    if callback_ips and not _is_among(request.peer, _networks(callback_ips)):
        raise SignatureInvalid(f"Callbacks from {request.peer or 'nowhere'} are not accepted; see callback_ips")


def _are_networks(callback_ips: str) -> bool:
    try:
        _networks(callback_ips)
    except ValueError:
        return False
    return True


@cache
def _networks(callback_ips: str) -> Networks:
    written = (each.strip() for each in callback_ips.split(","))
    return tuple(ip_network(each) for each in written if each)


def _is_among(peer: str, networks: Networks) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in networks)
