"""The scan log: filters in the address, so that a page of it can be kept and handed on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.desks.auditing import scan_lines
from traceapp.services.desks.exporting import (
    COLUMNS,
    ScanRow,
    check_exportable,
    scan_rows,
    write_csv,
    write_xlsx,
)
from traceapp.services.lists import Agent, ScanKind
from traceapp.services.refusals import Unacceptable, message
from traceapp.services.scans.judging import Authentication, Reason, Verdict
from traceapp.services.values import in_vietnam
from traceapp.web.answering import edge
from traceapp.web.forms import Slipped, say, sent_again
from traceapp.web.officer.audience import audience
from traceapp.web.officer.framing import framed
from traceapp.web.officer.listing import product_choices
from traceapp.web.officer.log_wish import given, narrowed, scan_filter
from traceapp.web.officer.words import choices, word
from traceapp.web.routing import Answer, Call, File, done
from traceapp.web.verdicts import VERDICTS

CHUNK = 64 * 1024  # bytes
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

HEADERS: dict[str, str] = {
    "at": message("Time (UTC+7)"),
    "kind": message("Kind"),
    "agent": message("Who"),
    "verdict": message("Verdict"),
    "authentication": message("Hidden code"),
    "reasons": message("Reasons"),
    "serial": message("Serial"),
    "product": message("Product"),
    "lot": message("Lot"),
    "run": message("Stamp run"),
    "province": message("Province named by the buyer"),
    "link_gtin": message("GTIN in the link (a claim)"),
    "link_lot": message("Lot in the link (a claim)"),
}


def province_name(slug: str) -> str:
    """A province as people write it; what the file no longer names is told as it was kept."""
    found = edge().provinces.get(slug)
    return slug if found is None else found.vi


@audience.page("/scans", Act.SCAN_READ)
def scans(call: Call) -> Answer:
    """A page of the log, newest first."""
    conditions = given(call)
    lines = None
    try:
        lines = scan_lines(call.session, call.actor, scan_filter(call))
        form = sent_again("scans", call.query)
    except Slipped as slipped:
        form = sent_again("scans", call.query, slipped.slips)
    return framed(
        call,
        "scans.html",
        form=form,
        lines=lines,
        given=conditions,
        narrowed=narrowed(call),
        products=product_choices(call),
        older=None if lines is None else lines.next_cursor,
        verdicts=choices(Verdict),
        agents=choices(Agent),
        kinds_of_scan=choices(ScanKind),
        Agent=Agent,
        ScanKind=ScanKind,
        Authentication=Authentication,
        province_name=province_name,
    )


@audience.page("/scans.csv", Act.SCAN_READ)
def scans_csv(call: Call) -> Answer:
    """The scans of the same filter as CSV, made while it is sent."""
    return _download(call, "csv")


@audience.page("/scans.xlsx", Act.SCAN_READ)
def scans_xlsx(call: Call) -> Answer:
    """The scans of the same filter as a workbook."""
    return _download(call, "xlsx")


def _download(call: Call, ending: str) -> Answer:
    """The table, or the log's page, which says what is wrong with the filter."""
    try:
        wish = scan_filter(call)
    except Slipped:
        return done(url_for("officer.scans", **given(call)))
    try:
        check_exportable(call.session, call.actor, wish)
    except Unacceptable as refused:
        form = sent_again("scans", call.query)
        said = say(refused.title, refused.data)
        return framed(call, "too_many_scans.html", form=form, said=said, given=given(call))
    headers = [str(gettext(HEADERS[name])) for name in COLUMNS]
    rows = _in_words(scan_rows(call.edge.database.reading, call.actor, wish), _table_words())
    name = f"scans-{in_vietnam(call.now):%Y%m%d-%H%M}.{ending}"
    if ending == "csv":
        return File("text/csv; charset=utf-8", name, write_csv(headers, rows))
    return File(XLSX, name, _workbook(headers, rows, in_vietnam(call.now)))


def _table_words() -> dict[str, dict[str, str]]:
    """The reader's words, looked up while the request is there to say in which language."""
    return {
        "verdict": {each.value: word(each) for each in VERDICTS},
        "province": {slug: each.vi for slug, each in edge().provinces.items()},
        "agent": {each.value: word(each) for each in Agent},
        "kind": {each.value: word(each) for each in ScanKind},
        "authentication": {each.value: word(each) for each in Authentication},
        "reasons": {each.value: word(each) for each in Reason},
    }


def _in_words(rows: Iterator[ScanRow], words: dict[str, dict[str, str]]) -> Iterator[ScanRow]:
    for row in rows:
        told = row.authentication
        yield row._replace(
            verdict=words["verdict"].get(row.verdict, row.verdict),
            agent=words["agent"].get(row.agent, row.agent),
            kind=words["kind"].get(row.kind, row.kind),
            authentication=None if told is None else words["authentication"].get(told, told),
            reasons="; ".join(words["reasons"].get(each, each) for each in row.reasons.split()),
            province=words["province"].get(row.province or "", row.province),
        )


def _workbook(headers: list[str], rows: Iterator[ScanRow], now: datetime) -> Iterator[bytes]:
    """A workbook is written to the disk first: its table of contents stands at its end."""
    with TemporaryFile(prefix="traceapp-scans-") as file:
        write_xlsx(headers, rows, file, now)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
