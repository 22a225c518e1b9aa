"""The samples: what is shown is what the page answers, now."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from stamps import BLOCK
from traceapp import build_app
from traceapp.demonstration import Sample, find_samples
from traceapp.demonstration.samples import LOOKS
from traceapp.records.scans import Scan
from traceapp.records.stamp_runs import highest_serial
from traceapp.services.runs.issuing import advance_counter
from traceapp.services.scans.judging import Verdict

JSON = {"Accept": "application/json"}


@pytest.fixture
def samples(played: Any) -> dict[Verdict, Sample]:
    return {each.verdict: each for each in find_samples(played.edge, played.officer, played.now)}


@pytest.fixture
def client(played: Any) -> Any:
    return build_app(played.edge).test_client()


def test_there_is_one_of_each_answer(samples: dict[Verdict, Sample]) -> None:
    assert list(samples) == [*LOOKS, Verdict.AUTHENTICATED, Verdict.WRONG_HIDDEN_CODE]


def test_looking_for_them_leaves_no_trace(played: Any) -> None:
    def kept() -> int:
        with played.edge.database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Scan)) or 0

    before = kept()
    find_samples(played.edge, played.officer, played.now)
    assert kept() == before


def test_the_page_answers_as_they_say(samples: dict[Verdict, Sample], client: Any) -> None:
    for verdict in LOOKS:
        answer = client.get(samples[verdict].path, headers=JSON).json
        assert answer["verdict"] == verdict.value
    suspicious = client.get(samples[Verdict.SUSPICIOUS].path, headers=JSON).json
    assert suspicious["reasons"] == ["link_mismatch"]
    assert client.get(samples[Verdict.REGISTERED].path, headers=JSON).json["stamp"]["hidden_code"]


def test_hidden_codes_are_unspent_and_others_are_found_once_they_are_spent(
    played: Any, samples: dict[Verdict, Sample], client: Any
) -> None:
    for verdict in (Verdict.WRONG_HIDDEN_CODE, Verdict.AUTHENTICATED):
        sample = samples[verdict]
        code = sample.path.rpartition("/")[2]
        assert client.get(f"/S/{code}", headers=JSON).json["verdict"] == "registered"
        body = {"hidden_code": sample.hidden_code}
        answer = client.post(f"/S/{code}/hidden-code", json=body, headers=JSON).json
        assert answer["verdict"] == verdict.value
    again = {each.verdict: each for each in find_samples(played.edge, played.officer, played.now)}
    assert again[Verdict.AUTHENTICATED] != samples[Verdict.AUTHENTICATED]
    assert list(again) == list(samples)


def test_no_two_samples_are_the_same_unspent_stamp(samples: dict[Verdict, Sample]) -> None:
    wanted = (Verdict.REGISTERED, Verdict.AUTHENTICATED, Verdict.WRONG_HIDDEN_CODE)
    assert len({samples[verdict].path for verdict in wanted}) == 3


def test_a_look_at_the_unknown_one_throws_the_counter_no_further(
    played: Any, samples: dict[Verdict, Sample], client: Any
) -> None:
    client.get(samples[Verdict.UNKNOWN].path, headers=JSON)
    with played.edge.database.writing() as session:
        end = (highest_serial(session) // BLOCK + 1) * BLOCK
        assert advance_counter(session, played.edge.mark, 0).next_serial <= end + BLOCK
