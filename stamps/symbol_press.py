"""A slow stand-in."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import segno
from numpy.typing import NDArray

from stamps.links import Link, hidden_link
from stamps.symbols import Level


@dataclass(frozen=True)
class SymbolPress:
    link: Link
    level: Level
    hidden: bool
    version: int

    @property
    def modules(self) -> int:
        return 17 + 4 * self.version

    def symbols(
        self, codes: NDArray[np.uint8], hidden_codes: NDArray[np.uint8] | None = None,
        mask: int | None = None,
    ) -> NDArray[np.uint8]:
        rows = []
        for i, code in enumerate(codes):
            text = self.link.of(code.tobytes().decode())
            if self.hidden:
                text = hidden_link(text, hidden_codes[i].tobytes().decode())
            qr = segno.make(text, error=self.level, boost_error=False, micro=False, mask=mask)
            rows.append(np.packbits(np.array([list(r) for r in qr.matrix], np.uint8), axis=1))
        return np.stack(rows)


@cache
def press(link: Link, level: Level, hidden: bool = False) -> SymbolPress:
    text = link.of("0" * 20)
    if hidden:
        text = hidden_link(text, "0" * 8)
    qr = segno.make(text, error=level, boost_error=False, micro=False)
    return SymbolPress(link, level, hidden, int(qr.version))
