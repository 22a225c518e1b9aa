"""Which cells the reading bench tries, and the tables that it prints of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
from conditions import Trial
from label_bitmap import LEVELS
from reading_trials import Cell, Figure, Symbol, drawing

_DECIDING = ("moderate", 300)  # where issue 6 wants its share
_TITLES = {
    Symbol.SHORT: "Short links, with the longest host that there can be",
    Symbol.GS1: "GS1 Digital Links, with the longest host that there can be",
    Symbol.FOIL: "The QR under the foil, after the foil was scratched off",
}


def cells_of(trial: Trial, designs: tuple[str, ...]) -> Iterator[Cell]:
    """Every cell whose module is large enough. Short links are tried at all strengths everywhere,
    the others where they tell something that short links do not."""
    for symbol in Symbol:
        for dpi in trial.resolutions if symbol is not Symbol.FOIL else [_DECIDING[1]]:
            for design in designs:
                for level in LEVELS:
                    strengths = list(trial.strengths) if symbol is not Symbol.GS1 else ["moderate"]
                    for strength in strengths:
                        cell = Cell(symbol, design, level, dpi, strength)
                        if drawing(cell, 0, trial).module_mm >= trial.least_module_mm:
                            yield cell
    damage = trial.damage
    if damage.design in designs:
        for share in damage.shares:
            for level in LEVELS:
                yield Cell(
                    Symbol.SHORT, damage.design, level, damage.resolution, damage.strength, share
                )


def print_cells(symbol: Symbol, figures: dict[Cell, Figure], trial: Trial) -> None:
    """A line for each design and level, a block for each resolution."""
    cells = [each for each in figures if each.symbol is symbol and not each.blot]
    strengths = [each for each in trial.strengths if any(c.strength == each for c in cells)]
    for dpi in sorted({each.dpi for each in cells}, reverse=True):
        click.echo(f"{_TITLES[symbol]}: {dpi} dots an inch")
        heads = "".join(f"{each:>28}" for each in strengths)
        click.echo(f"  {'design':12}level version module mm{heads}")
        rows = dict.fromkeys((each.design, each.level) for each in cells if each.dpi == dpi)
        before = ""
        for design, level in rows:
            row = [Cell(symbol, design, level, dpi, each) for each in strengths]
            drawn = drawing(row[0], 0, trial)
            click.echo(
                f"  {design if design != before else '':12}{level:^5} {drawn.version:^7}"
                f" {drawn.module_mm:9.3f}" + "".join(f"{told(figures[each]):>28}" for each in row)
            )
            before = design
        click.echo()


def print_blots(figures: dict[Cell, Figure], trial: Trial) -> None:
    """How large a blot over the symbol's middle each level takes."""
    cells = [each for each in figures if each.blot]
    if not cells:
        return
    damage = trial.damage
    click.echo(
        f"One blot over the middle of the symbol: {damage.design}, {damage.strength},"
        f" {damage.resolution} dots an inch"
    )
    click.echo("  takes " + "".join(f"{level:>28}" for level in LEVELS))
    for share in damage.shares:
        row = [figures[each] for each in cells if each.blot == share]
        click.echo(f"  {share:4.0%}  " + "".join(f"{told(each):>28}" for each in row))
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
    """A design's level. deciding: at the moderate strength and 300 dots; whole: over all cells."""

    design: str
    level: str
    deciding: Figure
    whole: Figure
    others: dict[str, Figure]
    well: bool


def choices(figures: dict[Cell, Figure], trial: Trial) -> list[Choice]:
    """The level for each design: of those that fit both resolutions (one design serves every
    printer), and reach what is wanted if any does, the one that is read most often over all
    strengths and resolutions of short links; of equals, the one that corrects more."""
    cells = [each for each in figures if each.symbol is Symbol.SHORT and not each.blot]
    found = []
    for design in dict.fromkeys(each.design for each in cells):
        sums: dict[str, Figure] = {}
        for level in LEVELS:
            row = [each for each in cells if (each.design, each.level) == (design, level)]
            if {each.dpi for each in row} == set(trial.resolutions):
                sums[level] = sum((figures[each] for each in row), Figure(0, 0, 0))
        if not sums:
            continue
        deciding = {
            level: figures[Cell(Symbol.SHORT, design, level, _DECIDING[1], _DECIDING[0])]
            for level in sums
        }
        well = {level for level in sums if deciding[level].share >= trial.wanted}
        best = max(well or sums, key=lambda level: (sums[level].read, LEVELS.index(level)))
        whole = sums.pop(best)
        found.append(Choice(design, best, deciding[best], whole, sums, best in well))
    return found


def print_choices(chosen: list[Choice], figures: dict[Cell, Figure], trial: Trial) -> None:
    """Which level wins, and by how much."""
    click.echo(
        f"The level for each design: at the {_DECIDING[0]} strength and {_DECIDING[1]} dots,"
        f" where {trial.wanted:.0%}\nare wanted; over all strengths and resolutions; and the others, so."
    )
    for each in chosen:
        mark = " " if each.well else "!"
        others = ", ".join(f"{level} {100 * one.share:.1f}" for level, one in each.others.items())
        click.echo(
            f"{mark} {each.design:12}{each.level:^5}{told(each.deciding):>28}{told(each.whole):>28}"
            f"  {others or 'no other fits both resolutions'}"
        )
