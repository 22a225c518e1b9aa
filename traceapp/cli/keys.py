"""`keys list`, `rotate`, `compromise` and `counter advance`: what stamps are made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy.orm import Session

from traceapp.cli.fields import Fields
from traceapp.cli.opening import Trouble, acting_as, actor_option, installation, tell
from traceapp.edge import Edge
from traceapp.records.compromised_keys import KeyPurpose, compromised_among
from traceapp.records.key_files import KeyStore
from traceapp.records.stamp_runs import StampRun, runs_by_key
from traceapp.services.authority import Actor
from traceapp.services.paging import LONGEST_PAGE, PageWish
from traceapp.services.runs.compromising import Leak, compromise_key
from traceapp.services.runs.issuing import advance_counter
from traceapp.services.runs.reading_leaks import runs_hit
from traceapp.settings import PREFIX

ROOM = 10_000_000  # serials that may have been printed and that no record tells of
_LEAK = Fields(Leak)


@click.group()
def keys() -> None:
    """Root keys: list, rotate, compromise. No secret is ever shown."""


@keys.command("list")
def list_keys() -> None:
    """Every key, oldest first: its purpose, whether it signs new runs, and how many runs use it.

    `here` is false for a key that runs need and this machine does not have; `compromised` is true
    for one that is known to have leaked.
    """
    with installation() as edge, edge.database.reading() as session:
        used = {
            "stamp": runs_by_key(session, StampRun.key_id),
            "hidden": runs_by_key(session, StampRun.hidden_key_id),
        }
        items = [each for purpose, runs in used.items() for each in _listed(edge, purpose, runs)]
        leaked = compromised_among(session, [each["id"] for each in items])
    tell(
        {
            "items": [each | {"compromised": each["id"] in leaked} for each in items],
            "next_cursor": None,
        }
    )


def _listed(edge: Edge, purpose: str, runs: dict[str, int]) -> list[dict[str, Any]]:
    ring = _store(edge, purpose).ring()
    here = [key.id for key in ring]
    missing = sorted(set(runs) - set(here))
    return [
        {
            "id": key_id,
            "purpose": purpose,
            "newest": key_id == ring.newest.id,
            "runs": runs.get(key_id, 0),
            "here": key_id in here,
        }
        for key_id in missing + here
    ]


def _store(edge: Edge, purpose: str) -> KeyStore:
    return edge.key_stores[KeyPurpose(purpose)]


@keys.command("rotate")
@click.argument("purpose", type=click.Choice(["stamp", "hidden", "both"]), default="both")
def rotate(purpose: str) -> None:
    """Add a random key, which signs new runs from now on; printed stamps keep verifying."""
    wanted = ["stamp", "hidden"] if purpose == "both" else [purpose]
    with installation() as edge:
        for each in wanted:
            # Looked at before anything is written, so that a refusal changes neither ring.
            if getattr(edge.settings, f"{each}_keys").get_secret_value():
                raise Trouble(
                    f"The {each} keys come from {PREFIX}{each.upper()}_KEYS: "
                    "add the new key there, last"
                )
            _store(edge, each).ring()
        items = [{"id": _store(edge, each).rotate().id, "purpose": each} for each in wanted]
    tell({"items": items, "next_cursor": None})


@keys.command("compromise")
@click.argument("key_id", metavar="ID")
@click.option("--note", help="How it leaked, for whoever reads it later. Buyers never see it.")
@actor_option
def compromise(key_id: str, note: str | None, actor_email: str | None) -> None:
    """Declare that a key leaked. It is never taken back.

    No run is signed with it again; where it is the newest of its file, a new key is made first.
    Of a stamp key, stamps in use answer `suspicious` and those that wait are void; of a hidden
    key, hidden codes prove nothing any more. Every process knows it with the next look. The
    answer tells each run that was printed with it.
    """
    leak = _LEAK.read({"key_id": key_id, "note": note})
    assert isinstance(leak, Leak)
    with installation() as edge:
        actor = acting_as(edge, actor_email)
        with edge.database.writing() as session:
            told = compromise_key(session, actor, leak, edge.key_stores, edge.clock())
        with edge.database.reading() as session:
            runs = list(_runs_hit(session, actor, told.id))
    tell(told.model_dump(mode="json") | {"stamp_runs": runs})


def _runs_hit(session: Session, actor: Actor, number: int) -> Iterator[dict[str, Any]]:
    """Every run of a leaked key, page by page."""
    wish = PageWish(limit=LONGEST_PAGE)
    while True:
        page = runs_hit(session, actor, number, wish)
        yield from (each.model_dump(mode="json") for each in page.items)
        if page.next_cursor is None:
            return
        wish = PageWish(limit=LONGEST_PAGE, cursor=page.next_cursor)


@click.group()
def counter() -> None:
    """The counter of serials: advance."""


@counter.command("advance")
@click.option(
    "--room",
    type=click.IntRange(min=0),
    default=ROOM,
    show_default=True,
    help="Serials to leave out past everything known.",
)
def advance(room: int) -> None:
    """Move the counter past everything known, and trust this database again.

    Needed after a restore, a copy or a failover of the database, and once where a new database
    begins with keys that were there before. `left_out` tells of well-signed serials that were
    seen too far above all others to be believed; where they were really printed, `--room` passes
    them.
    """
    with installation() as edge:
        with edge.database.writing() as session:
            advanced = advance_counter(session, edge.mark, room)
        tell(asdict(advanced))
