"""The stamp code, version 1: a serial and its signature in 20 characters.

36 bits of serial and 64 bits of signature make 100 bits, which are exactly 20
characters of Crockford base32, and which fit GS1 AI (21), 20 characters (GS1
General Specifications, section 3.5.2).
"""

from dataclasses import dataclass

from stamps import crockford
from stamps.errors import BadStamp, Malformed, Unreadable, Why
from stamps.keys import Key, KeyRing
from stamps.signing import BLOCK, MAX_SERIAL, SerialSigner, checked

__all__ = [
    "BLOCK",
    "CODE_LENGTH",
    "MAX_SERIAL",
    "SignedSerial",
    "grouped",
    "read",
    "sign",
    "signer_of",
    "verifies",
]

CODE_LENGTH = 20
SIGNATURE_BYTES = 8

SIGNER = SerialSigner(b"traceapp/stamp/1/", SIGNATURE_BYTES)
_SIGNATURE_BITS = 8 * SIGNATURE_BYTES


@dataclass(frozen=True)
class SignedSerial:
    """What a well-formed code says. It is a claim until `verifies` has agreed.

    serial: 0..MAX_SERIAL (36 bits); signature: 8 bytes. Raises BadSerial or
    BadStamp at construction for anything else.
    """

    serial: int
    signature: bytes

    def __post_init__(self) -> None:
        checked(self.serial)
        if len(self.signature) != SIGNATURE_BYTES:
            raise BadStamp(f"a signature is {SIGNATURE_BYTES} bytes")

    @property
    def code(self) -> str:
        """The canonical text: 20 characters, upper case, no hyphens."""
        number = self.serial << _SIGNATURE_BITS | int.from_bytes(self.signature, "big")
        return crockford.encode(number, CODE_LENGTH)


def sign(key: Key, serial: int) -> str:
    """Make the 20-character code of a serial. `read` and `verifies` invert it.

    Raises BadSerial outside 0..MAX_SERIAL.
    """
    return SignedSerial(serial, SIGNER.signature(key, serial)).code


def read(text: str) -> SignedSerial:
    """Read a code as a camera or a person gives it; nothing is verified yet.

    Takes any Unicode text. Raises Malformed (length, letters, or range for a
    serial past MAX_SERIAL, which is any code that starts with Z) and nothing
    else.
    """
    try:
        number = crockford.decode(text, CODE_LENGTH)
    except Unreadable as unreadable:
        raise Malformed(unreadable.why) from None
    serial = number >> _SIGNATURE_BITS
    if serial > MAX_SERIAL:
        raise Malformed(Why.RANGE)
    signature = number & (1 << _SIGNATURE_BITS) - 1
    return SignedSerial(serial, signature.to_bytes(SIGNATURE_BYTES, "big"))


def verifies(key: Key, signed: SignedSerial) -> bool:
    """Whether this key signed this serial, compared in constant time."""
    return SIGNER.verifies(key, signed.serial, signed.signature)


def signer_of(ring: KeyRing, signed: SignedSerial) -> Key | None:
    """The key of the ring that signed this serial, tried from the newest on, or None."""
    return next((key for key in reversed(ring) if verifies(key, signed)), None)


def grouped(code: str) -> str:
    """A canonical code as people are shown it: 5-5-5-5."""
    return "-".join(code[start : start + 5] for start in range(0, CODE_LENGTH, 5))
