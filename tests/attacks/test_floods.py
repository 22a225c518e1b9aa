"""Floods of looks that anybody can make up: answered one by one, and no disk is filled by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from stamps import Key, sign
from traceapp.database import Base
from traceapp.services.scans import remembering
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.forgetting import forget
from traceapp.services.scans.scanning import Answer, Look, scan

KEPT = 3  # forged looks of one source and hour that are kept in full, as a setting says
STRANGER = Key(bytes(32))


@pytest.fixture
def rows(world: Any) -> Any:
    """How many rows each table has got since the test began; what did not grow is left out."""

    def number() -> dict[str, int]:
        with world.edge.database.engine.connect() as connection:
            return {
                name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}"))
                for name in Base.metadata.tables
            }

    before = number()
    return lambda: {
        name: found - before[name] for name, found in number().items() if found != before[name]
    }


def flood(world: Any, texts: Any, sources: list[str], times: int) -> list[Answer]:
    """Looks at new texts, each from the next of the sources. They come in one transaction.

    So many transactions would only show how long a disk takes.
    """
    scanning = replace(world.edge.scanning, forged_kept_per_hour=KEPT)
    with world.writing() as session:
        return [
            scan(
                session, Look(next(texts), f"p{n}", sources[n % len(sources)]), scanning, world.now
            )
            for n in range(times)
        ]


def forged() -> Any:
    """Codes that a stranger's key signed, for serial after serial."""
    return (sign(STRANGER, serial) for serial in count(4096))


def test_a_flood_of_what_is_no_code_is_one_number_a_minute(world: Any, rows: Any) -> None:
    texts = (f"xyz{n}" for n in count())
    answers = flood(world, texts, [f"198.51.100.{n}" for n in range(200)], 3000)
    assert {each.verdict.value for each in answers} == {"malformed"}
    assert rows() == {"look_counts": 1}
    world.now += timedelta(minutes=1)
    flood(world, texts, ["192.0.2.1"], 1000)
    assert rows() == {"look_counts": 2}
    with world.reading() as session:
        assert session.scalar(sa.text("SELECT sum(looks) FROM look_counts")) == 4000


def test_a_flood_of_forged_codes_from_one_source_is_kept_as_far_as_a_setting_says(
    world: Any, rows: Any
) -> None:
    answers = flood(world, forged(), ["192.0.2.1"], 2000)
    assert {each.verdict.value for each in answers} == {"forged"}
    kept = {"scans": KEPT, "traces": KEPT, "look_counts": 1, "trace_keys": 1}
    assert rows() == {**kept, "forged_kept": 2}


def test_a_flood_from_everywhere_is_kept_as_far_as_a_hundred_sources(world: Any, rows: Any) -> None:
    sources = [f"2001:db8:0:{n:x}::1" for n in range(500)]
    most = KEPT * remembering.SOURCES_AN_HOUR
    texts = forged()
    flood(world, texts, sources, 2000)
    grown = rows()
    assert (grown["scans"], grown["traces"], grown["look_counts"]) == (most, most, 1)
    # Each source has one short row of its own while its hour lasts.
    assert grown["forged_kept"] == len(sources) + 1
    flood(world, texts, sources, 2000)
    assert rows() == grown
    with world.writing() as session:
        forget(session, world.now + timedelta(hours=4))
    assert "forged_kept" not in rows()


def test_a_flood_of_hidden_codes_at_one_stamp_is_kept_as_far_as_its_limit(
    world: Any, rows: Any
) -> None:
    issued = world.issue(3)
    began = rows()
    with world.writing() as session:
        for n in range(1000):
            look = Look(issued.code(), f"p{n}", "192.0.2.1")
            attempt = HiddenAttempt(look, f"{n:08d}", nonce=str(n))
            confirm(session, attempt, world.edge.confirming, world.now)
    most = world.edge.settings.hidden_tries_per_minute
    grown = {name: found - began.get(name, 0) for name, found in rows().items()}
    assert {name: found for name, found in grown.items() if found} == {
        "scans": most,
        "traces": most,
        "confirmations": most,
        "stamp_totals": 1,
        "hidden_tries": 1,
        "wrong_codes": 2,
        "look_counts": 1,
        "alerts": 1,
        "trace_keys": 1,
    }


def test_a_flood_under_a_leaked_key_is_one_alert(world: Any, rows: Any) -> None:
    """Whoever holds a key writes any number of right codes: these are kept, and say so once."""
    newest = world.edge.stamp_keys.ring().newest
    with world.writing() as session:
        for n in range(300):
            look = Look(sign(newest, 4096 * 900 + n), "p", "192.0.2.1")
            confirm(session, HiddenAttempt(look, "00000000"), world.edge.confirming, world.now)
    assert rows()["alerts"] == 1
