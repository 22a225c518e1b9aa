"""Takes a picture of every main page, on a phone and on a desk, in both languages.

Writes docs/screens/*.webp and docs/pages.md, which shows them. Run by `make pictures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from verdicts import SCHEMES, sheet

from traceapp.demonstration import Script

FOLDER = Path(__file__).parent
PHONE, DESK = (390, 844), (1280, 800)
TALLEST = {PHONE: 1700, DESK: 1400}  # what lies below is cut
QUALITY = 72
DESIGN = "/producer/stamps/6/design"


@dataclass(frozen=True)
class Screen:
    """A page: the name of its file, its path, whose it is, and what it is called."""

    name: str
    path: str
    who: str | None
    vi: str
    en: str


def screens(path: str) -> tuple[Screen, ...]:
    """Every main page; `path` is that of a stamp that is in use."""
    producer, officer, admin = "nam_quyen", "officer", "admin"
    return (
        Screen("stamp", path, None, "Trang người mua xem", "What a buyer sees"),
        Screen("front", "/", None, "Gõ mã tem", "Typing a code"),
        Screen("sign-in", "/sign-in", None, "Đăng nhập", "Signing in"),
        Screen("today", "/producer", producer, "Hôm nay", "A producer's day"),
        Screen("batches", "/producer/batches", producer, "Lô sản xuất", "Batches"),
        Screen("batch", "/producer/batches/6", producer, "Một lô", "One batch"),
        Screen("product", "/producer/products/2", producer, "Sản phẩm", "A product"),
        Screen("stamps", "/producer/stamps", producer, "Tem", "Stamps"),
        Screen("run", "/producer/stamps/6", producer, "Một đợt phát hành", "A run"),
        Screen("design", f"{DESIGN}?hidden=foil&sheet=a4-24", producer, "In tem", "Label design"),
        Screen("print", "/producer/stamps/6/print-report", producer, "Tem in về", "After printing"),
        Screen("asking", "/producer/requests/new", producer, "Xin cấp tem", "Asking for stamps"),
        Screen("own-stamp", path, producer, "Quét tem của mình", "Scanning one's own stamp"),
        Screen("totals", "/producer/totals?days=90", producer, "Lượt quét", "Scans"),
        Screen("desk", "/officer", officer, "Việc chờ", "An officer's desk"),
        Screen("search", "/officer/search?q=nuoc+mam", officer, "Tìm", "Search"),
        Screen("story", path, officer, "Quét tem ở sạp hàng", "Scanning a stamp at a stall"),
        Screen("request", "/officer/requests/9", officer, "Một yêu cầu", "A request"),
        Screen("labels", "/officer/runs/6/labels", officer, "Ai đã tải tem", "Labels taken out"),
        Screen("scans", "/officer/scans", officer, "Nhật ký quét", "The scan log"),
        Screen("recall", "/officer/recalls/2", officer, "Một đợt thu hồi", "A recall"),
        Screen("plots", "/officer/totals?days=90", officer, "Biểu đồ", "Plots"),
        Screen("people", "/people", admin, "Tài khoản", "People and roles"),
    )


def take(browser: Browser, address: str, script: Script, path: str) -> None:
    """Take every picture and write the page that shows them."""
    folder = FOLDER / "screens"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    wanted = screens(path)
    for language in ("vi", "en"):
        for size in (PHONE, DESK):
            contexts: dict[str | None, BrowserContext] = {}
            for screen in wanted:
                if screen.who not in contexts:
                    contexts[screen.who] = _signed_in(
                        browser, address, script, screen, size, language
                    )
                page = contexts[screen.who].new_page()
                answer = page.goto(f"{address}{screen.path}", wait_until="networkidle")
                assert answer is not None and answer.ok, screen
                _keep(page, folder / _file(screen, language, size), size)
                page.close()
            for context in contexts.values():
                context.close()
    (FOLDER / "pages.md").write_text(_document(wanted), "utf-8")


def _signed_in(
    browser: Browser,
    address: str,
    script: Script,
    screen: Screen,
    size: tuple[int, int],
    language: str,
) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=language, color_scheme="light"
    )
    if screen.who is not None:
        player = next(each for each in script.accounts if each.key == screen.who)
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.fill("input[name=sign_in_name]", player.sign_in_name)
        page.fill("input[name=password]", player.password)
        page.click("main button[type=submit]")
        page.close()
    return context


def _keep(page: Page, file: Path, size: tuple[int, int]) -> None:
    taken = Image.open(BytesIO(page.screenshot(full_page=True)))
    taken.crop((0, 0, taken.width, min(taken.height, TALLEST[size]))).save(
        file, "WEBP", quality=QUALITY, method=6
    )


def _file(screen: Screen, language: str, size: tuple[int, int]) -> str:
    return f"{screen.name}-{language}-{'phone' if size is PHONE else 'desk'}.webp"


def _document(wanted: tuple[Screen, ...]) -> str:
    lines = [
        "# The pages",
        "",
        "Every main page of the demonstration, on a phone and on a desk, in both languages.",
        "`make pictures` takes these pictures anew.",
    ]
    lines += ["", "## Every answer to a buyer (*Mọi câu trả lời*)", ""]
    for language in ("vi", "en"):
        for scheme in SCHEMES:
            told = f"Every answer, {language}, {scheme}"
            lines.append(f'<img src="screens/{sheet(language, scheme)}" width="400" alt="{told}">')
    for screen in wanted:
        lines += ["", f"## {screen.en} (*{screen.vi}*)", ""]
        for size in (PHONE, DESK):
            for language in ("vi", "en"):
                width = 195 if size is PHONE else 400
                told = f"{screen.en}, {'phone' if size is PHONE else 'desk'}, {language}"
                file = f"screens/{_file(screen, language, size)}"
                lines.append(f'<img src="{file}" width="{width}" alt="{told}">')
    return "\n".join(lines) + "\n"
