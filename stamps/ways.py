"""The ways in which a label with words beside its symbol may be laid out, best first."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import product

from stamps.layout import Content, Ground


class Hint(Enum):
    """Where it stands what to do with the foil."""

    BELOW = "below it"
    COLUMN = "in the column"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class FoilWay:
    """Where the foil lies. module: of its symbol, in mm.

    aside: it has the label's whole height, and a mark stands below it; the rows along the foot end
    where it begins.
    """

    module: float
    hint: Hint
    aside: bool = False


@dataclass(frozen=True)
class Way:
    """One way to lay a label out. module: in mm; wraps: the web address may take several lines of
    the column, where it would have to have a row of its own."""

    module: float
    foil: FoilWay | None = None
    wraps: bool = False


def ways_of(ground: Ground, content: Content) -> Iterator[Way]:
    """The ways to lay a label out, the largest modules first."""
    least = ground.least_dots
    foils: list[FoilWay | None] = [None]
    if content.foil_modules:
        aside = Hint.COLUMN if content.mark else Hint.BELOW
        wide, high = (Hint.BELOW, Hint.COLUMN), (aside, Hint.NOWHERE)
        foils = []
        for dots in (least + 1, least):
            foils += [FoilWay(dots * ground.dot, hint) for hint in wide]
            foils += [FoilWay(dots * ground.dot, hint, aside=True) for hint in high]
    ways = (False, True) if content.host and not content.hotline else (False,)
    for module, wraps, foil in product(ground.modules_tried(content.modules), ways, foils):
        yield Way(module, foil, wraps)
