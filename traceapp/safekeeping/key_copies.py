"""A copy of the key rings, in a file of its own that is kept apart from the backup.

A JSON object: `format` (1), and for each purpose (`stamp`, `hidden`, `session`) its keys as hex,
oldest first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stamps import BadKey, Key, KeyRing
from traceapp.edge import Edge
from traceapp.records.key_files import KeyStore
from traceapp.safekeeping.archive import Facts
from traceapp.safekeeping.files import BackupTrouble

FORMAT = 1
_MOST = 1_000_000  # bytes

Rings = Mapping[str, KeyRing]


def copied_stores(edge: Edge) -> dict[str, KeyStore]:
    """The rings that a copy holds, by their purpose: those of stamps, and that of sign-ins."""
    stores = {purpose.value: store for purpose, store in edge.key_stores.items()}
    return stores | {"session": edge.session_keys}


def write_rings(rings: Rings) -> bytes:
    told = {purpose: [key.secret.hex() for key in ring] for purpose, ring in rings.items()}
    return json.dumps({"format": FORMAT, **told}, indent=1).encode() + b"\n"


def read_rings(file: Path) -> dict[str, KeyRing]:
    """Raises BackupTrouble for what `write_rings` did not write; no key is ever quoted."""
    try:
        with file.open("rb") as copy:
            told = json.loads(copy.read(_MOST))
        if told["format"] != FORMAT:
            raise BackupTrouble(f"{file} has a format that this version does not know")
        return {
            purpose: KeyRing(Key(bytes.fromhex(word)) for word in told[purpose])
            for purpose in ("stamp", "hidden", "session")
        }
    except (ValueError, TypeError, LookupError, RecursionError, BadKey):
        raise BackupTrouble(
            f"{file} is no whole copy of keys, as `traceapp backup --keys` writes it"
        ) from None
    except OSError as error:
        raise BackupTrouble(f"{file} cannot be read: {error.strerror}") from None


def ring_file(ring: KeyRing) -> bytes:
    """A ring as a key file holds it; see `records.key_files`."""
    return "".join(f"{key.secret.hex()}\n" for key in ring).encode("ascii")


def missing_keys(facts: Facts, rings: Rings) -> tuple[str, ...]:
    """Ids of the keys that runs need and that the rings do not hold."""
    needed = {"stamp": facts.stamp_keys, "hidden": facts.hidden_keys}
    return tuple(
        key_id
        for purpose, ids in needed.items()
        for key_id in ids
        if purpose not in rings or rings[purpose].get(key_id) is None
    )
