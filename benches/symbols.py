"""How fast symbols are pressed and serials signed, beside others that do it one by one.

`measure_symbols` and `measure_signing` give plain values; `main` prints them. Each figure is the
best of several rounds, and the rounds of ours and the peers' take turns: whatever else the machine
does falls upon all of them.

zint-bindings is here to be measured against, and nowhere else: Apache-2.0, around zint, which is
under BSD-3-Clause.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import click
import numpy as np
import segno
import zint

from stamps import Key, Level, Link, LinkForm, sign
from stamps.series import codes_of, hidden_codes_of
from stamps.symbol_press import press

KEY = Key(bytes(range(32)))
MASK = 3
GTIN = "08938500000010"
LINKS = {
    "short": Link("https://tem.example.vn"),
    "gs1": Link("https://tem.example.vn", LinkForm.GS1, GTIN),
    "gs1_lot": Link("https://tem.example.vn", LinkForm.GS1_LOT, GTIN, "NM-2025.07"),
}
PEERS = ("segno", "zint-bindings")
TARGETS = {False: {"segno": 150, "zint-bindings": 5}, True: {"segno": 1000, "zint-bindings": 8}}

_OURS = 1 << 16  # symbols in a round of ours
_PEERS = 150  # and of a peer, one after the other


@dataclass(frozen=True)
class SymbolFigures:
    """Microseconds a symbol, ours on one core and on two.

    mask_fixed: else each chooses its own.
    """

    link: str
    symbol_version: int
    mask_fixed: bool
    ours: float
    ours_on_two: float
    peers: dict[str, float]

    def times(self, peer: str) -> tuple[float, float]:
        """How many times as fast as a peer on one core ours is, on one core and on two."""
        return self.peers[peer] / self.ours, self.peers[peer] / self.ours_on_two

    def well(self, peer: str) -> bool:
        """Whether ours reaches what it is meant to."""
        return max(self.times(peer)) >= TARGETS[self.mask_fixed][peer]


@dataclass(frozen=True)
class SigningFigures:
    """Serials a second, on one core: as arrays, one by one, and what only hashes.

    hashes: the two hashes of an HMAC whose key is prepared, and nothing else: the limit.
    digests: the standard library's HMAC, which prepares its key each time.
    """

    codes: float
    hidden_codes: float
    one_by_one: float
    digests: float
    hashes: float


def peer_versions() -> dict[str, str]:
    """What we are measured against."""
    return {peer: version(peer) for peer in PEERS}


def measure_symbols(rounds: int = 5) -> list[SymbolFigures]:
    """Ours and the peers', for each link form, with masks chosen and with one given."""
    return [
        _symbols_of(name, link, mask, rounds)
        for name, link in LINKS.items()
        for mask in (None, MASK)
    ]


