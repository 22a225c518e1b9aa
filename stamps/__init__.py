"""Stamps: serials, codes, keys, hidden codes, links, QR symbols and labels.

The law of this room: everything here is a pure function of its arguments. There
is no clock, no environment, no database, no network, no randomness and no Flask,
and nothing of ours is imported. Stamps are derived and never stored: the same
serial, keys and label design give the same bytes today and in ten years.

What can go wrong is a `BadStamp`.

`stamps.series` and `stamps.symbol_press` make codes and symbols by the thousand,
and `stamps.drawing` draws labels. They are imported by name, and not from here:
they load numpy and fontTools, which whoever only reads a code should not pay for.
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
from stamps.hidden import (
    HIDDEN_LENGTH,
    grouped_hidden,
    hidden_code,
    hidden_matches,
    read_hidden,
)
from stamps.keys import Key, KeyRing
from stamps.labels import LabelFace, LabelFormat
from stamps.links import Link, LinkForm, good_gtin, hidden_link, linkable_lot
from stamps.symbols import Level, Symbol, symbol
from stamps.words import Language

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
    "Element",
    "HiddenLayer",
    "Key",
    "KeyRing",
    "LabelDesign",
    "LabelFace",
    "LabelFault",
    "LabelFormat",
    "Language",
    "Level",
    "Link",
    "LinkForm",
    "Malformed",
    "SignedSerial",
    "Symbol",
    "Unreadable",
    "Why",
    "good_gtin",
    "grouped",
    "grouped_hidden",
    "hidden_code",
    "hidden_link",
    "hidden_matches",
    "linkable_lot",
    "read",
    "read_designs",
    "read_hidden",
    "sign",
    "signer_of",
    "symbol",
    "verifies",
]
