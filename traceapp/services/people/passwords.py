"""Passwords: which ones are taken, and how they are kept, by argon2id (RFC 9106)."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from traceapp.records.folding import fold
from traceapp.services.people.sign_in_names import fold_sign_in_name
from traceapp.services.refusals import Unacceptable, message
from traceapp.settings import CONFIG

SHORTEST_PASSWORD = 8  # NIST SP 800-63B, revision 3, section 5.1.1.2
LONGEST_PASSWORD = 200

# What an account that is not there is checked against, so that it takes as long as one that is:
# the hash of 256 random bits that were thrown away. A test fails where its cost is not ours.
NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$MNBT3MNERv6ChYNrbkSODA$"
    "HohNgGNCPrE+zEl42tb2SckSsTbHJnXvy0OkwJAtULE"
)

# What people put around a common word and take for another password.
_TRIMMINGS = "0123456789!@#$%^&*()?.,_+=-"
_SHORTEST_WORD = 4

_HASHER = PasswordHasher()
# One hash takes 64 MiB: all threads at once would take what the scans need.
_ROOM = threading.BoundedSemaphore(2)


def check_password(password: str, sign_in_name: str, field: str) -> None:
    """Refuse a password that is short, endless, known to everybody, or the sign-in name.

    `field` is where the password was typed. Raises Unacceptable.
    """
    plain = _plain(password)
    if not SHORTEST_PASSWORD <= len(plain) <= LONGEST_PASSWORD:
        raise Unacceptable(
            "password",
            message("A password has %(least)s to %(most)s characters."),
            field=field,
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    if fold_sign_in_name(plain) in {sign_in_name, sign_in_name.partition("@")[0]}:
        raise Unacceptable(
            "password_is_name",
            message("This is the name you sign in with. Choose another password."),
            field=field,
        )
    bare = fold(plain).replace(" ", "")
    if bare in _common() or bare.strip(_TRIMMINGS) in _common_words() or len(set(bare)) <= 1:
        raise Unacceptable(
            "password_common",
            message("Many people use this password. Choose another, such as four words of yours."),
            field=field,
        )


def hash_password(password: str) -> str:
    with _ROOM:
        return _HASHER.hash(_bytes(password))


def matches(kept: str, password: str) -> bool:
    """Whether a password is the one that was kept. Slow by intent; wrong ones take as long."""
    given = _bytes(password) if len(password) <= LONGEST_PASSWORD else b""
    with _ROOM:
        try:
            return _HASHER.verify(kept, given)
        except VerifyMismatchError:
            return False


def _plain(password: str) -> str:
    """One form for what looks alike: Vietnamese keyboards send `ế` as one, two or three letters."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _plain(password).encode("utf-8", "replace")


@cache
def _common() -> frozenset[str]:
    # Read here and not at the edge: it is the same for every installation, and no setting.
    text = (CONFIG / "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


@cache
def _common_words() -> frozenset[str]:
    """The common passwords without their trimmings: `hanoi`, of which `hanoi2026!` is made."""
    words = (each.strip(_TRIMMINGS) for each in _common())
    return frozenset(word for word in words if len(word) >= _SHORTEST_WORD)
