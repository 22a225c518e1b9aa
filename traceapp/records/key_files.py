"""Root keys in files of mode 0600, oldest first, one key of 64 hex digits a line.

A file is read again when it changed, so that a key that another process added is known here
before the first stamp that it signed is looked at.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stamps import BadKey, Key, KeyRing


class KeyTrouble(Exception):
    """A key file that cannot be used; the text says what to do."""


class KeyStore:
    """One ring: from the environment where it is given there, else from its file."""

    def __init__(self, file: Path, given: str = "") -> None:
        self.file = file
        self._given = _parse(given, "the environment") if given else None
        self._read: tuple[tuple[int, int, int], KeyRing] | None = None

    def ring(self) -> KeyRing:
        """The ring as it stands now. Raises KeyTrouble for a missing or open or broken file."""
        if self._given is not None:
            return self._given
        try:
            return self._ring_of_file()
        except FileNotFoundError:
            raise KeyTrouble(
                f"{self.file} is missing: restore it from your copy of the keys; "
                "without it what is printed cannot be verified"
            ) from None
        except OSError as error:
            raise KeyTrouble(f"{self.file} cannot be read: {error.strerror}") from None

    def _ring_of_file(self) -> KeyRing:
        status = self.file.stat()
        if status.st_mode & 0o077:
            raise KeyTrouble(f"{self.file} can be read by others: run chmod 600 {self.file}")
        version = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._read is None or self._read[0] != version:
            self._read = (version, _parse(self.file.read_text("ascii", "replace"), str(self.file)))
        return self._read[1]

    @property
    def given(self) -> bool:
        """Whether the keys come from the environment, where nobody but its owner adds one."""
        return self._given is not None

    @property
    def absent(self) -> bool:
        """Whether there is neither a file nor a key in the environment."""
        return self._given is None and not self.file.exists()

    def create(self) -> None:
        """Make the first key, unless there is one. Safe for processes that start together."""
        if self.absent:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._write_aside([secrets.token_bytes(32)], link=True)

    def rotate(self) -> Key:
        """Add a random key, which signs new runs from now on. Raises KeyTrouble."""
        if self._given is not None:
            raise KeyTrouble("the keys come from the environment: add the new one there, last")
        secret = secrets.token_bytes(32)
        with self._lock():
            self._write_aside([key.secret for key in self.ring()] + [secret], link=False)
        return Key(secret)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Held while a key is added: of two that are added at once, neither may be lost."""
        with self.file.with_suffix(".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _write_aside(self, keys: list[bytes], *, link: bool) -> None:
        """Write a new file, sync it and put it in place: whole or not at all.

        With `link`, a file that another process has put there meanwhile wins.
        """
        aside = self.file.with_name(f".{self.file.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.writelines(f"{key.hex()}\n" for key in keys)
                out.flush()
                os.fsync(out.fileno())
            if not link:
                aside.replace(self.file)
                return
            with suppress(FileExistsError):
                self.file.hardlink_to(aside)
        finally:
            aside.unlink(missing_ok=True)  # No key is left lying about where the disk was full.


def _parse(text: str, where: str) -> KeyRing:
    """Keys as hex, separated by white space or commas. The text never reaches an error."""
    try:
        return KeyRing(Key(bytes.fromhex(word)) for word in text.replace(",", " ").split())
    except (ValueError, BadKey):
        raise KeyTrouble(
            f"{where} holds no key ring: write one key of 64 hex digits a line, oldest first"
        ) from None
