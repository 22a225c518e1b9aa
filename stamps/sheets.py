"""Label sheets: where on a page each label lies. All lengths are millimetres."""

from dataclasses import dataclass, fields
from math import isfinite

from stamps.errors import BadSheet

_TOLERANCE_MM = 0.01


@dataclass(frozen=True)
class Sheet:
    """A page of `columns` x `rows` equal labels, made from a table: `Sheet(**table)`.

    left_mm, top_mm: the first label's upper left corner from the page's; gaps are
    between labels. Raises BadSheet at construction for lengths that are not
    numbers, are negative, or let a label leave its page.
    """

    name: str
    page_width_mm: float
    page_height_mm: float
    columns: int
    rows: int
    label_width_mm: float
    label_height_mm: float
    left_mm: float = 0.0
    top_mm: float = 0.0
    gap_x_mm: float = 0.0
    gap_y_mm: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_mm") and not _is_length(value):
                raise BadSheet(f"{field.name} of sheet {self.name} is not a length in mm")
        for count in (self.columns, self.rows):
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise BadSheet(f"sheet {self.name} needs at least one column and one row")
        if min(self.label_width_mm, self.label_height_mm) <= 0:
            raise BadSheet(f"the labels of sheet {self.name} have no size")
        right, bottom = self.corner(self.per_page - 1)
        if (
            right + self.label_width_mm > self.page_width_mm + _TOLERANCE_MM
            or bottom + self.label_height_mm > self.page_height_mm + _TOLERANCE_MM
        ):
            raise BadSheet(f"the labels of sheet {self.name} leave the page")

    @property
    def per_page(self) -> int:
        """Labels on a full page."""
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of a label, from the page's upper left, in mm.

        place: 0..per_page - 1, along the rows from the upper left.
        """
        row, column = divmod(place, self.columns)
        return (
            self.left_mm + column * (self.label_width_mm + self.gap_x_mm),
            self.top_mm + row * (self.label_height_mm + self.gap_y_mm),
        )


def _is_length(value: object) -> bool:
    """Whether a value from a file is a finite number of millimetres, zero or more."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and isfinite(value)
        and value >= 0
    )
