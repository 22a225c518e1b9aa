"""One label at each strength, side by side and enlarged, for docs/reading.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from conditions import Trial
from drawn_labels import Row, Symbol, drawings
from PIL import Image, ImageDraw, ImageFont
from reading_trials import pictures

from stamps import Level

_FONT = Path(__file__).parents[1] / "stamps/fonts/BeVietnamPro-Regular.ttf"
_SIDE, _GAP, _CAPTION = 460, 12, 34
_NUMBER = 7  # one label of many; no figure rests on which


def draw_sheet(trial: Trial, file: Path) -> None:
    """Write the sheet: a small label as drawn, and what the phone sees of it at each strength."""
    row = Row(Symbol.SHORT, trial.damage.design, Level.M, trial.damage.resolution)
    drawn = drawings(row, _NUMBER + 1)[_NUMBER]
    panels = {"as drawn": 255 * (1 - drawn.dots)}
    for name, conditions in trial.strengths.items():
        panels[name] = next(pictures(drawn, _NUMBER, conditions, trial.seed))
    sheet = Image.new("L", (len(panels) * (_SIDE + _GAP) - _GAP, _SIDE + _CAPTION), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(_FONT, 20)
    for place, (name, photo) in enumerate(panels.items()):
        # Whole pixels are enlarged, so that one sees what the reader is given.
        image = Image.fromarray(photo.astype(np.uint8))
        image = image.resize(
            (_SIDE, round(_SIDE * image.height / image.width)), Image.Resampling.NEAREST
        )
        left = place * (_SIDE + _GAP)
        sheet.paste(image.crop((0, 0, _SIDE, _SIDE)), (left, 0))
        caption = f"{name}: {photo.shape[1]} x {photo.shape[0]}"
        pen.text((left + 4, _SIDE + 4), caption, fill=0, font=font)
    sheet.save(file, quality=60, method=6)
