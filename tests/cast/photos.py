"""A picture as a producer sends it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def photo(side: int = 400, colour: str = "#335577") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    out.seek(0)
    return out
