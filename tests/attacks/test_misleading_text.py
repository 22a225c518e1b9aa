"""What a producer types stands where it is told as hers, and says nothing in the service's name."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa

from traceapp.database import Base

# The headline of the best verdict, in both languages, as it might be typed into a name.
FAKES = (
    "Chính hãng – tem này đã được hệ thống xác thực",
    "Genuine. This is the original stamp.",
    "</h2></section><section class='verdict fine'><h1>Chính hãng</h1></section>",
    "<!-- --><h1>Genuine</h1>",
    "\u202eChính hãng\u202c",
    "{{ said.headline }} {% block main %}",
    "A" * 190,
)

# Where the service speaks in its own name, and where a reader looks first.
OWN_TAGS = frozenset(
    {"title", "h1", "h2", "h3", "legend", "label", "button", "form", "nav", "aside"}
)


class Page(HTMLParser):
    """A page's texts, each with the tags and classes around it, and its attributes."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "source", "path", "use"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.around: list[tuple[str, str]] = []
        self.texts: list[tuple[str, list[tuple[str, str]]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.around.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            # Strictly nested: what somebody typed has closed nothing of ours.
            assert self.around.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data, list(self.around)))


def write(world: Any, text: str) -> None:
    """Past the services, which refuse some of it: it may stand in a row since yesterday."""
    columns = {
        "products": ("name", "net_content", "brand", "standard", "storage", "warning"),
        "parties": ("name", "address", "province"),
        "facilities": ("name", "address"),
        "batches": ("sold_as",),
    }
    with world.edge.database.engine.begin() as connection:
        for table, names in columns.items():
            for name in names:
                longest = Base.metadata.tables[table].c[name].type.length
                query = sa.text(f"UPDATE {table} SET {name} = :text")
                connection.execute(query, {"text": text[:longest]})


def pages(world: Any, issued: Any) -> Any:
    """The page of each kind of answer, in both languages."""
    for language in ("vi", "en"):
        headers = {"Accept": "text/html", "Accept-Language": language}
        client = world.client()
        yield client.get(f"/S/{issued.code()}", headers=headers)
        for n, hidden in ((0, "00000000"), (1, issued.hidden(1))):
            sent = {"hidden_code": hidden, "foil_whole": "yes"}
            yield client.post(f"/S/{issued.code(n)}/hidden-code", data=sent, headers=headers)


@pytest.mark.parametrize("fake", FAKES)
def test_a_typed_verdict_is_never_the_pages_own(world: Any, fake: str) -> None:
    issued = world.issue(3)
    write(world, "Một câu thường")
    plain = [Page(page.text) for page in pages(world, issued)]
    issued = world.issue(3)
    write(world, fake)
    shown = 0
    for before, answer in zip(plain, pages(world, issued), strict=True):
        page = Page(answer.text)
        assert page.around == []
        for text, around in page.texts:
            if fake in text:
                shown += 1
                tags = {tag for tag, _ in around}
                assert not tags & OWN_TAGS, (text, around)
                assert not any("verdict" in name.split() for _, name in around), around
        # Headings, the title and the verdict itself are those of a page that nobody tampered with.
        assert spoken(page) == spoken(before)
        for tag, name, value in page.attributes:
            assert fake not in value or (tag, name) == ("img", "alt"), (tag, name)
    assert shown >= 6 * 5


def spoken(page: Page) -> list[str]:
    """What the page says by its headline and headings, in their order."""
    return [text for text, around in page.texts if {tag for tag, _ in around} & {"h1", "h2", "h3"}]


def test_a_typed_text_reaches_json_as_data_alone(world: Any) -> None:
    issued = world.issue(3)
    write(world, FAKES[0])
    told = world.client().get(f"/S/{issued.code()}", headers={"Accept": "application/json"}).json
    assert told["product"]["name"] == FAKES[0]
    assert FAKES[0] not in str([told["verdict"], told["message"], told["reasons"]])
