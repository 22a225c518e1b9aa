"""Stamps: serials, codes, keys, hidden codes, links, QR symbols and labels.

The law of this room: everything here is a pure function of its arguments. There
is no clock, no environment, no database, no network, no randomness and no Flask,
and nothing of ours is imported. Stamps are derived and never stored: the same
serial, keys and label design give the same bytes today and in ten years.

What can go wrong is a `BadStamp`.

`stamps.series` and `stamps.symbol_press` make codes and symbols by the thousand.
They are imported by name, and not from here: they load numpy, which whoever only
reads a code should not pay for.
"""

from stamps.codes import (
    BLOCK,
    CODE_LENGTH,
    MAX_SERIAL,
    SignedSerial,
    grouped,
    read,
    sign,
    signer_of,
    verifies,
)
from stamps.designs import Arrangement, Element, HiddenLayer, LabelDesign, read_designs
from stamps.errors import (
    BadDesign,
    BadHiddenCode,
    BadKey,
    BadLabel,
    BadLink,
    BadSerial,
    BadStamp,
    LabelFault,
    Malformed,
    Unreadable,
    Why,
)
from stamps.face import Part
from stamps.hidden import (
    HIDDEN_LENGTH,
    grouped_hidden,
    hidden_code,
    hidden_matches,
    read_hidden,
)
from stamps.keys import Key, KeyRing
from stamps.labels import Label, LabelFace, csv_lines, labels
from stamps.links import Link, LinkForm, good_gtin, hidden_link, linkable_lot
from stamps.pages import Stretch, stretches
from stamps.pdf import DrawnPages, draw_pages, joined, pdf_pieces, warm
from stamps.plan import LabelPlan, LabelWish, designs_that_fit, plan_labels
from stamps.png import png_pages
from stamps.svg import svg_pages
from stamps.symbols import Level, Symbol, symbol
from stamps.words import Language
from stamps.zpl import zpl_pieces

__all__ = [
    "BLOCK",
    "CODE_LENGTH",
    "HIDDEN_LENGTH",
    "MAX_SERIAL",
    "Arrangement",
    "BadDesign",
    "BadHiddenCode",
    "BadKey",
    "BadLabel",
    "BadLink",
    "BadSerial",
    "BadStamp",
    "DrawnPages",
    "Element",
    "HiddenLayer",
    "Key",
    "KeyRing",
    "Label",
    "LabelDesign",
    "LabelFace",
    "LabelFault",
    "LabelPlan",
    "LabelWish",
    "Language",
    "Level",
    "Link",
    "LinkForm",
    "Malformed",
    "Part",
    "SignedSerial",
    "Stretch",
    "Symbol",
    "Unreadable",
    "Why",
    "csv_lines",
    "designs_that_fit",
    "draw_pages",
    "good_gtin",
    "grouped",
    "grouped_hidden",
    "hidden_code",
    "hidden_link",
    "hidden_matches",
    "joined",
    "labels",
    "linkable_lot",
    "pdf_pieces",
    "plan_labels",
    "png_pages",
    "read",
    "read_designs",
    "read_hidden",
    "sign",
    "signer_of",
    "stretches",
    "svg_pages",
    "symbol",
    "verifies",
    "warm",
    "zpl_pieces",
]
