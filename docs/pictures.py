"""Draws the README's pictures: stamps, the page that one opens, every answer and main page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from labels import draw_gallery, pictures_of
from playwright.sync_api import sync_playwright
from screens import take
from verdicts import take_verdicts
from werkzeug.serving import make_server

from stamps import HiddenLayer, LabelFace, Link, read, sign
from stamps.drawing import LabelWish, Part, plan_labels
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


def draw() -> None:
    """Write stamp.png, page.png and the screens beside this file."""
    with TemporaryDirectory() as folder:
        edge = open_edge(Settings(data_dir=Path(folder), base_url=ORIGIN, demo=True))
        prepare(edge)
        samples = _play(edge)
        _draw_stamp(edge, samples[Verdict.AUTHENTICATED])
        draw_gallery()
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
    code = sample.path.rpartition("/")[2]
    with edge.database.reading() as session:
        look = Look(code, phone="", source="")
        origin = examine(session, look, edge.scanning, edge.clock()).answer.origin
    assert origin is not None
    face = LabelFace(
        product=origin.product.name,
        producer=origin.producer.name,
        host=ORIGIN.partition("://")[2],
        hotline="0237 000 0000",
        sample_mark=SAMPLE_MARK,
    )
    serial, key = read(code).serial, edge.drawing.stamp_keys.newest
    assert sign(key, serial) == code.upper()
    wish = LabelWish(True, HiddenLayer.FOIL, parts=frozenset({Part.FACE}))
    plan = plan_labels(edge.sheets["a4-24"], Link(ORIGIN), face, wish)
    [label] = pictures_of(plan, (key, None), serial)
    label.quantize(64).save(FOLDER / "stamp.png", optimize=True)


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
