"""Draws the README's pictures: a stamp, the page that it opens, every answer and main page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from playwright.sync_api import sync_playwright
from screens import take
from verdicts import take_verdicts
from werkzeug.serving import make_server

from stamps import Label, LabelFace, draw_pdf, read
from traceapp import build_app
from traceapp.demonstration import Sample, find_samples, read_script, set_up
from traceapp.edge import Edge, open_edge, prepare
from traceapp.services.people.acting import actor_of_account
from traceapp.services.runs.drawing import SAMPLE_MARK
from traceapp.services.scans.judging import Verdict
from traceapp.services.scans.scanning import Look, examine
from traceapp.settings import Settings

FOLDER = Path(__file__).parent
ORIGIN = "https://tem.example.vn"
DOTS_AN_INCH = 300


def draw() -> None:
    """Write stamp.png, page.png and the screens beside this file."""
    with TemporaryDirectory() as folder:
        edge = open_edge(Settings(data_dir=Path(folder), base_url=ORIGIN, demo=True))
        prepare(edge)
        samples = _play(edge)
        _draw_stamp(edge, samples[Verdict.AUTHENTICATED])
        _draw_pages(edge, samples)
        edge.database.close()


def _play(edge: Edge) -> dict[Verdict, Sample]:
    """The demonstration's data; gives stamps of it."""
    script = read_script()
    now = datetime.now(UTC)
    set_up(edge, script, now)
    with edge.database.reading() as session:
        actor = actor_of_account(session, script.officer.sign_in_name, demonstration=True)
    return {each.verdict: each for each in find_samples(edge, actor, now)}


def _draw_stamp(edge: Edge, sample: Sample) -> None:
    path, hidden = sample.path, sample.hidden_code
    code = path.rpartition("/")[2]
    with edge.database.reading() as session:
        look = Look(code, phone="", source="")
        origin = examine(session, look, edge.scanning, edge.clock()).answer.origin
    assert origin is not None
    label = Label(read(code).serial, code, ORIGIN.upper() + path.upper(), hidden)
    face = LabelFace(
        product=origin.product.name,
        producer=origin.producer.name,
        host=ORIGIN.partition("://")[2],
        hotline="0237 000 0000",
        sample_mark=SAMPLE_MARK,
    )
    sheet = edge.sheets["a4-40"]
    file = BytesIO()
    draw_pdf(file, [label], sheet, face)
    scale = DOTS_AN_INCH / 72
    page = pypdfium2.PdfDocument(file)[0].render(scale=scale).to_pil()
    dots = DOTS_AN_INCH / 25.4
    page.crop((0, 0, int(sheet.label_width_mm * dots), int(sheet.label_height_mm * dots))).save(
        FOLDER / "stamp.png", optimize=True
    )


def _draw_pages(edge: Edge, samples: dict[Verdict, Sample]) -> None:
    app, path = build_app(edge), samples[Verdict.AUTHENTICATED].path
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(
            viewport={"width": 390, "height": 1180}, locale="vi", device_scale_factor=1.5
        )
        address = f"http://127.0.0.1:{server.server_port}"
        page.goto(f"{address}{path}", wait_until="networkidle")
        page.screenshot(path=FOLDER / "page.png")
        take(browser, address, read_script(), path)
        take_verdicts(browser, address, app, edge, samples)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    draw()
