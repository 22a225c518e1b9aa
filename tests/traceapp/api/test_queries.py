"""What is asked for in a query by mistake or on purpose: refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

QUERIES = {
    "/parties": {
        "limit": ["0", "-1", "201", "abc", "", "1.5", "9" * 30, "１"],
        "cursor": ["abc", "-1", "", "9" * 16, "x" * 100, "1_2", "\x00", "٣"],
        "nothing": ["1"],
        "page": ["2"],
    },
    "/scans": {
        "limit": ["0", "201", "abc"],
        "cursor": ["abc", "1", "_", "1_", "_1", "1_x", "9" * 17 + "_1", "1_" + "9" * 16, "\x00"],
        "since": ["2026-06-15", "2026-06-15T00:00:00", "hôm qua", "", "9999-12-31T23:59:59-12:00"],
        "until": ["2026-02-30T00:00:00Z", "x", "0001-01-01T00:00:00+14:00"],
        "verdict": ["genuine", "", "REGISTERED"],
        "product_id": ["0", "-1", "abc", "9" * 30],
        "batch_id": ["0", "abc", str(2**63)],
        "run_id": ["0", "abc"],
        "serial": ["-1", str(31 * 2**31), "abc"],
        "lot": ["", "x" * 21, "\x00"],
        "nothing": ["1"],
    },
}


@pytest.mark.parametrize("path", QUERIES)
def test_a_wrong_query_is_refused_by_its_name(world: Any, path: str) -> None:
    for name, values in QUERIES[path].items():
        for value in values:
            answer = world.client().get(
                f"/api/v1{path}", query_string={name: value}, headers=world.officer.headers
            )
            assert answer.status_code == 422, (name, value, answer.text)
            assert [each["field"] for each in answer.json["errors"]] == [name], answer.text


def test_a_wrong_label_query_is_refused_by_its_name(world: Any, unchanged: Any) -> None:
    run = world.issue().run
    wrong = {
        "format": ["docx", ""],
        "sheet": ["a4-41", "x" * 21],
        "first": ["-1", "abc", str(31 * 2**31)],
        "last": ["-1", str(run.last_serial + 1), str(2**63)],
        "hidden": ["beside", ""],
        "dpi": ["0", "72", "fine"],
        "language": ["en", "fr"],
        "part": ["0", "2", "x"],
        "zip": ["perhaps"],
        "nothing": ["1"],
    }
    with unchanged():
        for name, values in wrong.items():
            for value in values:
                answer = world.client().get(
                    f"/api/v1/stamp-runs/{run.id}/labels",
                    query_string={"format": "pdf"} | {name: value},
                    headers=world.officer.headers,
                )
                assert answer.status_code == 422, (name, value, answer.text)
                assert [each["field"] for each in answer.json["errors"]] == [name], answer.text
