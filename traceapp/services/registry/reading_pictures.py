"""Reading a picture that somebody sent: checked by its content, drawn anew, and nothing else kept.

What leaves here was drawn by us from the picture's dots. Names, places, dates, thumbnails and
whatever else stood beside them stay behind.
"""

from __future__ import annotations

import re
import struct
import threading
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from traceapp.services.refusals import Unacceptable, message, unknown

MOST_DOTS = 40_000_000  # of a JPEG, which can be read at a part of its size
MOST_DOTS_WHOLE = 16_000_000  # of the others, which are read whole
LEAST_SIDE = 200  # dots
LONGEST_TO_SHORTEST = 3
WIDTHS = (320, 1080)  # dots; a picture that is narrower is never enlarged

_FORMATS = ("JPEG", "PNG", "WEBP")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WHITE = (255, 255, 255)

# A picture may take hundreds of megabytes while it is read.
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)

# A file that would fill the memory is refused, where Pillow would warn and go on.
warnings.simplefilter("error", Image.DecompressionBombWarning)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# What Pillow's readers raise for files that are cut short, broken, or no pictures at all.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, zlib.error)

# ISO/IEC 23008-12: how the pictures of newer phones begin, whose format we do not read.
_PHONE_FORMATS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"})


class PictureKind(StrEnum):
    """The formats that pictures are kept in; each is also how its file's name ends."""

    WEBP = "webp"
    JPEG = "jpg"


@dataclass(frozen=True)
class PictureRoom:
    """Where pictures are kept, and how many bytes somebody may send."""

    folder: Path
    most_bytes: int


@dataclass(frozen=True)
class Prepared:
    """A picture ready to be kept. Width and height are those of its largest size, in dots.

    `digest` is the SHA-256, in hex, of the largest WebP.
    """

    digest: str
    width: int
    height: int
    files: Mapping[tuple[int, PictureKind], bytes]


def picture_file(room: PictureRoom, digest: str, width: int, kind: PictureKind) -> Path:
    """Where a size of a picture lies. Raises Unknown for what cannot be a picture of ours."""
    if width not in WIDTHS or not _DIGEST.fullmatch(digest):
        raise unknown("picture")
    return room.folder / digest[:2] / f"{digest}-{width}.{kind.value}"


def read_picture(data: bytes, room: PictureRoom) -> Prepared:
    """Check what was sent and draw it anew, upright, in sRGB, on white, in every size and format.

    Of several frames the first counts. Raises Unacceptable for what is no picture, for one that is
    broken, and for one that is too large, too small or too long.
    """
    if not data:
        raise _refused("no_picture", message("Choose a picture first."))
    if len(data) > room.most_bytes:
        raise _refused(
            "large_picture",
            message("This picture has too many bytes. Choose one of at most %(most)s MB."),
            most=room.most_bytes // 1_000_000,
        )
    try:
        with _ONE_AT_A_TIME, Image.open(BytesIO(data), formats=_FORMATS) as sent:
            most = MOST_DOTS if sent.format == "JPEG" else MOST_DOTS_WHOLE
            _check_shape(*sent.size, most)
            drawn = _draw(sent)
    except _BOMBS:
        raise _too_many_dots() from None
    except _BROKEN:
        raise _unread(data) from None
    files = {
        (width, kind): _encode(_narrowed(drawn, width), kind)
        for width in WIDTHS
        for kind in PictureKind
    }
    largest = _narrowed(drawn, max(WIDTHS))
    digest = sha256(files[max(WIDTHS), PictureKind.WEBP]).hexdigest()
    return Prepared(digest, largest.width, largest.height, files)


def _check_shape(width: int, height: int, most: int) -> None:
    """Raises Unacceptable by what the file says of its size, before its dots are read."""
    if width * height > most:
        raise _too_many_dots()
    if min(width, height) < LEAST_SIDE:
        raise _refused(
            "small_picture",
            message("This picture is too small. Each side needs at least %(least)s pixels."),
            least=LEAST_SIDE,
        )
    if max(width, height) > LONGEST_TO_SHORTEST * min(width, height):
        raise _refused(
            "long_picture",
            message("This picture is too long and narrow. Cut it to a usual shape first."),
        )


def _draw(sent: Image.Image) -> Image.Image:
    """The picture's own dots on a canvas of ours, which knows nothing of the file."""
    # A large JPEG is read at a half, a quarter or an eighth, which spares memory.
    sent.draft(None, (2 * max(WIDTHS), 2 * max(WIDTHS)))
    sent.load()
    upright = ImageOps.exif_transpose(sent)
    upright.thumbnail((3 * max(WIDTHS), 3 * max(WIDTHS)))
    profile = sent.info.get("icc_profile")
    if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut and not scale
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
    opaque = Image.new("RGB", upright.size, _WHITE)
    opaque.paste(
        _in_srgb(upright, profile), mask=upright.getchannel("A") if "A" in upright.mode else None
    )
    return opaque


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture's colours in sRGB. A profile that cannot be used is left out."""
    plain = picture.convert("CMYK" if picture.mode == "CMYK" else "RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            return (
                ImageCms.profileToProfile(plain, source, srgb, outputMode="RGB") or plain
            ).convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return plain.convert("RGB")


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _encode(picture: Image.Image, kind: PictureKind) -> bytes:
    out = BytesIO()
    if kind is PictureKind.WEBP:
        picture.save(out, "WEBP", quality=80, method=4)
    else:
        picture.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


def _unread(data: bytes) -> Unacceptable:
    if data[4:8] == b"ftyp" and data[8:12] in _PHONE_FORMATS:
        return _refused(
            "heic_picture",
            message(
                "Pictures of this phone's own format (HEIC) cannot be read here. Send it as JPEG:"
                ' in the phone\'s camera settings choose "Most compatible".'
            ),
        )
    return _refused(
        "no_picture",
        message("This file is no picture that can be read. Send a whole JPEG, PNG or WebP file."),
    )


def _too_many_dots() -> Unacceptable:
    return _refused(
        "large_picture",
        message("This picture has too many pixels. Choose one of at most %(most)s million."),
        most=MOST_DOTS // 1_000_000,
    )


def _refused(code: str, title: str, **data: object) -> Unacceptable:
    return Unacceptable(code, title, field="picture", **data)
