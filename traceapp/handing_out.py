"""Labels on their way to whoever asked for them, and how that ended.

A client that goes away stops the work: its server closes what is handed out, which closes what
draws. Either way the drawing's row says so.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from sqlalchemy.exc import SQLAlchemyError

from traceapp.edge import Edge
from traceapp.services.lists import Outcome
from traceapp.services.runs.drawing import Drawing, end_drawing

log = structlog.get_logger()


class HandingOut(Iterator[bytes]):
    """The bytes of a drawing. Closed before they end, or broken, the drawing is broken off."""

    def __init__(self, edge: Edge, drawing: Drawing) -> None:
        self._edge, self._drawing = edge, drawing
        self._chunks = drawing.chunks()
        self._size = 0
        self._ended = False

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._end(Outcome.FINISHED)
            raise
        except Exception:
            # The answer has begun: what breaks now can only be logged, and cut short.
            log.exception("download_broke")
            self._end(Outcome.BROKEN_OFF)
            raise
        self._size += len(chunk)
        return chunk

    def close(self) -> None:
        """Stop drawing. What the server calls when all is sent, or nobody is there any more."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()
        self._end(Outcome.BROKEN_OFF)

    def _end(self, outcome: Outcome) -> None:
        """Write down the end, once. That it cannot be written spoils no download."""
        if self._ended:
            return
        self._ended = True
        edge, number = self._edge, self._drawing.id
        try:
            with edge.database.writing() as session:
                end_drawing(session, number, outcome, self._size, edge.clock())
        except SQLAlchemyError:
            log.exception("drawing_end_not_kept", drawing=number)
