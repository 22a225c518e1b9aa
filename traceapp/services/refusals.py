"""What we will not do, and what to do instead. A refusal undoes the transaction it was raised in.

`title` is a sentence for the person who asked: an English message with named places for `data`,
translated by the face that shows it. Faces alone know status numbers.
"""

from __future__ import annotations


def message(text: str) -> str:
    """Mark a text for the catalogue where it is written and not yet shown."""
    return text


class Refusal(Exception):
    """The root. `code` names the reason for programs, `field` the part of the body it is about."""

    def __init__(self, code: str, title: str, field: str | None = None, **data: object) -> None:
        super().__init__(code)
        self.code = code
        self.title = title
        self.field = field
        self.data = data

    def __str__(self) -> str:
        return self.title % self.data


class Unknown(Refusal):
    """There is no such thing, or it is another party's, which is the same answer."""


class NotAllowed(Refusal):
    """This account may not do this."""


class NotSignedIn(Refusal):
    """No account, or a token that is not known."""


class Unacceptable(Refusal):
    """The values cannot be used; `field` says which."""


class Conflict(Refusal):
    """The state of things does not allow the act."""


class TooMany(Refusal):
    """It was tried too often; waiting helps. Nothing was changed."""


class NotNow(Refusal):
    """It cannot be done at the moment; nothing was changed; trying again may work."""


_NOTHING_THERE = {
    "account": message("There is no such account."),
    "invitation": message("There is no such invitation."),
    "correction": message("There is no correction with this number."),
    "picture": message("There is no picture with this number."),
    "notice": message("There is no notice with this number."),
    "party": message("There is no party with this number."),
    "facility": message("There is no facility with this number."),
    "product": message("There is no product with this number."),
    "batch": message("There is no batch with this number."),
    "stamp_request": message("There is no stamp request with this number."),
    "stamp_run": message("There is no stamp run with this number."),
    "activation": message("There is no activation with this number."),
    "void": message("There is no void with this number."),
    "drawing": message("There is no taking out of labels with this number."),
    "redraw_leave": message("There is no leave with this number."),
    "recall": message("There is no recall with this number."),
    "scan": message("There is no scan with this number."),
    "alert": message("There is no alert with this number."),
    "compromised_key": message("There is no leaked key with this number."),
}


def unknown(what: str) -> Unknown:
    """The refusal for something that is not there, or not the actor's to see."""
    return Unknown(f"no_{what}", _NOTHING_THERE[what])
