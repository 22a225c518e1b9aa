"""`demo`: demonstration data in an empty installation, and how to try it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from stamps import grouped_hidden
from traceapp.cli.opening import Trouble, acting_as, installation, write
from traceapp.demonstration import NotEmpty, Sample, Script, find_samples, read_script, set_up
from traceapp.edge import Edge
from traceapp.records.accounts import by_sign_in_name
from traceapp.records.stamp_runs import StampRun, runs_by_key
from traceapp.settings import PREFIX

# What a command in another shell needs to find this installation, but for secrets.
_PLACES = (f"{PREFIX}DATA_DIR", f"{PREFIX}CONFIG")


@click.command()
def demo() -> None:
    """Make demonstration data in an empty installation; show links and accounts to try."""
    script = read_script()
    with installation() as edge:
        if edge.settings.demo is False:
            raise Trouble(f"{PREFIX}DEMO is false: demonstration data is not wanted here")
        now = edge.clock()
        if not _there(edge, script):
            set_up(edge, script, now)
        samples = find_samples(edge, acting_as(edge, script.officer.sign_in_name), now)
        for line in _shown(edge, script, samples):
            write(line)


def _there(edge: Edge, script: Script) -> bool:
    """Whether the data was made before, in the mode that it needs.

    Raises Trouble where its keys are elsewhere, as with a database server and a new data directory.
    Raises NotEmpty where the accounts are there and the mode is off: then the mark was taken away
    so that the data would count as real.
    """
    with edge.database.reading() as session:
        account = by_sign_in_name(session, script.officer.sign_in_name)
        used = set(runs_by_key(session, StampRun.key_id))
    if account is None or not account.demonstration:
        return False
    here = set() if edge.stamp_keys.absent else {key.id for key in edge.stamp_keys.ring()}
    if not used <= here:
        marked = edge.settings.demonstration_mark.exists()
        lacks = "not the keys" if marked else "neither the keys nor the mark"
        raise Trouble(
            f"The database {edge.database.place} holds a demonstration, and the data directory "
            f"{edge.settings.data_dir.absolute()} has {lacks} of it: "
            "use the data directory that it was made with, or an empty database"
        )
    if not edge.settings.demonstration:
        raise NotEmpty
    return True


def _shown(edge: Edge, script: Script, samples: list[Sample]) -> Iterator[str]:
    base = edge.settings.base_url
    yield "Demonstration mode is on: this data is invented, and labels say MẪU."
    yield ""
    yield f"Address: {base}"
    yield ""
    yield "A look at a stamp, one link for each answer:"
    for sample in samples:
        if sample.hidden_code is None:
            yield f"  {sample.verdict:<22} {base}{sample.path}"
    yield ""
    yield "A hidden code on the stamp's page, unspent until you try it:"
    for sample in samples:
        if sample.hidden_code is not None:
            code = grouped_hidden(sample.hidden_code)
            yield f"  {sample.verdict:<22} {base}{sample.path}  code {code}"
    yield ""
    yield "Accounts:"
    for player in script.accounts:
        yield f"  {player.role:<22} {player.sign_in_name:<24} {player.password}"
    yield ""
    same = f", with this {PREFIX}DATABASE_URL" if f"{PREFIX}DATABASE_URL" in os.environ else ""
    yield f"A token for a program{same}:"
    yield f"  {_program()} token add {script.officer.sign_in_name} --hidden-codes"


def _program() -> str:
    """How this program was called, with the environment that it would need in another shell."""
    given = [f"{name}={shlex.quote(os.environ[name])}" for name in _PLACES if name in os.environ]
    called = sys.argv[0] if Path(sys.argv[0]).name == "traceapp" else "traceapp"
    return " ".join([*given, shlex.quote(called)])
