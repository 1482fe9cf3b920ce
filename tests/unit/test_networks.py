"""Whom an address belongs to."""

import pytest

from bot.domain.networks import to_source


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::1", "::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
        ("testclient", "testclient"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_ipv6_counts_by_network(address: str | None, source: str) -> None:
    """A household has 64 bits of addresses to choose from, an IPv4 citizen behind a dual-stack socket has one."""
    assert to_source(address) == source
