"""Parts of pages that are the same from look to look: rendered once, and kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial

from markupsafe import Markup

MOST = 2_000  # fragments; most take a few kilobytes

Keeper = Callable[..., Markup]


class Fragments:
    """Rendered fragments, those that were asked for last.

    A fragment is kept for the very object that it tells of, which must not change, and for what
    else it depends on.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[object, Markup]] = OrderedDict()

    def keeper(self, *depends: Hashable) -> Keeper:
        """What a template calls: `{% call kept(of, what, ...) %}` around a fragment."""
        return partial(self._fragment, depends)

    def _fragment(
        self,
        depends: tuple[Hashable, ...],
        of: object,
        *told: Hashable,
        caller: Callable[[], Markup],
    ) -> Markup:
        # The object is kept with its fragment, so that no other one can get its identity.
        key = (id(of), told, depends)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = caller()
        with self._lock:
            self._kept[key] = (of, made)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
