"""Reading pictures: by content alone, within limits, and nothing of the sender left in them."""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from traceapp.services.refusals import Unacceptable, Unknown
from traceapp.services.registry.reading_pictures import (
    WIDTHS,
    PictureKind,
    PictureRoom,
    Prepared,
    picture_file,
    read_picture,
)

ROOM = PictureRoom(Path("pictures"), most_bytes=3_000_000)
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)


def _encoded(picture: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def _plain(width: int = 400, height: int = 300, colour: Any = RED, mode: str = "RGB") -> Any:
    return Image.new(mode, (width, height), colour)


def _shown(prepared: Prepared, width: int = 1080, kind: PictureKind = PictureKind.WEBP) -> Any:
    return Image.open(BytesIO(prepared.files[width, kind])).convert("RGB")


def _near(found: tuple[int, ...], wanted: tuple[int, ...], off: int = 12) -> bool:
    return all(abs(one - other) <= off for one, other in zip(found, wanted, strict=True))


def _refusal(data: bytes, room: PictureRoom = ROOM) -> str:
    with pytest.raises(Unacceptable) as caught:
        read_picture(data, room)
    assert caught.value.field == "picture"
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_in_every_size_and_format(form: str) -> None:
    prepared = read_picture(_encoded(_plain(2160, 1440), form), ROOM)
    assert (prepared.width, prepared.height) == (1080, 720)
    assert set(prepared.files) == {(width, kind) for width in WIDTHS for kind in PictureKind}
    for (width, kind), data in prepared.files.items():
        with Image.open(BytesIO(data)) as drawn:
            assert drawn.format == {"webp": "WEBP", "jpg": "JPEG"}[kind]
            assert drawn.size == (width, round(width * 2 / 3))
            assert _near(drawn.convert("RGB").getpixel((5, 5)), RED)
    assert prepared.digest == sha256(prepared.files[1080, PictureKind.WEBP]).hexdigest()


def test_a_small_picture_is_never_enlarged() -> None:
    prepared = read_picture(_encoded(_plain(210, 200)), ROOM)
    assert (prepared.width, prepared.height) == (210, 200)
    assert {_shown(prepared, width).size for width in WIDTHS} == {(210, 200)}


def test_a_picture_that_is_sent_again_has_the_same_name() -> None:
    data = _encoded(_plain())
    assert read_picture(data, ROOM) == read_picture(data, ROOM)


def test_a_picture_that_a_phone_held_sideways_is_stood_up() -> None:
    picture = _plain(400, 300)
    picture.paste(BLUE, (0, 0, 400, 150))  # the upper half, which is on the right once stood up
    turned = Image.Exif()
    turned[0x0112] = 6  # EXIF 2.3, Orientation: the camera was turned a quarter
    prepared = read_picture(_encoded(picture, exif=turned), ROOM)
    assert (prepared.width, prepared.height) == (300, 400)
    assert _near(_shown(prepared).getpixel((290, 200)), BLUE)
    assert _near(_shown(prepared).getpixel((10, 200)), RED)


def test_nothing_of_the_sender_is_left_in_it() -> None:
    """Where it was taken, with what, when and by whom, in every place that such things are put."""
    told = Image.Exif()
    told[0x010F], told[0x0132] = "Máy ảnh của bà Năm", "2026:06:15 12:00:00"
    told.get_ifd(0x8825)[2] = (19.0, 48.0, 7.0)  # the latitude, of GPS
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "bà Năm")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta>ba Nam</x:xmpmeta>"
    sent = (
        _encoded(_plain(), exif=told, icc_profile=profile, comment=b"ba Nam", xmp=xmp),
        _encoded(_plain(), "WEBP", exif=told.tobytes(), icc_profile=profile, xmp=xmp),
        _encoded(_plain(), "PNG", exif=told, icc_profile=profile, pnginfo=notes),
    )
    for data in sent:
        for (_, kind), drawn in read_picture(data, ROOM).files.items():
            with Image.open(BytesIO(drawn)) as picture:
                assert not picture.getexif()
                assert not {"exif", "icc_profile", "comment", "xmp", "Author"} & set(picture.info)
            for mark in (b"Exif", b"ICC", b"ba Nam", "bà Năm".encode(), b"xmp", b"2026:06"):
                assert mark not in drawn, (kind, mark)


