"""Pictures on the public page, and how they are served: files that run nothing and lead nowhere."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from traceapp.services.registry import picturing
from traceapp.services.registry.deciding import Rejection
from traceapp.services.registry.picturing import PictureRoom, PictureTold


@pytest.fixture
def add(world: Any) -> Any:
    """Adds a picture to the producer's product, as an officer, so that buyers see it."""
    room = PictureRoom(world.edge.settings.data_dir / "pictures", 1_000_000)

    def add(shade: int = 100, caption: str | None = None, actor: Any = None) -> PictureTold:
        out = BytesIO()
        Image.new("RGB", (1200, 900), (shade, 50, 50)).save(out, "PNG")
        prepared = picturing.read_picture(out.getvalue(), room)
        product_id, who = world.producer.product.id, actor or world.officer.actor
        with world.writing() as session:
            return picturing.add_picture(
                session, who, product_id, prepared, caption, room, world.now
            )

    return add


def _reject(world: Any, picture: PictureTold) -> None:
    with world.writing() as session:
        no = Rejection(reason="Ảnh mờ")
        picturing.decide_picture(session, world.officer.actor, picture.id, no, world.now)


def _remove(world: Any, picture: PictureTold) -> None:
    with world.writing() as session:
        picturing.remove_picture(session, world.officer.actor, picture.id, world.now)


@pytest.mark.parametrize(("name", "kind"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_a_picture_is_served_as_what_it_is_and_may_do_nothing(
    world: Any, visitor: Any, add: Any, name: str, kind: str
) -> None:
    for width in (320, 1080):
        answer = visitor.page(f"/pictures/{add(width // 10).digest}/{width}.{name}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert "Set-Cookie" not in answer.headers
        assert "Vary" not in answer.headers
        with Image.open(BytesIO(answer.data)) as picture:
            assert picture.width == width


def test_a_picture_that_a_browser_has_is_not_sent_again(world: Any, visitor: Any, add: Any) -> None:
    path = f"/pictures/{add().digest}/320.webp"
    mark = visitor.page(path).headers["ETag"]
    again = visitor.client.get(path, headers={"If-None-Match": mark}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert "immutable" in again.headers["Cache-Control"]


def test_what_waits_was_rejected_or_removed_is_not_there(
    world: Any, visitor: Any, add: Any
) -> None:
    waiting = add(10, actor=world.producer.actor)
    rejected = add(20, actor=world.producer.actor)
    _reject(world, rejected)
    removed = add(30)
    path = f"/pictures/{removed.digest}/320.webp"
    assert visitor.page(path).status_code == 200
    _remove(world, removed)
    for each in (waiting, rejected, removed):
        answer = visitor.page(f"/pictures/{each.digest}/320.webp")
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
    told = visitor.told(world.issue().link_path())
    assert told["product"]["pictures"] == []


@pytest.mark.parametrize(
    "path",
    [
        "{digest}/321.webp",
        "{digest}/320.png",
        "{digest}/320",
        "{other}/320.webp",
        "..%2f..%2fkeys%2fstamp/320.webp",
        "{digest}%00/320.webp",
        "{upper}/320.webp",
        "{digest}/-320.webp",
        "{digest}/0320.webp",
        "{digest}/٣٢٠.webp",
    ],
)
def test_an_address_that_is_no_pictures_leads_nowhere(
    world: Any, visitor: Any, add: Any, path: str
) -> None:
    digest = add().digest
    told = path.format(digest=digest, upper=digest.upper(), other="0" * 64)
    assert visitor.page(f"/pictures/{told}").status_code == 404


def test_a_file_that_a_restore_left_out_is_not_there(world: Any, visitor: Any, add: Any) -> None:
    digest = add().digest
    for file in (world.edge.settings.data_dir / "pictures").rglob("*.webp"):
        file.unlink()
    assert visitor.page(f"/pictures/{digest}/320.webp").status_code == 404
    assert visitor.page(f"/pictures/{digest}/320.jpg").status_code == 200


def test_a_page_shows_the_first_large_and_the_others_in_a_strip(
    world: Any, visitor: Any, add: Any
) -> None:
    told = [add(10, "Chai 500 ml"), add(20), add(30, "Nhà ủ <b>chượp</b>")]
    page = visitor.page(world.issue().link_path()).text
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) == 3
    assert all('width="1080"' in each and 'height="810"' in each for each in images)
    assert [("loading" in each) for each in images] == [False, True, True]
    name = world.producer.product.name
    wanted = ["Chai 500 ml", f"{name} (2)", "Nhà ủ &lt;b&gt;chượp&lt;/b&gt;"]
    assert [re.search(r'alt="([^"]*)"', each)[1] for each in images] == wanted  # type: ignore[index]
    for each in told:
        small = f"../pictures/{each.digest}/320.webp 320w"
        assert f'srcset="{small}, ../pictures/{each.digest}/1080.webp 1080w"' in page
        assert f'href="../pictures/{each.digest}/1080.jpg"' in page


def test_a_program_is_told_where_they_are(world: Any, visitor: Any, add: Any) -> None:
    digest = add(caption="Chai 500 ml").digest
    told = visitor.told(world.issue().link_path())["product"]["pictures"]
    assert told == [
        {
            "address": f"/pictures/{digest}/1080.jpg",
            "width": 1080,
            "height": 810,
            "caption": "Chai 500 ml",
        }
    ]
    assert visitor.page(told[0]["address"]).status_code == 200
