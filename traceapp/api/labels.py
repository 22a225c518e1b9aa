"""Labels over HTTP: taken out whole or in parts, who took which, and what came of the print."""

from __future__ import annotations

from traceapp.api.routing import Call, Download, Routes
from traceapp.handing_out import HandingOut
from traceapp.services.authority import Act
from traceapp.services.paging import Page, PageWish
from traceapp.services.runs import reporting_prints as prints
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_files import MEDIA_TYPES, ZIP_TYPE
from traceapp.services.runs.label_wishes import DrawingWish, LabelWish
from traceapp.services.runs.listing_parts import LabelParts, label_parts
from traceapp.services.runs.reading_drawings import (
    DrawingTold,
    DrawnRanges,
    drawn_ranges,
    list_drawings,
    show_drawing,
)

routes = Routes()
_MEDIA = (*(each.partition(";")[0] for each in MEDIA_TYPES.values()), ZIP_TYPE)


@routes.get("/stamp-runs/<id:run_id>/labels", Act.RUN_DRAW, media=_MEDIA)
def labels(call: Call, run_id: int, query: DrawingWish) -> Download:
    """The labels of a run, or of the serials from first to last: one file, a part, or a ZIP."""
    drawing = draw_labels(call.session, call.actor, run_id, query, call.edge.drawing, call.now)
    bytes_ = HandingOut(call.edge, drawing)
    return Download(drawing.media_type, drawing.filename, bytes_, drawing.etag)


@routes.get("/stamp-runs/<id:run_id>/label-parts", Act.RUN_DRAW)
def index_label_parts(call: Call, run_id: int, query: LabelWish) -> LabelParts:
    """The parts that labels come in, each with its link. Nothing is taken out by this."""
    return label_parts(call.session, call.actor, run_id, query, call.edge.drawing, call.now)


@routes.get("/stamp-runs/<id:run_id>/drawings", Act.DRAWING_READ)
def index_drawings(call: Call, run_id: int, query: PageWish) -> Page[DrawingTold]:
    """Who took labels of a run out, newest first."""
    return list_drawings(call.session, call.actor, run_id, query)


@routes.get("/drawings/<id:drawing_id>", Act.DRAWING_READ)
def one_drawing(call: Call, drawing_id: int) -> DrawingTold:
    """One taking out of labels, and how it ended."""
    return show_drawing(call.session, call.actor, drawing_id)


@routes.get("/stamp-runs/<id:run_id>/drawn-ranges", Act.DRAWING_READ)
def index_drawn_ranges(call: Call, run_id: int) -> DrawnRanges:
    """How often each part of a run was taken out: drawn twice, it can become two genuine sets."""
    return drawn_ranges(call.session, call.actor, run_id)


@routes.post("/stamp-runs/<id:run_id>/print-reports", Act.PRINT_REPORT)
def create_print_report(call: Call, run_id: int, body: prints.PrintReport) -> prints.PrintReported:
    """Tell what came back from the printer: good ranges, and spoiled ones, which become void."""
    return prints.report_print(call.session, call.actor, run_id, body, call.now)


@routes.get("/stamp-runs/<id:run_id>/print-reports", Act.PRINT_READ)
def show_print_report(call: Call, run_id: int) -> prints.PrintStanding:
    """How much of a run came back from the printer."""
    return prints.print_standing(call.session, call.actor, run_id)


@routes.get("/stamp-runs/<id:run_id>/good-prints", Act.PRINT_READ)
def index_good_prints(call: Call, run_id: int, query: PageWish) -> Page[prints.GoodPrintTold]:
    """The ranges of a run that came back good, oldest first."""
    return prints.list_good_prints(call.session, call.actor, run_id, query)
