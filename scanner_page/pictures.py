"""Pictures of products, as buyers are shown them: files that run nothing and lead nowhere."""

from __future__ import annotations

from flask import abort, send_file
from werkzeug.wrappers import Response

from scanner_page.answering import RECORDS_AWAY, edge
from traceapp.services.refusals import Unknown
from traceapp.services.registry.picturing import WIDTHS, PictureKind, is_shown, picture_file

RULE = "/pictures/<digest>/<width>.<kind>"

_WIDTHS = {str(width): width for width in WIDTHS}
_TYPES = {PictureKind.WEBP: "image/webp", PictureKind.JPEG: "image/jpeg"}


def picture(digest: str, width: str, kind: str) -> Response:
    """A picture that buyers are shown. One that waits, was rejected or removed is not there."""
    try:
        wanted = PictureKind(kind)
        file = picture_file(edge().pictures, digest, _WIDTHS[width], wanted)
    except (KeyError, ValueError, Unknown):
        abort(404)
    try:
        with edge().database.reading() as session:
            shown = is_shown(session, digest)
    except RECORDS_AWAY:
        abort(503)
    if not shown or not file.is_file():
        abort(404)
    # Its name is made of its content: what has the name is the same for ever.
    return send_file(
        file,
        mimetype=_TYPES[wanted],
        etag=f"{digest}-{width}-{kind}",
        download_name=f"{digest[:12]}-{width}.{kind}",
    )
