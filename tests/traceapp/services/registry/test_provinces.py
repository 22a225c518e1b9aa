"""The province that an address ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from traceapp.services.registry.provinces import province_of, read_provinces

PROVINCES = read_provinces(Path(__file__).resolve().parents[4] / "config/provinces.toml")


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("Số 5, thôn Trung Hòa, xã Hoằng Thanh, tỉnh Thanh Hóa", "thanh-hoa"),
        ("thon 1, THANH HOÁ.", "thanh-hoa"),
        ("Phường 1, TP. Hồ Chí Minh, Việt Nam", "ho-chi-minh"),
        ("Phường 1, thành phố Huế", "hue"),
        ("12 Điện Biên Phủ, Hà Nội,", "ha-noi"),
        ("T. An Giang", "an-giang"),
    ],
)
def test_an_address_names_it_last_however_it_is_written(address: str, slug: str) -> None:
    found = province_of(address, PROVINCES)
    assert found is not None and found.slug == slug


@pytest.mark.parametrize(
    "address", ["", ",", "Việt Nam", "Thôn 1", "12 Điện Biên Phủ", "Hà Nội, thôn 1", "Nam Định"]
)
def test_an_address_that_ends_otherwise_names_none(address: str) -> None:
    assert province_of(address, PROVINCES) is None
