"""A buyer who meets a test label is told so, in both languages and in JSON, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", "Đây là tem in thử"), ("en", "This is a test label")],
)
def test_a_page_says_that_it_is_a_test_label(world: Any, language: str, words: str) -> None:
    path = world.test_labels().link_path()
    answer = world.client().get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.text.count(words) == 1
    for other in ("bởi người đã đặt", "whoever had ordered it", "chưa kích hoạt", "not in use"):
        assert other not in answer.text


def test_a_program_reads_the_reason_of_its_own(world: Any) -> None:
    path = world.test_labels().link_path()
    told = world.client().get(path, headers={"Accept": "application/json"}).json
    assert (told["verdict"], told["reasons"]) == ("void", ["void", "test"])
    assert told["scans"]["sessions"] == 0


def test_a_hidden_code_of_a_test_label_is_never_authenticated(world: Any) -> None:
    made = world.test_labels()
    answer = world.client().post(
        f"/S/{made.code()}/hidden-code",
        json={"hidden_code": made.hidden()},
        headers={"Accept": "application/json"},
    )
    assert (answer.json["verdict"], answer.json["authentication"]) == ("void", "none")
