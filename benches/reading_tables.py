"""Which cells the reading bench tries, the tables it prints of them, and the levels it chooses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
from conditions import Trial
from drawn_labels import DESIGNS, Row, Symbol, drawings
from reading_trials import Cell, Figure

from stamps import BadLabel, HiddenLayer, Level

_DECIDING = ("moderate", 300)  # where the wanted share is wanted
FACES = (Symbol.SHORT, Symbol.GS1)
HIDDEN = (Symbol.FOIL, Symbol.INSIDE)
_TITLES = {
    Symbol.SHORT: "Short links, with the longest host that there can be",
    Symbol.GS1: "GS1 Digital Links, with the longest host that there can be",
    Symbol.FOIL: "The QR under the foil, after the foil was scratched off",
    Symbol.INSIDE: "The QR on a slip in the pack",
}

Figures = dict[Cell, Figure]


def cells_of(trial: Trial, designs: tuple[str, ...]) -> Iterator[Cell]:
    """Every cell whose labels can be drawn. Symbols that differ from those of short links in their
    size alone are tried at the deciding strength."""
    for symbol in Symbol:
        for dpi in reversed(trial.resolutions):
            for design in designs:
                for level in Level:
                    row = Row(symbol, design, level, dpi)
                    if _is_tried(row):
                        for strength in trial.strengths:
                            if symbol in (Symbol.SHORT, Symbol.FOIL) or strength == _DECIDING[0]:
                                yield Cell(row, strength)
    for symbol in FACES:
        for design in designs:
            row = Row(symbol, design, DESIGNS[design].level, _DECIDING[1])
            if _is_tried(row):
                yield Cell(row, _DECIDING[0], dirty_corners=True)
    damage = trial.damage
    if damage.design in designs:
        for level in Level:
            row = Row(Symbol.SHORT, damage.design, level, damage.resolution)
            if _is_tried(row):
                for share in damage.shares:
                    yield Cell(row, damage.strength, share)


def _is_tried(row: Row) -> bool:
    """Whether the design has such labels. What is hidden is tried at one resolution."""
    hidden = DESIGNS[row.design].hidden
    foil = HiddenLayer.FOIL in hidden
    if row.symbol in HIDDEN and row.dpi != _DECIDING[1]:
        return False
    if row.symbol is Symbol.FOIL and not foil:
        return False
    if row.symbol is Symbol.INSIDE and (foil or HiddenLayer.INSIDE not in hidden):
        return False
    try:
        drawings(row, 1)
    except BadLabel:
        return False
    return True


def _is_plain(cell: Cell) -> bool:
    """Whether it belongs to the tables of designs and levels."""
    return not cell.blot and not cell.dirty_corners


def print_cells(symbol: Symbol, figures: Figures, trial: Trial) -> None:
    """A line for each design and level, a block for each resolution."""
    cells = [each for each in figures if each.row.symbol is symbol and _is_plain(each)]
    strengths = list(dict.fromkeys(each.strength for each in cells))
    rows = list(dict.fromkeys(each.row for each in cells))
    for dpi in dict.fromkeys(each.dpi for each in rows):
        click.echo(f"{_TITLES[symbol]}: {dpi} dots an inch")
        heads = "".join(f"{each:>28}" for each in strengths)
        click.echo(f"  {'design':12}level version module mm{heads}")
        before = ""
        for row in rows:
            if row.dpi != dpi:
                continue
            drawn = drawings(row, 1)[0]
            click.echo(
                f"  {row.design if row.design != before else '':12}{row.level.upper():^5}"
                f" {drawn.version:^7} {drawn.module_mm:9.3f}"
                + "".join(f"{told(figures[Cell(row, each)]):>28}" for each in strengths)
            )
            before = row.design
        click.echo()


def print_dirty_corners(figures: Figures) -> None:
    """What dirt on the corner squares costs, at the level that each design has."""
    cells = [each for each in figures if each.dirty_corners]
    strength, dpi = _DECIDING
    click.echo(
        f"With dirt on the corner squares as well: {strength}, {dpi} dots an inch, at the levels of"
        " config/labels.toml"
    )
    click.echo(f"  {'design':12}level" + "".join(f"{each.value:>28}" for each in FACES))
    for design in dict.fromkeys(each.row.design for each in cells):
        of_design = {each.row.symbol: each for each in cells if each.row.design == design}
        level = DESIGNS[design].level
        shown = [told(figures[of_design[each]]) if each in of_design else "-" for each in FACES]
        click.echo(f"  {design:12}{level.upper():^5}" + "".join(f"{one:>28}" for one in shown))
    click.echo()


def unread(figures: Figures, trial: Trial) -> list[str]:
    """The designs whose own level reads fewer short links than wanted where that is decided."""
    strength, dpi = _DECIDING
    own = {
        design: Cell(Row(Symbol.SHORT, design, DESIGNS[design].level, dpi), strength)
        for design in dict.fromkeys(each.row.design for each in figures)
    }
    return [
        design
        for design, cell in own.items()
        if cell not in figures or figures[cell].share < trial.wanted
    ]


def print_blots(figures: Figures, trial: Trial) -> None:
    """How large a blot over the symbol's middle each level takes."""
    cells = [each for each in figures if each.blot]
    if not cells:
        return
    damage = trial.damage
    click.echo(
        f"One blot over the middle of the symbol: {damage.design}, {damage.strength},"
        f" {damage.resolution} dots an inch"
    )
    levels = dict.fromkeys(each.row.level for each in cells)
    click.echo("  takes " + "".join(f"{each.upper():>28}" for each in levels))
    for share in damage.shares:
        line = [figures[each] for each in cells if each.blot == share]
        click.echo(f"  {share:4.0%}  " + "".join(f"{told(each):>28}" for each in line))
    click.echo()


