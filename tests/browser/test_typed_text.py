"""Typed texts in a real browser: they widen no page, turn no other text, and run nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from traceapp.database import Base

COLUMNS = {
    "products": ("name", "net_content", "brand", "standard", "storage", "warning"),
    "parties": ("name", "address", "province"),
    "facilities": ("name", "address"),
    "batches": ("sold_as",),
}

# Texts of the page's own whose letters do not stand in their order, from left to right.
TURNED = """
() => {
  const turned = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const left = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.data;
    if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(text)) continue;
    for (const word of text.matchAll(/[0-9A-Za-z\\u00c0-\\u1ef9]{2,}/g)) {
      const first = left(node, word.index), last = left(node, word.index + word[0].length - 1);
      if (first.width && first.top === last.top && first.left > last.left) turned.push(word[0]);
    }
  }
  return turned;
}
"""


def write(world: Any, text: str) -> None:
    """Past the services, which refuse it: it may stand in a row since yesterday."""
    with world.edge.database.engine.begin() as connection:
        for table, names in COLUMNS.items():
            for name in names:
                longest = Base.metadata.tables[table].c[name].type.length
                query = sa.text(f"UPDATE {table} SET {name} = :text")
                connection.execute(query, {"text": text[:longest]})


@pytest.mark.parametrize("language", ["vi", "en"])
def test_marks_that_turn_writing_turn_no_text_but_their_own(
    world: Any, address: str, browser: Browser, language: str
) -> None:
    issued = world.issue(3)
    write(world, "\u202eabc 12")
    context = browser.new_context(viewport={"width": 360, "height": 640}, locale=language)
    page = context.new_page()
    page.goto(f"{address}{issued.link_path()}")
    assert page.evaluate(TURNED) == []
    # The search finds what is turned.
    page.evaluate("document.querySelector('h1').prepend('\\u202e')")
    assert page.evaluate(TURNED) != []
    context.close()


@pytest.mark.parametrize("text", ["W" * 200, "Chính-hãng-" * 18, "鱼" * 200])
def test_a_word_of_any_length_fits_the_narrowest_phone(
    world: Any, address: str, browser: Browser, text: str
) -> None:
    issued = world.issue(3)
    write(world, text)
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{address}{issued.link_path()}")
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(fits)
    # The verdict comes first, whatever is typed.
    assert page.locator("h1").bounding_box()["y"] < 300
    context.close()


def test_markup_that_was_typed_runs_nothing(world: Any, address: str, browser: Browser) -> None:
    issued = world.issue(3)
    write(world, "<img src=x onerror=document.title='ran'><script>document.title='ran'</script>")
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}{issued.link_path()}")
    assert page.title() != "ran" and page.locator("main img, main script").count() == 0
    assert said == []
    context.close()
