"""A new installation begins: its first keys, and a counter that may start at the first serial.

Codes are pure functions of key and serial, so only keys that are made here and now can never have
printed anything. Keys from elsewhere, of the environment or in files that were there before, may
have: beside them a new counter is not trusted until `traceapp counter advance`.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from traceapp.records.counter import HighWaterMark, lock_counter, move_counter
from traceapp.records.key_files import KeyStore
from traceapp.records.stamp_runs import highest_serial


def begin(
    session: Session, stamp_keys: KeyStore, hidden_keys: KeyStore, mark: HighWaterMark
) -> None:
    """Make the keys that are missing, and trust the counter where all of them are new.

    Keys are made only while no stamp was issued: a missing key file is never papered over by a
    new key, under which every printed stamp would read as forged. Processes that start together
    wait for each other at the counter. A crash in between leaves keys whose counter is not
    trusted, never the other way round. Raises MarkTrouble.
    """
    if not (stamp_keys.absent or hidden_keys.absent):
        return
    counter = lock_counter(session)
    if highest_serial(session) >= 0:
        return
    all_new = stamp_keys.absent and hidden_keys.absent
    stamp_keys.create()
    hidden_keys.create()
    if all_new:
        mark.raise_to(0)
        # A counter that somebody trusted before is vouched for by its row, or by nobody.
        if counter.written_by is None:
            move_counter(session, counter, counter.next_serial)
