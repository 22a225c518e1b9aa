"""Networks: which addresses are one subscriber's."""

from __future__ import annotations

import pytest

from traceapp.services.networks import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix socket", "unix socket"),
    ],
)
def test_one_subscriber_is_one_source(address: str, network: str) -> None:
    assert network_of(address) == network
