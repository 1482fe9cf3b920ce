"""Whom an address on the internet belongs to, as far as limits are concerned."""

import ipaddress

IPV6_PREFIX = 64


def to_source(address: str | None) -> str:
    """The address itself, of an IPv6 address its network, because one household has all of it; `unknown` for none."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(ip), IPV6_PREFIX), strict=False).network_address)
    return str(ip)
