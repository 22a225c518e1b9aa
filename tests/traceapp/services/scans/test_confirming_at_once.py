"""Hidden codes at the same moment, from several processes with many threads each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from traceapp.records.alerts import Alert
from traceapp.records.redemptions import EVERYBODY, Redemption, WrongCodes
from traceapp.records.scans import Scan
from traceapp.settings import Settings

ROOT = Path(__file__).resolve().parents[4]
PROCESSES = 3

# Reads one order, says so, waits until all processes are told to begin, and confirms it in threads.
BUYERS = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from traceapp.edge import open_edge
from traceapp.services.scans.confirming import HiddenAttempt, confirm
from traceapp.services.scans.scanning import Look
from traceapp.settings import read_settings

edge = open_edge(read_settings())
order = json.loads(sys.argv[1])
now = datetime.fromisoformat(order["now"])
start = Barrier(len(order["phones"]))

def buy(phone):
    attempt = HiddenAttempt(Look(order["code"], phone, "192.0.2.1"), order["hidden"])
    start.wait()
    with edge.database.writing() as session:
        return confirm(session, attempt, edge.confirming, now).authentication.value

print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(len(order["phones"])) as threads:
    print(*threads.map(buy, order["phones"]), flush=True)
edge.database.close()
"""


def confirm_at_once(world: Any, settings: Settings, code: str, hidden: str) -> Counter[str]:
    """What 50 phones are told that send one hidden code for one stamp at one moment."""
    environment = os.environ | {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_DATABASE_URL": settings.url,
        "TRACEAPP_BASE_URL": settings.base_url,
        "TRACEAPP_DEMO": "true",
        "TRACEAPP_RATE_LIMIT_ENABLED": "false",
    }
    phones = [f"phone-{n}" for n in range(50)]
    order = {"now": world.now.isoformat(), "code": code, "hidden": hidden}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BUYERS, json.dumps(order | {"phones": phones[n::PROCESSES]})],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    return Counter(word for words in said for word in words)


def test_fifty_confirmations_from_several_processes_are_first_exactly_once(
    world: Any, settings: Settings
) -> None:
    issued = world.issue(2)
    told = confirm_at_once(world, settings, issued.code(), issued.hidden())
    assert told == {"first": 1, "before": 49}
    with world.reading() as session:
        redeemed = session.scalars(sa.select(Redemption)).one()
        scans = session.scalars(sa.select(Scan).order_by(Scan.id)).all()
    assert redeemed.serial == issued.serial()
    assert len(scans) == 50
    assert [each.id for each in scans if each.authentication == "first"] == [redeemed.scan_id]


def test_processes_share_the_limit_of_tries_and_one_alert(world: Any, settings: Settings) -> None:
    """Wrong codes are compared ten times in a minute, however many processes serve."""
    issued = world.issue(2)
    told = confirm_at_once(world, settings, issued.code(), issued.hidden(1))
    assert told == {"wrong": 10, "none": 40}
    with world.reading() as session:
        counted = sa.select(WrongCodes.codes).where(WrongCodes.source == EVERYBODY)
        assert session.scalars(counted).one() == 10
        alert = session.scalars(sa.select(Alert)).one()
        assert (alert.count, alert.run_id, alert.serial) == (40, issued.run.id, issued.serial())