def measure_signing(rounds: int = 5) -> SigningFigures:
    """Codes, hidden codes, and the bare hashes."""
    last = _OURS - 1
    seconds = _best(
        rounds,
        (
            lambda: codes_of(KEY, 0, last),
            lambda: hidden_codes_of(KEY, 0, last),
            lambda: _each(lambda serial: sign(KEY, serial), range(last // 8 + 1)),
            lambda: _digests(last + 1),
            lambda: _hashes(last + 1),
        ),
    )
    codes, hidden_codes, one_by_one, digests, hashes = seconds
    count = last + 1
    return SigningFigures(
        count / codes, count / hidden_codes, count / 8 / one_by_one, count / digests, count / hashes
    )


def _symbols_of(name: str, link: Link, mask: int | None, rounds: int) -> SymbolFigures:
    pressed = press(link)
    codes = codes_of(KEY, 0, _OURS - 1)
    halves = np.split(codes, 2)
    links = [link.of(code.tobytes().decode()) for code in codes[-_PEERS:]]
    with ThreadPoolExecutor(2) as threads:
        ours, ours_on_two, by_segno, by_zint = _best(
            rounds,
            (
                lambda: pressed.symbols(codes, mask=mask),
                lambda: list(threads.map(lambda half: pressed.symbols(half, mask=mask), halves)),
                lambda: _each(lambda text: _segno(text, mask), links),
                lambda: _each(lambda text: _zint(text, mask), links),
            ),
        )
    return SymbolFigures(
        name,
        pressed.version,
        mask is not None,
        ours / _OURS * 1e6,
        ours_on_two / _OURS * 1e6,
        dict(zip(PEERS, (by_segno / _PEERS * 1e6, by_zint / _PEERS * 1e6), strict=True)),
    )


def _segno(text: str, mask: int | None) -> segno.QRCode:
    return segno.make(text, error=Level.M, boost_error=False, micro=False, mask=mask)


def _zint(text: str, mask: int | None) -> zint.Symbol:
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.QRCODE
    symbol.option_1 = 2  # level M
    symbol.option_3 = 0 if mask is None else mask + 1 << 8
    symbol.encode(text)
    return symbol


def _digests(count: int) -> None:
    key = bytes(32)
    for serial in range(count):
        hmac.digest(key, serial.to_bytes(5, "big"), "sha256")


def _hashes(count: int) -> None:
    inner, outer = sha256(bytes(64)).copy, sha256(bytes(64)).copy
    for serial in range(count):
        message = inner()
        message.update(serial.to_bytes(5, "big"))
        signature = outer()
        signature.update(message.digest())
        signature.digest()


def _each(act: Callable[[Any], object], things: Iterable[Any]) -> None:
    for thing in things:
        act(thing)


def _best(rounds: int, acts: Iterable[Callable[[], object]]) -> list[float]:
    """Seconds that each act takes at its best, the acts taking turns."""
    acts = list(acts)
    best = [float("inf")] * len(acts)
    for _ in range(rounds):
        for place, act in enumerate(acts):
            began = time.perf_counter()
            act()
            best[place] = min(best[place], time.perf_counter() - began)
    return best


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds, of which the best counts.")
def main(rounds: int) -> None:
    """Print what was measured."""
    versions = peer_versions()
    click.echo("Symbols of level M, microseconds each (one core; ours on two cores as well)\n")
    heads = (
        "link",
        "version",
        "mask",
        "ours",
        "on two",
        *(f"{p} {v}" for p, v in versions.items()),
    )
    click.echo("{:<9}{:>8}{:>8}{:>9}{:>9}{:>16}{:>22}".format(*heads))
    figures = measure_symbols(rounds)
    for each in figures:
        mask = "fixed" if each.mask_fixed else "chosen"
        click.echo(
            f"{each.link:<9}{each.symbol_version:>8}{mask:>8}{each.ours:>9.3f}"
            f"{each.ours_on_two:>9.3f}{each.peers['segno']:>16.1f}{each.peers['zint-bindings']:>22.1f}"
        )
    click.echo("\nTimes as fast as a peer: on one core, on two, target")
    for each in figures:
        for peer in PEERS:
            mask = "fixed" if each.mask_fixed else "chosen"
            one, two = each.times(peer)
            target = TARGETS[each.mask_fixed][peer]
            mark = "ok  " if each.well(peer) else "MISS"
            click.echo(
                f"{mark} {each.link:<9}{mask:>7}  {peer:<14}{one:>8.0f}{two:>8.0f}{target:>8}"
            )
    signing = measure_signing(rounds)
    click.echo("\nSerials signed a second, on one core")
    click.echo(f"codes, as an array        {signing.codes:>12,.0f}")
    click.echo(f"hidden codes, as an array {signing.hidden_codes:>12,.0f}")
    click.echo(f"codes, one by one         {signing.one_by_one:>12,.0f}")
    click.echo(f"the library's HMAC alone  {signing.digests:>12,.0f}")
    click.echo(f"bare hashes, the limit    {signing.hashes:>12,.0f}")


if __name__ == "__main__":
    main()
