"""Where the time of a look goes: one process, one thread, by the room that the time is spent in."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from pathlib import Path

import click

from traceapp import build_app
from traceapp.edge import Edge

LOOKS = 2_000
SHOWN = 14
ROOT = Path(__file__).resolve().parent.parent
PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 13)",
    "Accept": "text/html",
    "Accept-Language": "vi-VN,vi;q=0.9",
    "Accept-Encoding": "gzip",
}


def profile(edge: Edge, codes: list[str]) -> None:
    """Print each room's share of the time of LOOKS looks, its own time only."""
    client = build_app(edge).test_client()
    for code in codes[:100]:
        client.get(f"/S/{code}", headers=PHONE)
    profiler = cProfile.Profile()
    profiler.enable()
    for n in range(LOOKS):
        client.get(f"/S/{codes[n % len(codes)]}", headers=PHONE)
    profiler.disable()
    spent: Counter[str] = Counter()
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    for (file, _line, name), (_calls, _primitive, own, _cumulative, _callers) in stats.items():
        spent[_room(file, name)] += own
    whole = sum(spent.values())
    click.echo(
        f"  profile of {LOOKS} looks in one thread (the profiler itself slows what is small):"
    )
    for room, seconds in spent.most_common(SHOWN):
        click.echo(f"    {seconds / whole:5.1%}  {room}")


def _room(file: str, name: str) -> str:
    """Ours by folder, a library by its name, and what is C by its function."""
    path = Path(file)
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return "/".join(path.relative_to(ROOT).parts[:-1]) or path.name
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
    if file.startswith("<template") or "templates" in path.parts:
        return "templates"
    if file == "~":
        return f"C: {name.strip('<>').removeprefix('built-in method ').removeprefix('method ')}"
    return "python"
