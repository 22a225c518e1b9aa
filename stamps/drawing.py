"""All that draws labels, in one import: plan them, then take the pieces of a file.

Pages can be drawn by several processes: cut the range into `stretches`, hand each to
`draw_pages` anywhere, and give what comes back, in order, to `joined`.
"""

from stamps.face import Part
from stamps.listing import csv_pieces
from stamps.pages import Stretch, stretches
from stamps.pdf import DrawnPages, draw_pages, joined, pdf_pieces, warm
from stamps.plan import LabelPlan, LabelWish, designs_that_fit, plan_labels
from stamps.png import png_pages
from stamps.svg import svg_pages, svg_sample
from stamps.zpl import zpl_pieces

__all__ = [
    "DrawnPages",
    "LabelPlan",
    "LabelWish",
    "Part",
    "Stretch",
    "csv_pieces",
    "designs_that_fit",
    "draw_pages",
    "joined",
    "pdf_pieces",
    "plan_labels",
    "png_pages",
    "stretches",
    "svg_pages",
    "svg_sample",
    "warm",
    "zpl_pieces",
]
