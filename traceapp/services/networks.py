"""Where a request came from, as far as one subscriber cannot change it at will."""

from __future__ import annotations

import ipaddress


def network_of(source: str) -> str:
    """What one subscriber cannot change at will: an IPv4 address, or an IPv6 one's first 64 bits.

    What is no address stays as it is.
    """
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
