"""Where a request comes from, behind the proxies that the operator trusts."""

from ipaddress import ip_address

from aiohttp import web

from gateway.keys import SERVICES
from runtime.values import Network


def client_address(request: web.Request) -> str:
    """The nearest address that is not a trusted proxy; what lies beyond it anybody could have written."""
    trusted = request.app[SERVICES].settings.trusted_proxies
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    hops = [request.remote or "", *(hop.strip() for hop in reversed(forwarded))]
    return next((hop for hop in hops if not _is_trusted(hop, trusted)), hops[0])


def _is_trusted(hop: str, trusted: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(hop)
    except ValueError:
        return False
    return any(address in network for network in trusted)
