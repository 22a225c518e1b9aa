"""Takes a picture of every answer that a buyer can meet, on a phone: a sheet for each language and
for light and dark.

Writes docs/screens/verdicts-*.webp. Run by `make pictures`.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Route

from traceapp.demonstration import Sample
from traceapp.edge import Edge
from traceapp.services.scans.judging import Verdict

sys.path.append(str(Path(__file__).parents[1] / "benches"))
from weighing import LANGUAGES, Answers, Page

SCREENS = Path(__file__).parent / "screens"
WIDTH, HEIGHT = 360, 860  # of one answer; what lies below is cut
COLUMNS, GAP = 6, 12
SCHEMES = ("light", "dark")
QUALITY = 72
_NO_VERDICTS = ("home", "privacy", "lost")


def sheet(language: str, scheme: str) -> str:
    """The file that shows the answers in one language, in the light or in the dark."""
    return f"verdicts-{language}-{scheme}.webp"


def take_verdicts(
    browser: Browser, address: str, app: Flask, edge: Edge, samples: dict[Verdict, Sample]
) -> None:
    """Take all sheets. `address` serves the same application."""
    pages = [each for each in Answers(app, edge, samples).pages() if each.name not in _NO_VERDICTS]
    for language in LANGUAGES:
        spoken = [each for each in pages if each.language == language]
        for scheme in SCHEMES:
            taken = [_take(browser, address, each, scheme) for each in spoken]
            _together(taken).save(SCREENS / sheet(language, scheme), "WEBP", quality=QUALITY)


def _take(browser: Browser, address: str, answer: Page, scheme: str) -> Image.Image:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()

    def hand_over(route: Route) -> None:
        """The answer that was given before: some are given once, and some to a form."""
        if route.request.is_navigation_request():
            route.fulfill(body=answer.html, content_type="text/html; charset=utf-8")
        else:
            route.continue_()

    page.route("**/*", hand_over)
    page.goto(f"{address}{answer.path}", wait_until="networkidle")
    taken = Image.open(BytesIO(page.screenshot()))
    context.close()
    return taken.convert("RGB")


def _together(taken: list[Image.Image]) -> Image.Image:
    rows = -(-len(taken) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) - GAP, rows * (HEIGHT + GAP) - GAP)
    whole = Image.new("RGB", size, (128, 128, 128))
    for n, each in enumerate(taken):
        whole.paste(each, (n % COLUMNS * (WIDTH + GAP), n // COLUMNS * (HEIGHT + GAP)))
    return whole
