"""Every special range of the IANA registries, by its first and last address and one in between."""

from ipaddress import ip_network

import pytest

from alerts.channels.public_addresses import is_public

SPECIAL_4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
    192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
    240.0.0.0/4 255.255.255.255/32
"""
SPECIAL_6 = """
    ::/128 ::1/128 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128
    2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
    2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
GIVEN_TO_NOBODY_YET = "200::/7 400::/6 4000::/3 8000::/3 e000::/4"
INNER_4 = ("10.0.0.8", "127.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "224.0.0.1", "100.64.0.1")


@pytest.mark.parametrize("text", [*SPECIAL_4.split(), *SPECIAL_6.split(), *GIVEN_TO_NOBODY_YET.split()])
def test_a_special_range_is_not_public(text: str) -> None:
    network = ip_network(text)
    middle = network[network.num_addresses // 2]
    assert not any(map(is_public, map(str, (network[0], middle, network[-1]))))


@pytest.mark.parametrize("inner", INNER_4)
@pytest.mark.parametrize("form", ["::ffff:{0}", "64:ff9b::{0}", "::{0}", "::ffff:0:{0}", "64:ff9b:1::{0}"])
def test_an_inner_address_is_inner_in_every_form_of_ipv6(form: str, inner: str) -> None:
    assert not is_public(form.format(inner))


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "203.0.114.5", "114.114.114.114", "223.5.5.5", "2606:4700::1111", "2400:3200::1", "2a00:1450::1",
     "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2620:fe::fe", "192.0.1.1", "172.32.0.1", "100.128.0.1"],
)  # fmt: skip
def test_a_public_address_is_public_in_every_form(text: str) -> None:
    assert is_public(text)


def test_a_zone_changes_nothing() -> None:
    assert not is_public("fe80::1%eth0")
    assert is_public("2606:4700::1111%eth0")
