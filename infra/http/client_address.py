"""Where a call comes from."""

from ipaddress import ip_address, ip_network

from aiohttp import web

from infra.http.keys import INSTALLATION

_FORWARDED = ("X-Forwarded-For", "Forwarded")
_PREFIX_OF_ONE_CLIENT = 64
"""An IPv6 client has a whole network of addresses to choose from."""


def client_address(request: web.Request) -> str:
    """The address, or of IPv6 the /64 network, of whoever calls.

    Of a proxy in ``http.proxies`` the client that it names last is meant: earlier names are the client's own words.
    """
    address = request.remote or ""
    if address and _is_proxy(request, address):
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        address = named if _is_address(named) else address
    return _network_of(address)


def is_own_machine(request: web.Request) -> bool:
    """Whether the call comes from this machine, and not through a proxy that runs on it."""
    if request.transport is None or any(name in request.headers for name in _FORWARDED):
        return False
    server = request.transport.get_extra_info("sockname")
    return bool(server) and server[0] == request.remote


def _is_proxy(request: web.Request, address: str) -> bool:
    proxies = request.app[INSTALLATION].settings.http.proxies
    return any(ip_address(address) in ip_network(proxy) for proxy in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _network_of(text: str) -> str:
    if not _is_address(text) or ip_address(text).version == 4:
        return text
    return str(ip_network((text.partition("%")[0], _PREFIX_OF_ONE_CLIENT), strict=False))
