"""Who may be at work in a data directory at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from traceapp.safekeeping import BackupTrouble, present
from traceapp.safekeeping.presence import alone

HOLDER = """
import os, sys
from pathlib import Path
from traceapp.safekeeping import present

with present(Path(sys.argv[1])):
    child = os.fork()
    if child:
        os._exit(0)  # as a server's first process that is killed
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_servers_are_many_and_a_restore_is_alone(tmp_path: Path) -> None:
    with (
        present(tmp_path),
        present(tmp_path),
        pytest.raises(BackupTrouble, match="stop it first"),
        alone(tmp_path),
    ):
        pass
    with alone(tmp_path):
        with pytest.raises(BackupTrouble, match="being restored"), present(tmp_path):
            pass
        with pytest.raises(BackupTrouble, match="another restore"), alone(tmp_path):
            pass
    with alone(tmp_path):
        pass


def test_a_worker_that_outlives_its_server_still_counts(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[3],
        env=os.environ,
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(BackupTrouble), alone(tmp_path):
            pass
        holder.stdin.write(b"\n")
        holder.stdin.close()
        holder.stdout.read()  # until the worker, who has it open too, is gone
    with alone(tmp_path):
        pass
