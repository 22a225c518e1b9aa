"""Taking the log of scans out as a table: CSV for programs, XLSX for people.

What strangers sent stands in these tables, and spreadsheets run a cell that looks like a formula.
So every text that begins like one gets an apostrophe before it, in both forms: an XLSX file that
holds plain text is still saved as CSV by the next program.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import islice
from typing import IO, Any, NamedTuple

import sqlalchemy as sa
import xlsxwriter
from sqlalchemy.orm import Session

from traceapp.records.scans import Scan
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.desks.auditing import Names, ScanFilter, filtered, names_of, read_page
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.values import in_vietnam

MOST_ROWS = 500_000  # a sheet holds 1,048,576, its header too
ROWS_AT_ONCE = 2_000  # in one reading transaction
_LINES_AT_ONCE = 500

# What spreadsheets take for the start of a formula; U+2212 is the minus sign that people typeset.
_FORMULA = frozenset("=+-@\t\r\n\u2212")

Reading = Callable[[], AbstractContextManager[Session]]


class ScanRow(NamedTuple):
    """One line of the table; its fields are the columns, in their order.

    Words of closed lists and provinces are as the records hold them: a face that wants the
    reader's words puts them in with `_replace` before it writes. A link's GTIN and lot are claims.
    """

    at: datetime
    kind: str
    agent: str
    verdict: str
    authentication: str | None
    reasons: str
    serial: int
    product: str | None
    lot: str | None
    run: int | None
    province: str | None
    link_gtin: str | None
    link_lot: str | None


COLUMNS = ScanRow._fields


def check_exportable(session: Session, actor: Actor, wish: ScanFilter) -> int:
    """How many rows the filter has. Raises Unacceptable where there are more than MOST_ROWS."""
    permit(actor, Act.SCAN_READ)
    some = filtered(sa.select(Scan.id), wish).limit(MOST_ROWS + 1).subquery()
    rows = int(session.scalar(sa.select(sa.func.count()).select_from(some)) or 0)
    if rows > MOST_ROWS:
        raise Unacceptable(
            "too_many_rows",
            message("A table holds at most %(most)s scans. Choose a shorter time."),
            field="since",
            most=MOST_ROWS,
        )
    return rows


def scan_rows(reading: Reading, actor: Actor, wish: ScanFilter) -> Iterator[ScanRow]:
    """The scans of the filter, newest first, whatever its cursor and limit.

    Each ROWS_AT_ONCE of them are read in a transaction of their own, so that a slow reader holds
    none open. Call `check_exportable` before; what is refused here is refused half-way.
    """
    permit(actor, Act.SCAN_READ)
    cursor: str | None = None
    while True:
        with reading() as session:
            page = wish.model_copy(update={"cursor": cursor})
            scans, cursor = read_page(session, page, ROWS_AT_ONCE)
            names = names_of(session, scans)
            rows = [_row(scan, names) for scan in scans]
        yield from rows
        if cursor is None:
            return


def _row(scan: sa.Row[Any], names: Names) -> ScanRow:
    return ScanRow(
        at=in_vietnam(scan.at),
        kind=scan.kind.value,
        agent=scan.agent.value,
        verdict=scan.verdict,
        authentication=scan.authentication,
        reasons=scan.reasons,
        serial=scan.serial,
        product=names.products.get(scan.product_id),
        lot=names.lots.get(scan.batch_id),
        run=scan.run_id,
        province=names.provinces.get(scan.id),
        link_gtin=scan.link_gtin,
        link_lot=scan.link_lot,
    )


def defused(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula.

    Blanks and unseen marks before the first letter are looked past, and the full-width forms of
    East Asia read as the plain ones, as spreadsheets do.
    """
    for letter in text:
        if unicodedata.normalize("NFKC", letter)[:1] in _FORMULA:
            return "'" + text
        if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc"):
            return text
    return text


def write_csv(headers: Sequence[str], rows: Iterable[ScanRow]) -> Iterator[bytes]:
    """The table as CSV (RFC 4180), in pieces: UTF-8 with the mark that Excel knows it by.

    Times are ISO 8601 in UTC+7.
    """
    every = iter(rows)
    yield "\ufeff".encode() + _lines([headers])
    while some := list(islice(every, _LINES_AT_ONCE)):
        yield _lines(some)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_written(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return defused(value) if isinstance(value, str) else value


def write_xlsx(
    headers: Sequence[str], rows: Iterable[ScanRow], file: IO[bytes], now: datetime
) -> None:
    """The table as a workbook of one sheet, row by row, so that memory holds only one.

    Times are dates of the sheet, in UTC+7. `file` is written when all rows are there.
    """
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    book.set_properties({"created": now})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    number = book.add_format({"num_format": "0"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headers) - 1, 20)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, defused(header), bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                # A sheet knows no zones: what is written is the clock on the wall.
                sheet.write_datetime(line, column, value.replace(tzinfo=None), moment)
            elif isinstance(value, int):
                sheet.write_number(line, column, value, number)
            elif value:
                sheet.write_string(line, column, defused(value))
    book.close()
