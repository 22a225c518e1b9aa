"""What stands in every page itself, so that the first view is one request: a style and a script.

The policy of `headers` names them by their hashes (CSP level 3, section 2.3.1), and runs no others.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

_FOLDER = Path(__file__).with_name("inlined")


def _read(name: str) -> Markup:
    """A file without the comments on lines of their own, and without what indents its lines."""
    text = (_FOLDER / name).read_text("utf-8")
    text = re.sub(r"^\s*(?:/\*[\s\S]*?\*/|//.*)$", "", text, flags=re.MULTILINE)
    return Markup(re.sub(r"\s*\n\s*", "\n", text).strip())  # noqa: S704


def _named(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


STYLE = _read("first.css")
SCRIPT = _read("page.js")
STYLE_HASH = _named(STYLE)
SCRIPT_HASH = _named(SCRIPT)
