"""Large runs over HTTP: parts with links of their own, one ZIP of them all, and who broke off."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from traceapp.handing_out import HandingOut
from traceapp.services.runs.drawing import draw_labels
from traceapp.services.runs.label_wishes import DrawingWish


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 12)


def take(world: Any, run: Any, query: str, **headers: str) -> Any:
    path = f"/api/v1/stamp-runs/{run.id}/labels?{query}"
    return world.client().get(path, headers=world.producer.headers | headers)


def drawings(world: Any, run: Any) -> Any:
    path = f"/api/v1/stamp-runs/{run.id}/drawings"
    return world.client().get(path, headers=world.officer.headers).json["items"]


def test_a_zip_holds_the_parts_a_csv_and_last_their_manifest(world: Any) -> None:
    run = world.issue(30, activate=False).run
    answer = take(world, run, "format=pdf&hidden=foil&zip=true")
    assert answer.content_type == "application/zip"
    assert 'filename="stamps-0-29.zip"' in answer.headers["Content-Disposition"]
    archive = ZipFile(BytesIO(answer.data))
    assert archive.testzip() is None
    names = [f"stamps-{ends}.pdf" for ends in ("0-11", "12-23", "24-29")]
    assert archive.namelist() == [*names, "stamps-0-29.csv", "manifest.json"]
    assert all(archive.read(name).startswith(b"%PDF") for name in names)
    manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["run_id"], manifest["quantity"]) == (run.id, 30)
    assert manifest["hidden_codes"] is True
    assert [each["name"] for each in manifest["files"]] == [*names, "stamps-0-29.csv"]
    for each in manifest["files"]:
        held = archive.read(each["name"])
        assert (each["bytes"], each["sha256"]) == (len(held), hashlib.sha256(held).hexdigest())
        assert each["quantity"] == each["last_serial"] - each["first_serial"] + 1
    (row,) = drawings(world, run)
    assert (row["in_parts"], row["outcome"]) == (True, "finished")
    assert row["bytes"] == len(answer.data)


def test_each_part_comes_out_of_its_own_link_byte_for_byte(world: Any) -> None:
    run = world.issue(30, activate=False).run
    archive = ZipFile(BytesIO(take(world, run, "format=pdf&hidden=none&zip=true").data))
    manifest = json.loads(archive.read("manifest.json"))
    path = f"/api/v1/stamp-runs/{run.id}/label-parts?format=pdf&hidden=none"
    listed = world.client().get(path, headers=world.producer.headers).json
    assert len(listed["parts"]) == 3
    world.now += timedelta(days=300)
    world.edge.stamp_keys.rotate()
    for part, told in zip(listed["parts"], manifest["files"], strict=False):
        answer = take(world, run, part["query"])
        assert answer.data == archive.read(part["name"])
        assert answer.headers["ETag"] == f'"{part["etag"]}"' == f'"{told["etag"]}"'
    again = ZipFile(BytesIO(take(world, run, listed["zip_query"]).data))
    assert again.read("manifest.json") == archive.read("manifest.json")


def test_a_tag_tells_other_bytes_apart_and_no_others(world: Any) -> None:
    run, other = (world.issue(30, activate=False).run for _ in range(2))
    same = [take(world, run, query).headers["ETag"] for query in ("", "format=csv", "first=0")]
    assert len(set(same)) == 1
    queries = ["", "hidden=none", "last=20", "part=1", "zip=true", "format=pdf&hidden=foil"]
    queries += ["format=pdf&hidden=none", "format=pdf&hidden=inside"]
    tags = [take(world, run, query).headers["ETag"] for query in queries]
    tags.append(take(world, other, "").headers["ETag"])
    object.__setattr__(
        world.edge, "settings", world.edge.settings.model_copy(update={"hotline": "1900 1234"})
    )
    tags.append(take(world, run, "format=pdf&hidden=none").headers["ETag"])
    assert len(set(tags)) == len(tags)


def test_who_has_the_bytes_already_takes_nothing_out(world: Any, unchanged: Any) -> None:
    issued = world.issue(30, activate=False)
    tag = take(world, issued.run, "part=2").headers["ETag"]
    with unchanged():
        answer = take(world, issued.run, "part=2", **{"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    issued.activate()
    issued.leave()
    with unchanged():
        assert take(world, issued.run, "part=2", **{"If-None-Match": tag}).status_code == 304
    assert take(world, issued.run, "part=2", **{"If-None-Match": '"other"'}).status_code == 200


def test_there_is_no_part_beyond_the_last(world: Any, unchanged: Any) -> None:
    run = world.issue(30, activate=False).run
    with unchanged():
        answer = take(world, run, "part=4")
    assert (answer.status_code, answer.json["code"]) == (422, "part")
    assert answer.json["data"] == {"part": 4, "parts": 3}


@pytest.mark.parametrize("read", [0, 1])
def test_a_client_that_goes_away_stops_the_work_and_the_row_says_so(world: Any, read: int) -> None:
    run = world.issue(30, activate=False).run
    path = f"/api/v1/stamp-runs/{run.id}/labels?format=pdf&hidden=none&zip=true"
    answer = world.client().get(path, headers=world.producer.headers, buffered=False)
    got = sum(len(next(answer.response)) for _ in range(read))
    answer.close()
    (row,) = drawings(world, run)
    assert row["outcome"] == "broken_off" and row["ended_at"] is not None
    assert row["bytes"] >= got
    assert b"manifest.json" not in b"".join(answer.response)


def test_what_breaks_while_it_is_drawn_is_told_as_broken_off(world: Any) -> None:
    run = world.issue(30, activate=False).run
    with world.writing() as session:
        asks = (session, world.producer.actor, run.id, DrawingWish(), world.edge.drawing)
        drawing = draw_labels(*asks, world.now)
    handed = HandingOut(world.edge, drawing)

    def breaks() -> Any:
        yield b"serial"
        raise OSError("disk gone")

    handed._chunks = breaks()
    assert next(handed) == b"serial"
    with pytest.raises(OSError, match="disk gone"):
        next(handed)
    handed.close()
    (row,) = drawings(world, run)
    assert (row["outcome"], row["bytes"]) == ("broken_off", 6)


def test_asking_for_the_head_alone_begins_no_drawing(world: Any, unchanged: Any) -> None:
    run = world.issue(30, activate=False).run
    path = f"/api/v1/stamp-runs/{run.id}/labels?zip=true"
    with unchanged():
        answer = world.client().head(path, headers=world.producer.headers)
    assert answer.status_code == 200 and answer.headers["ETag"]


def test_a_zip_needs_no_more_memory_for_a_long_run(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("traceapp.services.runs.label_files.LABELS_A_PART", 1_000)
    run = world.issue(40_000, roll=True, hidden_code=False).run

    def peak(last: int) -> int:
        with world.writing() as session:
            wish = DrawingWish(last=last, zip=True)
            asks = (session, world.producer.actor, run.id, wish, world.edge.drawing)
            drawing = draw_labels(*asks, world.now)
        tracemalloc.start()
        for _ in drawing.chunks():
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(run.last_serial) < 2 * peak(run.first_serial + 1_999)
