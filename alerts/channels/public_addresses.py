"""Which IP addresses lie on the public internet: those that IANA gave no special purpose.

The sources are the IANA registries of special-purpose addresses of IPv4 and IPv6 (RFC 6890; as of 2025-10). Python's
``is_global`` follows them but lets through what came later or is called globally reachable there: no webhook lives at a
relay, in a documentation range, or in IPv6 space that nobody was given.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_SPECIAL_4: Final = tuple(
    map(
        IPv4Network,
        (
            "192.0.0.0/24",  # protocol assignments, with the anycast addresses of PCP and TURN
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4, deprecated
            "192.175.48.0/24",  # AS112
        ),
    )
)
_UNICAST_6: Final = IPv6Network("2000::/3")
"""All of IPv6 that was ever given out for the internet; loopback, local and translated addresses lie outside."""
_SPECIAL_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID and others
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries any IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""A network without IPv4 reaches an IPv4 address under this prefix: the last 32 bits are the address that is meant."""


def is_public(text: str) -> bool:
    """Whether an IP address, with or without a zone, is one of the public internet."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = _carried(address) or address
    return _is_public_4(address) if isinstance(address, IPv4Address) else _is_public_6(address)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or translated one leads to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _is_public_4(address: IPv4Address) -> bool:
    special = address.is_multicast or any(address in network for network in _SPECIAL_4)
    return address.is_global and not special


def _is_public_6(address: IPv6Address) -> bool:
    special = any(address in network for network in _SPECIAL_6)
    return address in _UNICAST_6 and address.is_global and not special
