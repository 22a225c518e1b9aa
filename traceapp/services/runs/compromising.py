"""A root key got into wrong hands: whoever holds it can write every code of every run under it.

No run is signed with it again. What its stamps are from now on, each look, activation and
approval finds out for itself; here it is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from traceapp.records.compromised_keys import CompromisedKey, KeyPurpose
from traceapp.records.counter import lock_counter
from traceapp.records.key_files import KeyStore
from traceapp.records.stamp_runs import StampRun
from traceapp.services.authority import Act, Actor, permit, record_act
from traceapp.services.refusals import Conflict, Unknown, message
from traceapp.services.runs.reading_leaks import CompromisedKeyTold, tell_leak
from traceapp.services.values import Maybe, Note, Sent, Told, in_vietnam

Stores = Mapping[KeyPurpose, KeyStore]
KeyId = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=16)]

_COLUMNS = {KeyPurpose.STAMP: StampRun.key_id, KeyPurpose.HIDDEN: StampRun.hidden_key_id}


class Leak(Sent):
    """Which key leaked. The note says how it came about, for whoever reads it later."""

    key_id: KeyId
    note: Maybe[Note] = None


class NewKey(Told):
    """A key that signs new runs instead of one that leaked."""

    key_id: str
    purpose: KeyPurpose


class Compromised(CompromisedKeyTold):
    """A leak as it was just declared, with the keys that were made for it."""

    replaced_by: list[NewKey]


def compromise_key(
    session: Session, actor: Actor, leak: Leak, stores: Stores, now: datetime
) -> Compromised:
    """Declare that a key leaked; where it would sign the next run, a new one is made first.

    Never undone: nobody can make strangers forget. Raises Unknown for a key that neither a ring
    here nor a run knows; Conflict for one that is known to have leaked, and for the newest of a
    ring that comes from the environment; KeyTrouble for a ring that cannot be read.
    """
    permit(actor, Act.KEY_COMPROMISE)
    # Approvals wait here: each is on record before the leak, or is refused after it.
    lock_counter(session)
    purposes = [each for each in KeyPurpose if _is_for(session, leak.key_id, each, stores[each])]
    if not purposes:
        raise Unknown(
            "no_key",
            message(
                "No ring here and no run has a key %(key_id)s. `traceapp keys list` names them all."
            ),
            key_id=leak.key_id,
        )
    _check_new(session, leak.key_id)
    newest = [each for each in purposes if _is_newest(leak.key_id, stores[each])]
    for purpose in newest:
        _check_replaceable(purpose, stores[purpose])
    replaced_by = [NewKey(key_id=stores[each].rotate().id, purpose=each) for each in newest]
    row = CompromisedKey(
        key_id=leak.key_id,
        purpose=purposes[0],
        note=leak.note,
        created_by=actor.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record_act(
        session,
        actor,
        Act.KEY_COMPROMISE,
        row.id,
        now,
        key_id=row.key_id,
        purpose=row.purpose.value,
        replaced_by=[each.key_id for each in replaced_by],
    )
    return Compromised(**tell_leak(session, row).model_dump(), replaced_by=replaced_by)


def _is_for(session: Session, key_id: str, purpose: KeyPurpose, store: KeyStore) -> bool:
    """Whether a run was printed with a key, or a ring of this machine holds it.

    A machine need not have the ring of hidden keys.
    """
    used = sa.select(StampRun.id).where(_COLUMNS[purpose] == key_id)
    if session.scalar(sa.select(used.exists())):
        return True
    return not store.absent and store.ring().get(key_id) is not None


def _check_new(session: Session, key_id: str) -> None:
    known = sa.select(CompromisedKey.created_at).where(CompromisedKey.key_id == key_id)
    since = session.scalar(known)
    if since is not None:
        raise Conflict(
            "known",
            message("That key %(key_id)s leaked is on record since %(day)s; nothing was changed."),
            key_id=key_id,
            day=in_vietnam(since).date().isoformat(),
        )


def _is_newest(key_id: str, store: KeyStore) -> bool:
    return not store.absent and store.ring().newest.id == key_id


def _check_replaceable(purpose: KeyPurpose, store: KeyStore) -> None:
    """Raises Conflict where only the owner of the environment can add the next key."""
    if store.given:
        raise Conflict(
            "keys_given",
            message(
                "This key signs new runs, and comes from %(variable)s. Add a new key there, last, "
                "start every process anew, then run this again."
            ),
            variable=f"TRACEAPP_{purpose.value.upper()}_KEYS",
        )
