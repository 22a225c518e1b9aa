"""Somebody who comes in by a real browser: forms, links, symbols, and widths of windows."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pyotp
import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from traceapp.services.lists import Role
from traceapp.services.people.inviting import NewInvitation, invite

PHONE = {"width": 360, "height": 740}
SMALL = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
FIRST, SECOND = "mắm ngon cá cơm than", "biển xanh cát trắng"
Take = Callable[[Page, str], None]
Open = Callable[..., Page]


def press(page: Page, action: str) -> None:
    """Press the button of the form that leads to an address ending so, and await the answer."""
    with page.expect_navigation():
        page.locator(f"main form[action$='{action}'] button[type=submit]").click()


def fill(page: Page, **values: str) -> None:
    for name, text in values.items():
        page.locator(f"main input[name={name}]").fill(text)


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    fill(page, sign_in_name=name, password=password)
    press(page, "/sign-in")


def symbol_of(page: Page) -> str:
    """What a phone's camera reads on the page."""
    seen = Image.open(BytesIO(page.locator(".symbol").screenshot()))
    (found,) = zxingcpp.read_barcodes(seen)
    return found.text


def code_now(world: Any, secret: str) -> str:
    return pyotp.TOTP(secret).at(world.now)


def invited(world: Any, by: Any = None) -> str:
    """The token of a link for an officer to join by."""
    with world.writing() as session:
        new = NewInvitation(role=Role.OFFICER, name="Ông Lê Văn Thịnh")
        return invite(session, (by or world.admin).actor, new, 14, world.now).token
