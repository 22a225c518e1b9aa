"""Where a request came from, as far as one subscriber cannot change it at will."""

from __future__ import annotations

import ipaddress
import re

# Most are; one with a zero or a number too many is no address, and stays as it is, too.
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


def network_of(source: str) -> str:
    """What one subscriber cannot change at will: an IPv4 address, or an IPv6 one's first 64 bits.

    What is no address stays as it is.
    """
    if _IPV4.fullmatch(source):
        return source
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
