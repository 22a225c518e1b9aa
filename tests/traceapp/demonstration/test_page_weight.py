"""What a buyer's phone has to load: within its budget, for every answer, in both languages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from traceapp import build_app
from traceapp.demonstration import find_samples
from traceapp.services.scans.judging import Verdict

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benches"))
import weighing


# A page is as heavy on both databases: SQLite stands for them.
@pytest.mark.parametrize("played", ["sqlite"], indirect=True, scope="session")
def test_every_answer_is_light_and_asks_no_stranger(played: Any) -> None:
    app = build_app(played.edge)
    samples = {each.verdict: each for each in find_samples(played.edge, played.officer, played.now)}
    pages = list(weighing.Answers(app, played.edge, samples).pages())
    assert {page.name for page in pages} >= {each.value for each in Verdict}
    for page in pages:
        weight = weighing.weigh(app.test_client(), page)
        assert weight.page <= weighing.MOST_PAGE, (page.name, page.language, weight)
        assert 10_000 < weight.rest <= weighing.MOST_REST, (page.name, page.language, weight)
        assert weight.foreign == (), page.name
        assert f'<html lang="{page.language}">' in page.html
        assert page.html.count("<h1") == 1


def test_a_heavy_page_and_a_stranger_are_found() -> None:
    assert not weighing.Weight(weighing.MOST_PAGE + 1, 0, ()).well
    assert not weighing.Weight(1, weighing.MOST_REST + 1, ()).well
    assert not weighing.Weight(1, 1, ("//cdn.example/a.js",)).well
    assert weighing.Weight(1, 1, ()).well
