"""Pages of labels as arrays: a page is a form filled in, for thousands of labels at once.

All labels of a part have the same bytes but for their code, symbol and serial. So a label is
written once as a form with holes at known places; numpy copies it and fills the holes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stamps.codes import CODE_LENGTH
from stamps.columns import Bytes, grouped_columns, serial_columns
from stamps.errors import BadKey, BadSerial
from stamps.face import Part
from stamps.hidden import HIDDEN_LENGTH
from stamps.keys import Key
from stamps.plan import LabelPlan
from stamps.series import codes_of, hidden_codes_of
from stamps.signing import checked
from stamps.symbol_press import SymbolPress, press

LABELS_AT_ONCE = 2048
"""Labels that are drawn in one go: enough for numpy, and a few hundred KB of arrays."""


@dataclass(frozen=True)
class Stretch:
    """Serials `first` to `last` of one part, whose pages are numbered from `page` on, from 0."""

    part: Part
    first: int
    last: int
    page: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Batch:
    """What labels of a stretch say of their own, a row for each.

    symbols: rows packed as the press gives them; texts: the grouped code, or hidden code, in
    ASCII; serials: 11 digits, right-aligned after spaces; digits: how many.
    """

    symbols: Bytes = field(repr=False)
    texts: Bytes = field(repr=False)
    serials: Bytes
    digits: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)

    def pages(self, per_page: int) -> Iterator["Batch"]:
        """The labels of each page; the batch starts one."""
        for start in range(0, len(self), per_page):
            yield self._some(slice(start, start + per_page))

    def alike(self) -> Iterator["Batch"]:
        """The labels in order, cut where serials get a digit more."""
        cuts = np.flatnonzero(np.diff(self.digits)) + 1
        for start, stop in pairwise([0, *cuts.tolist(), len(self)]):
            yield self._some(slice(start, stop))

    def _some(self, span: slice) -> "Batch":
        return Batch(self.symbols[span], self.texts[span], self.serials[span], self.digits[span])


def stretches(plan: LabelPlan, first: int, last: int) -> Iterator[Stretch]:
    """The range cut into stretches of whole pages, all of the hidden part before the faces.

    Raises BadSerial at once for a range that is none.
    """
    if checked(first) > checked(last):
        raise BadSerial("a range ends before it starts")
    return _stretches(plan, first, last)


def stretches_with(
    plan: LabelPlan, hidden_key: Key | None, first: int, last: int
) -> Iterator[Stretch]:
    """The stretches, once it is sure that they can be drawn; raises BadKey at once as well."""
    if Part.HIDDEN in plan.parts and hidden_key is None:
        raise BadKey("hidden codes are drawn with the key that made them")
    return stretches(plan, first, last)


def single_pages(
    plan: LabelPlan, key: Key, hidden_key: Key | None, first: int, last: int
) -> Iterator[tuple[Part, "Batch"]]:
    """What each page says, with its part, for files of one page; all hidden ones first.

    Raises BadSerial and BadKey at once.
    """
    cut = stretches_with(plan, hidden_key, first, last)
    return (
        (stretch.part, page)
        for stretch in cut
        for page in batch_of(plan, key, hidden_key, stretch).pages(plan.design.per_page)
    )


def _stretches(plan: LabelPlan, first: int, last: int) -> Iterator[Stretch]:
    per_page = plan.design.per_page
    step = max(1, LABELS_AT_ONCE // per_page) * per_page
    page = 0
    for part in plan.parts:
        for start in range(first, last + 1, step):
            stop = min(start + step - 1, last)
            yield Stretch(part, start, stop, page)
            page += -(-(stop - start + 1) // per_page)


def press_of(plan: LabelPlan, part: Part) -> SymbolPress:
    """What makes the symbols of one part's labels; the first of its kind has to be learnt."""
    hidden = part is Part.HIDDEN
    return press(plan.link, plan.design.level_of(hidden), hidden)


def batch_of(plan: LabelPlan, key: Key, hidden_key: Key | None, stretch: Stretch) -> Batch:
    """What the labels of a stretch say. The hidden key is used for the hidden part alone."""
    first, last = stretch.first, stretch.last
    codes = codes_of(key, first, last)
    symbol_press = press_of(plan, stretch.part)
    if stretch.part is Part.HIDDEN:
        if hidden_key is None:
            raise BadKey("hidden codes are drawn with the key that made them")
        hidden_codes = hidden_codes_of(hidden_key, first, last)
        symbols = symbol_press.symbols(codes, hidden_codes)
        texts = grouped_columns(hidden_codes, 4)
    else:
        symbols = symbol_press.symbols(codes)
        texts = grouped_columns(codes, 5)
    return Batch(symbols, texts, *serial_columns(first, last))


def sample_of(plan: LabelPlan, part: Part, serial: int) -> Batch:
    """One label of no stamp: its code, and its hidden code, are all zeros."""
    codes = np.full((1, CODE_LENGTH), ord("0"), np.uint8)
    hidden_codes = np.full((1, HIDDEN_LENGTH), ord("0"), np.uint8)
    if part is Part.HIDDEN:
        symbols = press_of(plan, part).symbols(codes, hidden_codes)
        texts = grouped_columns(hidden_codes, 4)
    else:
        symbols, texts = press_of(plan, part).symbols(codes), grouped_columns(codes, 5)
    return Batch(symbols, texts, *serial_columns(serial, serial))