def told(figure: Figure) -> str:
    """In percent: read at once, read in all, and the interval of that."""
    low, high = figure.interval()
    return (
        f"{100 * figure.at_once / figure.labels:5.1f} {100 * figure.share:5.1f}"
        f" ({100 * low:4.1f} to {100 * high:5.1f})"
    )


@dataclass(frozen=True)
class Choice:
    """The level of a design's symbols. deciding: of each symbol at the moderate strength and 300
    dots an inch; missed: those of them that stay under what is wanted; whole: over all cells;
    others: so for the other levels that could be."""

    design: str
    level: Level
    deciding: dict[Symbol, Figure]
    missed: frozenset[Symbol]
    whole: Figure
    others: dict[Level, Figure]


def choices(figures: Figures, trial: Trial, symbols: tuple[Symbol, ...]) -> list[Choice]:
    """The level for each design that has one of these symbols.

    A level with which the design has no room for a symbol or printer that another level has room
    for is out. Of the rest, those that reach what is wanted of short links go first, then those
    that reach it of all; then the one that is read most often over all cells; of equals, the one
    that corrects more.
    """
    cells = [each for each in figures if each.row.symbol in symbols and _is_plain(each)]
    found = []
    for design in dict.fromkeys(each.row.design for each in cells):
        of_level = {
            level: [c for c in cells if (c.row.design, c.row.level) == (design, level)]
            for level in Level
        }
        most = max(map(len, of_level.values()))
        whole, deciding = {}, {}
        for level, tried in of_level.items():
            if len(tried) == most:
                whole[level] = sum((figures[each] for each in tried), Figure(0, 0, 0))
                deciding[level] = {
                    each.row.symbol: figures[each]
                    for each in tried
                    if (each.strength, each.row.dpi) == _DECIDING
                }
        missed = {
            level: frozenset(each for each in shown if shown[each].share < trial.wanted)
            for level, shown in deciding.items()
        }
        rank = {
            level: (Symbol.SHORT not in missed[level], -len(missed[level]), figure.read)
            for level, figure in whole.items()
        }
        best = max(reversed(rank), key=lambda level: rank[level])
        of_best = whole.pop(best)
        found.append(Choice(design, best, deciding[best], missed[best], of_best, whole))
    return found


def print_choices(faces: list[Choice], hidden: list[Choice], trial: Trial) -> None:
    """Which level wins, and by how much; and where config/labels.toml has another."""
    click.echo(
        f"The level for each design, and what it reads at the {_DECIDING[0]} strength and"
        f" {_DECIDING[1]} dots an inch,\nwhere {trial.wanted:.0%} are wanted; then over all of its"
        " cells, beside the other levels that have room\nfor as many links and printers."
    )
    for symbols, chosen in ((FACES, faces), (HIDDEN, hidden)):
        heads = "".join(f"{each.value:>31}" for each in symbols)
        click.echo(f"  {'design':12}level{heads}{'all cells':>31}  others")
        for each in chosen:
            own = DESIGNS[each.design].level_of(hidden=symbols is HIDDEN)
            deciding = [
                f"{'! ' if symbol in each.missed else ''}{told(each.deciding[symbol])}"
                if symbol in each.deciding
                else "-"
                for symbol in symbols
            ]
            others = [
                f"{level.upper()} {100 * one.share:.1f}" for level, one in each.others.items()
            ]
            click.echo(
                f"  {each.design:12}{each.level.upper():^5}"
                + "".join(f"{one:>31}" for one in deciding)
                + f"{told(each.whole):>31}  {', '.join(others) or '-'}"
                + ("" if own is each.level else f"; labels.toml has {own.upper()}")
            )
        click.echo()
