"""Every verdict: its status, its form in JSON, and its words in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from scanner_page.answering import STATUS
from stamps import sign
from traceapp.records.scans import Scan
from traceapp.services.registry.holding import NewHold, hold_batch
from traceapp.services.scans.judging import Verdict

KEYS = ["verdict", "authentication", "message", "reasons", "stamp"]
ORIGIN = [
    *("product", "batch", "producer", "facility", "events", "recall", "corrections"),
    *("other_products", "scans"),
]


def hold(world: Any, batch: Any, who: str = "producer") -> None:
    actor, new = world.people[who].actor, NewHold(reason="Mùi lạ ở chum 7")
    with world.writing() as session:
        hold_batch(session, actor, batch.id, new, world.now)


def _registered(world: Any) -> str:
    return str(world.issue().link_path())


def _recalled(world: Any) -> str:
    issued = world.issue()
    issued.recall("danger")
    return str(issued.link_path())


def _on_hold(world: Any) -> str:
    issued = world.issue()
    hold(world, issued.batch)
    return str(issued.link_path())


def _void(world: Any) -> str:
    issued = world.issue()
    issued.void(0, "stolen")
    return str(issued.link_path())


def _not_activated(world: Any) -> str:
    return str(world.issue(activate=False).link_path())


def _expired(world: Any) -> str:
    issued = world.issue()
    world.now += timedelta(days=1000)
    return str(issued.link_path())


def _suspicious(world: Any) -> str:
    path = str(world.issue(gtin="4006381333931").link_path())
    return path.replace("04006381333931", "00000000000017")


def _already(world: Any) -> str:
    issued = world.issue()
    address = f"/S/{issued.code()}/hidden-code"
    world.client().post(address, json={"hidden_code": issued.hidden()})
    return f"/S/{issued.code()}"


def _unknown(world: Any) -> str:
    return f"/S/{sign(world.edge.stamp_keys.ring().newest, 4096 * 31)}"


def _forged(world: Any) -> str:
    return "/S/ABCDEABCDEABCDEABCDE"


def _malformed(world: Any) -> str:
    return "/S/XYZ"


LOOKS: list[tuple[Callable[[Any], str], str, int, str, str]] = [
    (_registered, "registered", 200, "Tem hợp lệ", "The stamp is valid"),
    (_recalled, "recalled", 200, "Sản phẩm bị thu hồi", "This product is under recall"),
    (_on_hold, "on_hold", 200, "Tạm dừng sử dụng", "This batch is paused"),
    (_void, "void", 200, "Tem đã bị hủy", "This stamp was cancelled"),
    (_not_activated, "not_activated", 200, "Tem chưa kích hoạt, không mua", "do not buy"),
    (_expired, "expired", 200, "Hết hạn sử dụng", "Past its expiry"),
    (_suspicious, "suspicious", 200, "Nghi ngờ tem bị sao chép", "may have been copied"),
    (_already, "already_authenticated", 200, "Đã xác thực trước đó", "Confirmed before"),
    (_unknown, "unknown", 404, "Chưa từng phát hành", "Never issued"),
    (_forged, "forged", 404, "Không do hệ thống phát hành", "Not issued by this system"),
    (_malformed, "malformed", 400, "Mã không đọc được", "This code cannot be read"),
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[1])
def test_a_look_says_its_verdict_in_both_languages_and_forms(
    world: Any, visitor: Any, stranger: Any, look: Any
) -> None:
    make, verdict, status, vietnamese, english = look
    path = make(world)
    for who, words in ((visitor, vietnamese), (stranger, english)):
        told, page = who.look(path), who.page(path)
        assert told.status_code == page.status_code == status
        assert told.get_json()["verdict"] == verdict
        assert words in told.get_json()["message"]
        assert words in page.text.partition("<h1")[2].partition("</h1>")[0]
        assert page.headers["Content-Language"] == told.headers["Content-Language"]
    assert '<html lang="vi">' in visitor.page(path).text
    assert '<html lang="en">' in stranger.page(path).text


def test_every_verdict_has_its_status() -> None:
    assert set(STATUS) == set(Verdict)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[1])
def test_only_an_issued_code_is_told_its_origin(world: Any, visitor: Any, look: Any) -> None:
    make, verdict, *_ = look
    told = visitor.told(make(world))
    issued = verdict not in ("unknown", "forged", "malformed")
    extra = ["authenticated_at"] if verdict == "already_authenticated" else []
    assert list(told) == KEYS + (ORIGIN if issued else []) + extra
    assert told["authentication"] is None


def test_an_issued_stamp_is_told_as_the_contract_says(world: Any, visitor: Any) -> None:
    issued = world.issue(attributes={"total_nitrogen_g_l": 30.5, "bottled_on": "2026-06-10"})
    told = visitor.told(f"/S/{issued.code()}")
    assert told["stamp"] == {
        "code": issued.code(),
        "serial": issued.serial(),
        "hidden_code": True,
    }
    assert told["reasons"] == []
    assert told["product"]["net_content"] == "500 ml"
    assert told["batch"]["attributes"] == {
        "total_nitrogen_g_l": 30.5,
        "bottled_on": "2026-06-10",
    }
    assert told["batch"]["expires_at"].endswith("+07:00")
    assert "tax_code" not in told["producer"]
    assert told["events"][0] == {"name": "produced", "date": "2026-06-05T12:00:00+07:00"}
    assert told["recall"] is None
    assert told["scans"] == {"sessions": 1, "first_at": "2026-06-15T12:00:00+07:00"}


def test_what_is_no_code_and_what_nobody_signed_tell_no_serial(world: Any, visitor: Any) -> None:
    nothing = {"code": None, "serial": None, "hidden_code": False}
    assert visitor.told("/S/XYZ")["stamp"] == nothing
    made_up = visitor.told("/S/abcde-abcde-abcde-abcde")["stamp"]
    assert made_up == {**nothing, "code": "ABCDEABCDEABCDEABCDE"}


def test_a_stamp_with_foil_asks_to_scratch_and_one_without_is_no_proof(
    world: Any, visitor: Any, stranger: Any
) -> None:
    with_foil = f"/S/{world.issue().code()}"
    without = f"/S/{world.issue(hidden_code=False).code()}"
    assert "cào lớp phủ" in visitor.told(with_foil)["message"]
    assert "không có lớp phủ, xin đừng tin" in visitor.told(with_foil)["message"]
    assert "has no foil, please do not trust it" in stranger.told(with_foil)["message"]
    assert "không phải là bằng chứng" in visitor.told(without)["message"]
    assert 'name="hidden_code"' in visitor.page(with_foil).text
    assert 'name="hidden_code"' not in visitor.page(without).text


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        ("info", "Xin đọc thông báo"),
        ("warning", "Xin đừng sử dụng sản phẩm này"),
        ("danger", "Tuyệt đối không ăn"),
    ],
)
def test_a_recall_speaks_as_gravely_as_it_is(
    world: Any, visitor: Any, severity: str, words: str
) -> None:
    issued = world.issue()
    issued.recall(severity, reason="Nhiễm khuẩn", notice="Mang trả nơi mua.")
    path = issued.link_path()
    assert words in visitor.told(path)["message"]
    page = visitor.page(path).text
    assert "Nhiễm khuẩn" in page
    assert "Mang trả nơi mua." in page


def test_a_completed_recall_still_warns_and_a_withdrawn_one_says_it_was_in_error(
    world: Any, visitor: Any
) -> None:
    done, lifted = world.issue(), world.issue()
    done.close_recall(done.recall().id, "completed")
    lifted.close_recall(lifted.recall().id, "withdrawn")
    assert visitor.told(done.link_path())["verdict"] == "recalled"
    assert "Hoàn tất" in visitor.page(done.link_path()).text
    told = visitor.told(lifted.link_path())
    assert told["verdict"] == "registered"
    assert told["recall"]["state"] == "withdrawn"
    assert "do nhầm lẫn" in told["message"]
    assert "công bố nhầm" in visitor.page(lifted.link_path()).text


def test_a_batch_on_hold_says_who_stopped_it_and_when_and_to_nobody_why(
    world: Any, visitor: Any, stranger: Any
) -> None:
    own, officers = world.issue(), world.issue()
    hold(world, own.batch)
    hold(world, officers.batch, "officer")
    world.now += timedelta(hours=3)
    for issued, vietnamese, english in (
        (own, "Cơ sở sản xuất đã tự dừng", "Its producer stopped it on 15/06/2026 12:00"),
        (officers, "Cán bộ đã cho dừng", "An officer stopped it on 15/06/2026 12:00"),
    ):
        told = visitor.told(issued.link_path())
        assert vietnamese in told["message"] and "ngày 15/06/2026 12:00" in told["message"]
        assert english in stranger.told(issued.link_path())["message"]
        page = visitor.page(issued.link_path()).text
        assert 'class="verdict stop"' in page and 'name="hidden_code"' not in page
        assert "chum 7" not in page and "chum 7" not in str(told)


def test_a_void_stamp_says_why(world: Any, visitor: Any, stranger: Any) -> None:
    issued = world.issue()
    reasons = {"stolen": "mất cắp", "misprinted": "in sai", "lost": "thất lạc"}
    for n, (reason, words) in enumerate(reasons.items()):
        issued.void(n, reason)
        assert words in visitor.told(issued.link_path(n))["message"]
    assert "stolen" in stranger.told(issued.link_path(0))["message"]


def test_an_expired_product_says_when_it_expired(world: Any, visitor: Any) -> None:
    issued = world.issue(expires_at=world.now + timedelta(hours=3))
    world.now += timedelta(hours=4)
    assert "ngày 15/06/2026 15:00" in visitor.told(issued.link_path())["message"]


def test_what_is_true_besides_the_headline_is_said_too(world: Any, visitor: Any) -> None:
    path = _recalled(world)
    world.now += timedelta(days=1000)
    told = visitor.told(path)
    assert told["reasons"] == ["recalled", "expired"]
    assert "đã hết hạn" in told["message"]


def test_a_typed_slip_is_asked_to_be_checked_and_alarms_nobody(world: Any, visitor: Any) -> None:
    for text in ("XYZ", "ABCDEABCDEABCDEABCDE", "U" * 20, "Z" * 20):
        told = visitor.told(f"/S/{text}?typed=1")
        assert told["message"].startswith("Xin xem lại từng chữ đã nhập.")
        assert 'class="verdict note"' in visitor.page(f"/S/{text}?typed=1").text
    assert 'value="XYZ"' in visitor.page("/S/XYZ?typed=1").text


def test_a_link_that_calls_itself_typed_is_believed_from_our_own_page_only(
    world: Any, visitor: Any
) -> None:
    def page(site: str | None) -> str:
        headers = visitor.headers({"Accept": "text/html"})
        if site is not None:
            headers["Sec-Fetch-Site"] = site
        path = "/S/ABCDEABCDEABCDEABCDE?typed=1"
        return str(visitor.client.get(path, headers=headers).text)

    for own in (None, "same-origin"):
        assert "Xin xem lại từng chữ đã nhập</h1>" in page(own)
        assert "?typed=1&amp;lang=en" in page(own)
    for other in ("none", "cross-site", "same-site", ""):
        assert "Không do hệ thống phát hành</h1>" in page(other)
        # Our own switch of languages would make it believed.
        assert "typed=1" not in page(other)
    with world.reading() as session:
        kept = session.scalars(sa.select(Scan.typed).order_by(Scan.id)).all()
    assert list(kept) == [True] * 4 + [False] * 8


def test_a_leaked_key_or_lost_rows_reach_the_log_without_a_code(world: Any, visitor: Any) -> None:
    issued = world.issue()
    other_key = world.edge.stamp_keys.rotate()
    with capture_logs() as logs:
        visitor.told(_unknown(world))
        visitor.told(f"/S/{sign(other_key, issued.serial())}")
        visitor.told(issued.link_path())
        visitor.told("/S/ABCDEABCDEABCDEABCDE")
    alarms = [{name: each[name] for name in each} for each in logs]
    assert alarms == [
        {"event": "stamp_unknown", "serial": 4096 * 31, "log_level": "warning"},
        {"event": "wrong_key", "serial": issued.serial(), "log_level": "warning"},
    ]
