"""Draws the README's pictures: a stamp, the page that it opens, and every main page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from playwright.sync_api import sync_playwright
from screens import take
from werkzeug.serving import make_server

from stamps import Label, LabelFace, draw_pdf, read
from traceapp import build_app
from traceapp.demonstration import find_samples, read_script, set_up
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
        path, hidden = _play(edge)
        _draw_stamp(edge, path, hidden)
        _draw_page(edge, path)
        edge.database.close()


def _play(edge: Edge) -> tuple[str, str]:
    """The demonstration's data; gives the path and the hidden code of a stamp of it."""
    script = read_script()
    now = datetime.now(UTC)
    set_up(edge, script, now)
    with edge.database.reading() as session:
        actor = actor_of_account(session, script.officer.sign_in_name, demonstration=True)
    samples = find_samples(edge, actor, now)
    fresh = next(each for each in samples if each.verdict is Verdict.AUTHENTICATED)
    assert fresh.hidden_code is not None
    return fresh.path, fresh.hidden_code


def _draw_stamp(edge: Edge, path: str, hidden: str) -> None:
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


def _draw_page(edge: Edge, path: str) -> None:
    server = make_server("127.0.0.1", 0, build_app(edge), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(
            viewport={"width": 390, "height": 1180}, locale="vi", device_scale_factor=1.5
        )
        page.goto(f"http://127.0.0.1:{server.server_port}{path}")
        page.screenshot(path=FOLDER / "page.png")
        take(browser, f"http://127.0.0.1:{server.server_port}", read_script(), path)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    draw()
