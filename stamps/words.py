"""The few words on a label that are neither a name nor a number, in one language or two."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The words' language: Vietnamese alone, or with English after it."""

    VI = "vi"
    BOTH = "both"


@dataclass(frozen=True)
class LabelWords:
    """Words of several lines are one line a language."""

    serial: str
    hotline: str
    scan: tuple[str, ...]
    scratch: tuple[str, ...]
    inside: tuple[str, ...]


WORDS = {
    Language.VI: LabelWords(
        serial="Số",
        hotline="ĐT",
        scan=("Quét để xem nguồn gốc",),
        scratch=("Cào để xác thực",),
        inside=("Quét để xác thực",),
    ),
    Language.BOTH: LabelWords(
        serial="Số",
        hotline="ĐT",
        scan=("Quét để xem nguồn gốc", "Scan to see its origin"),
        scratch=("Cào để xác thực", "Scratch to verify"),
        inside=("Quét để xác thực", "Scan to verify"),
    ),
}
