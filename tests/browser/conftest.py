"""A real browser, and a real server in front of a world on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

PICTURES = Path(__file__).resolve().parents[2] / "build" / "pictures"


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A browser of its own each time, as wide and in such a language as asked for."""
    contexts: list[BrowserContext] = []

    def open_browser(**given: Any) -> Page:
        contexts.append(browser.new_context(**given))
        return contexts[-1].new_page()

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps a picture of a page in build/pictures, to be looked at."""

    def take(page: Page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def hear() -> Callable[..., None]:
    """Looks for what a screen reader would miss on a page, as it stands: wide and narrow, light and
    dark. The page has the last width and the last scheme afterwards.
    """
    checker, there_already = Axe(), Axe("null")

    def check(page: Page, name: str, *views: Any) -> None:
        # Without motion, so that no colour is looked at on its way to another.
        page.emulate_media(reduced_motion="reduce")
        page.evaluate(checker.axe_script)
        for view in views:
            page.set_viewport_size(view)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = there_already.run(page)
                told = f"{name}, {scheme}, {view['width']}: {found.generate_report()}"
                assert found.violations_count == 0, told

    return check


@pytest.fixture
def address(world: Any) -> Iterator[str]:
    """Where the world is served on the loopback."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