def test_colours_are_turned_into_those_of_every_screen() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all"):
        prepared = read_picture(_encoded(_plain(), icc_profile=profile), ROOM)
        assert _near(_shown(prepared).getpixel((5, 5)), RED)
    print_shop = _plain(colour=(0, 255, 255, 0), mode="CMYK")
    assert _near(_shown(read_picture(_encoded(print_shop), ROOM)).getpixel((5, 5)), (255, 0, 0), 40)


def test_what_is_clear_stands_on_white() -> None:
    clear = _plain(colour=(*RED, 0), mode="RGBA")
    clear.paste((*GREEN, 255), (0, 0, 400, 150))
    grey = Image.merge("LA", (_plain(mode="L", colour=90), _plain(mode="L", colour=0)))
    for picture, form in ((clear, "PNG"), (clear, "WEBP"), (clear.quantize(), "PNG")):
        shown = _shown(read_picture(_encoded(picture, form), ROOM))
        assert _near(shown.getpixel((200, 290)), (255, 255, 255))
        assert _near(shown.getpixel((200, 20)), GREEN, 20)
    shown = _shown(read_picture(_encoded(grey, "PNG"), ROOM))
    assert _near(shown.getpixel((5, 5)), (255, 255, 255))


def test_grey_of_sixteen_bits_keeps_its_shade() -> None:
    shown = _shown(read_picture(_encoded(_plain(mode="I;16", colour=0x8000), "PNG"), ROOM))
    assert _near(shown.getpixel((5, 5)), (128, 128, 128))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_several_frames_the_first_counts(form: str) -> None:
    frames = [_plain(colour=GREEN), _plain(colour=BLUE)]
    data = _encoded(_plain(), form, save_all=True, append_images=frames, duration=50)
    prepared = read_picture(data, ROOM)
    assert _near(_shown(prepared).getpixel((5, 5)), RED)
    with Image.open(BytesIO(prepared.files[1080, PictureKind.WEBP])) as drawn:
        assert getattr(drawn, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(500),
        b"%PDF-1.7\n" + bytes(500),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        "Đây là thư, không phải ảnh".encode(),
        _encoded(_plain(), "BMP"),
        _encoded(_plain(), "GIF"),
        _encoded(_plain(), "TIFF"),
    ],
    ids=["svg", "gif", "pdf", "png head", "jpeg head", "text", "bmp", "real gif", "tiff"],
)
def test_what_is_no_picture_of_ours_is_refused_whatever_it_is_called(data: bytes) -> None:
    assert _refusal(data) == "no_picture"


def test_nothing_at_all_is_refused_with_what_to_do() -> None:
    assert _refusal(b"") == "no_picture"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_short_is_refused(form: str) -> None:
    data = _encoded(Image.effect_noise((400, 300), 80).convert("RGB"), form)
    for part in (0.1, 0.5, 0.9, 0.98):
        assert _refusal(data[: int(len(data) * part)]) == "no_picture"


def test_a_phones_own_format_is_named_and_a_way_out_is_told() -> None:
    assert _refusal(b"\x00\x00\x00\x18ftypheic" + bytes(100)) == "heic_picture"


def test_a_file_past_the_limit_is_refused_before_it_is_read() -> None:
    assert _refusal(b"x" * 101, PictureRoom(Path("pictures"), 100)) == "large_picture"


def _png_that_says(width: int, height: int) -> bytes:
    """A PNG whose head promises more than its few bytes hold."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [6400, 12_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_head(side: int) -> None:
    assert _refusal(_png_that_says(side, side)) == "large_picture"


@pytest.mark.parametrize(
    ("size", "code"),
    [((199, 400), "small_picture"), ((400, 199), "small_picture"), ((201, 610), "long_picture")],
)
def test_a_picture_that_would_look_like_nothing_is_refused(
    size: tuple[int, int], code: str
) -> None:
    assert _refusal(_encoded(_plain(*size))) == code


def test_a_name_leads_nowhere_but_to_a_picture() -> None:
    digest = "ab" * 32
    found = picture_file(ROOM, digest, 320, PictureKind.JPEG)
    assert found == ROOM.folder / "ab" / f"{digest}-320.jpg"
    for bad in ("", "../../keys/stamp", digest.upper(), f"{digest}\n", digest[:-1], f"../{digest}"):
        with pytest.raises(Unknown):
            picture_file(ROOM, bad, 320, PictureKind.WEBP)
    with pytest.raises(Unknown):
        picture_file(ROOM, digest, 321, PictureKind.WEBP)
