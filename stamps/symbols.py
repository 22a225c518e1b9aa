"""One QR symbol for a link: the module matrix and nothing about its drawing.

QR Code model 2 (ISO/IEC 18004) by segno: alphanumeric mode, the smallest version
that holds the link. The error level is never raised where there is room, so that
all symbols of a run have one size and one look. Many symbols of a run are drawn
by `stamps.symbol_press`, which gives the same modules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import segno

from stamps.errors import BadLink

QUIET_MODULES = 4
"""White modules that belong on each side: ISO/IEC 18004, section 6.3.8."""


class Level(StrEnum):
    """Error levels of ISO/IEC 18004, by the share of a symbol that may be lost."""

    L = "l"
    """7 %."""

    M = "m"
    """15 %."""

    Q = "q"
    """25 %."""

    H = "h"
    """30 %."""


@dataclass(frozen=True)
class Symbol:
    """A QR symbol without its quiet zone.

    version: 1..40; modules: the side, 17 + 4 * version; rows: from the top, each
    a bytes of `modules` ones (dark) and zeros (light).
    """

    version: int
    rows: tuple[bytes, ...]

    @property
    def modules(self) -> int:
        """Modules along one side."""
        return len(self.rows)

    def rectangles(self) -> Iterator[tuple[int, int, int, int]]:
        """Dark areas as (column, row, width, height) in modules, none overlapping.

        Each is a horizontal run of dark modules, extended downwards for as long
        as the next row has the same run.
        """
        open_runs: dict[tuple[int, int], int] = {}
        for row, modules in enumerate((*self.rows, bytes(self.modules))):
            runs = set(_runs(modules))
            for run in [run for run in open_runs if run not in runs]:
                start = open_runs.pop(run)
                yield run[0], start, run[1], row - start
            for run in sorted(runs):
                open_runs.setdefault(run, row)


def symbol(link: str, level: Level = Level.M) -> Symbol:
    """The QR symbol of an upper-case link, as `Link.of` writes it.

    Raises BadLink for a text that does not fit alphanumeric mode.
    """
    try:
        code = segno.make_qr(link, error=level, mode="alphanumeric", boost_error=False)
    except ValueError as error:
        raise BadLink("a link holds QR alphanumeric characters only") from error
    return Symbol(int(code.version), tuple(bytes(row) for row in code.matrix))


def _runs(modules: bytes) -> Iterator[tuple[int, int]]:
    """(start, length) of each run of dark modules in a row."""
    start = modules.find(1)
    while start >= 0:
        end = modules.find(0, start)
        end = len(modules) if end < 0 else end
        yield start, end - start
        start = modules.find(1, end)
