"""The words of an answer: a headline, what to do next, and what else is true of the stamp.

From the public QR alone nothing is called genuine, and nothing is ever called false: a signature
proves who issued a code, not which bottle it stands on (design, section 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scanner_page.language import gettext, ngettext
from scanner_page.phrases import (
    ALSO,
    CHECK_LETTERS,
    HEADLINES,
    NOT_CONFIRMED,
    OWN_REASON,
    RECALLED,
    TEST_LABEL,
    TYPED,
    VOID,
    Tone,
)
from scanner_page.presenting import clock, day_and_clock
from stamps import Why
from traceapp.services.lists import RecallState, Severity, VoidReason
from traceapp.services.scans.judging import STANDING, Authentication, Reason, Verdict
from traceapp.services.scans.scanning import Answer

# Headlines that do not tell what became of a hidden code.
_SILENT_ON_PROOF = (*STANDING, Verdict.UNCHECKED)


@dataclass(frozen=True)
class Said:
    """An answer in words. `also` holds what is true besides the headline."""

    tone: Tone
    headline: str
    next_step: str
    also: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The answer as running text."""
        return " ".join((f"{self.headline}.", self.next_step, *self.also))


def say(answer: Answer) -> Said:
    """Put an answer into words, in the language of this request."""
    tone, headline = HEADLINES[answer.verdict]
    if answer.typed and answer.verdict in (Verdict.MALFORMED, Verdict.FORGED):
        return Said(Tone.NOTE, gettext(CHECK_LETTERS), _typed(answer))
    next_step = _NEXT[answer.verdict](answer)
    also = _also(answer)
    if _foil_was_broken(answer):
        tone, headline, next_step = Tone.CARE, NOT_CONFIRMED, _broken_foil()
    elif answer.verdict is Verdict.ALREADY_AUTHENTICATED and answer.same_phone:
        tone = Tone.FINE
    elif answer.verdict is Verdict.RECALLED and _severity(answer) is Severity.INFO:
        tone = Tone.CARE
    elif answer.verdict in (Verdict.NO_HIDDEN_CODE, Verdict.TOO_MANY_TRIES) and answer.reasons:
        tone = Tone.STOP
    return Said(tone, gettext(headline), next_step, also)


def _foil_was_broken(answer: Answer) -> bool:
    """Whether a right code was left unused on a stamp in use: only a broken foil does that."""
    if answer.authentication is not Authentication.NONE or not answer.provable:
        return False
    return answer.verdict in (Verdict.REGISTERED, Verdict.SUSPICIOUS)


def _never_usable(answer: Answer) -> bool:
    """Whether a stamp is void because its key leaked before it was put to use, and for no more."""
    leaked = {Reason.KEY_COMPROMISED, Reason.NOT_ACTIVATED} <= set(answer.reasons)
    return leaked and answer.verdict is Verdict.VOID and answer.void_reason is None


def _said_already(answer: Answer) -> frozenset[Reason]:
    """The reasons that the headline and its next step say themselves."""
    if answer.verdict is Verdict.VOID and Reason.TEST in answer.reasons:
        return frozenset({Reason.VOID, Reason.TEST})
    if _never_usable(answer):
        return frozenset({Reason.VOID, Reason.NOT_ACTIVATED, Reason.KEY_COMPROMISED})
    if _headline_tells_leak(answer):
        return frozenset({Reason.KEY_COMPROMISED})
    own = OWN_REASON.get(answer.verdict)
    return frozenset() if own is None else frozenset({own})


def _headline_tells_leak(answer: Answer) -> bool:
    """Whether a leaked key is what makes a stamp suspicious, or what its proof stands against."""
    told = answer.verdict in (Verdict.SUSPICIOUS, Verdict.AUTHENTICATED)
    return told and Reason.KEY_COMPROMISED in answer.reasons


def _also(answer: Answer) -> tuple[str, ...]:
    own = _said_already(answer)
    said = [gettext(ALSO[each]) for each in answer.reasons if each in ALSO and each not in own]
    if answer.authentication is not None:
        if answer.hidden_code and not answer.provable:
            said.append(gettext("The hidden code that was typed was not looked at."))
        elif answer.verdict in _SILENT_ON_PROOF:
            said.append(_proof(answer.authentication))
    recall = answer.origin.recall if answer.origin else None
    if recall is not None and recall.state is RecallState.WITHDRAWN:
        said.append(
            gettext(
                "A recall of this batch was declared in error and has been lifted; it no longer"
                " holds."
            )
        )
    return tuple(said)


def _proof(authentication: Authentication) -> str:
    """What became of a hidden code where something else stays the headline."""
    return {
        Authentication.FIRST: gettext("The hidden code is right, and was used for the first time."),
        Authentication.BEFORE: gettext("The hidden code is right, and was used before."),
        Authentication.WRONG: gettext("The hidden code does not match this stamp."),
        Authentication.NONE: gettext("The hidden code was not used up."),
    }[authentication]


def _typed(answer: Answer) -> str:
    if answer.verdict is Verdict.MALFORMED:
        return gettext(TYPED[answer.why or Why.LENGTH])
    return gettext(
        "Most often a single letter was mistyped. If every letter is right, this system did not"
        " issue the stamp, and you should not rely on it."
    )


def _broken_foil() -> str:
    return gettext(
        "The hidden code is right, but the foil had been scratched before, so nothing was"
        " confirmed. Unless you scratched it yourself, please do not rely on this stamp."
    )


def _severity(answer: Answer) -> Severity:
    recall = answer.origin.recall if answer.origin else None
    return Severity.WARNING if recall is None else recall.severity


def _malformed(answer: Answer) -> str:
    return gettext(
        "Please scan the stamp again, or type the 20 letters and digits printed beside its QR code."
    )


def _forged(answer: Answer) -> str:
    return gettext(
        "This code was not made by our system. Please do not buy because of this stamp, and ask"
        " the seller where the product comes from."
    )


def _unknown(answer: Answer) -> str:
    return gettext(
        "No stamp was ever issued with this code. Please do not buy because of this stamp."
    )


def _recalled(answer: Answer) -> str:
    return gettext(RECALLED[_severity(answer)])


def _on_hold(answer: Answer) -> str:
    if answer.held_at is None:
        return gettext(ALSO[Reason.ON_HOLD])
    when = day_and_clock(answer.held_at)
    if answer.held_by_producer:
        return gettext(
            "Its producer stopped it on %(when)s, to be safe, until an officer has"
            " looked at it. Please do not use the product for now, keep it apart, and scan again"
            " later.",
            when=when,
        )
    return gettext(
        "An officer stopped it on %(when)s, to be safe, and is looking at it. Please do"
        " not use the product for now, keep it apart, and scan again later.",
        when=when,
    )


def _void(answer: Answer) -> str:
    why = gettext(VOID[answer.void_reason or VoidReason.OTHER])
    if Reason.TEST in answer.reasons:
        why = gettext(TEST_LABEL)
    if _never_usable(answer):
        why = gettext(
            "The key that signs such stamps leaked before this stamp was put to use, so it was"
            " cancelled."
        )
    return f"{why} " + gettext("Please do not buy because of this stamp, and tell the seller.")


def _not_activated(answer: Answer) -> str:
    return gettext(
        "The stamp was printed, but its producer has not put it to use. Please do not buy the"
        " product, and tell the seller."
    )


def _expired(answer: Answer) -> str:
    batch = answer.origin.batch if answer.origin else None
    if batch is None:
        return gettext(ALSO[Reason.EXPIRED])
    return gettext(
        "The product expired on %(when)s. If the pack shows a later date, please do not"
        " use the product, and tell the seller.",
        when=day_and_clock(batch.expires_at),
    )


def _suspicious(answer: Answer) -> str:
    leaked = _headline_tells_leak(answer)
    why = gettext(ALSO[Reason.KEY_COMPROMISED if leaked else Reason.LINK_MISMATCH])
    if answer.provable:
        return f"{why} " + gettext("To be sure, scratch the foil and type the hidden code.")
    return f"{why} " + gettext("Please do not rely on this stamp alone.")


def _already(answer: Answer) -> str:
    if answer.redeemed_at is None:
        return gettext(ALSO[Reason.ALREADY_AUTHENTICATED])
    when = day_and_clock(answer.redeemed_at)
    if answer.same_phone:
        return gettext(
            "This very phone confirmed the hidden code on %(when)s. If that was you, all is well.",
            when=when,
        )
    return gettext(
        "The hidden code of this stamp was used on %(when)s. If you have only just"
        " bought it and the foil was whole, please do not use the product, and tell the seller.",
        when=when,
    )


def _registered(answer: Answer) -> str:
    if answer.provable:
        return gettext(
            "To be sure, scratch the foil and type the code under it. If your stamp has no foil,"
            " please do not trust it."
        )
    return gettext("This stamp shows where the product comes from, but it is not proof.")


def _authenticated(answer: Answer) -> str:
    if answer.redeemed_at is None:
        return _proof(Authentication.FIRST)
    proven = gettext(
        "The hidden code is right, and was used for the first time on %(when)s. This"
        " is the original stamp.",
        when=day_and_clock(answer.redeemed_at),
    )
    if not _headline_tells_leak(answer):
        return proven
    return f"{proven} " + gettext("Copies of this stamp may exist; yours carries the proof.")


def _wrong(answer: Answer) -> str:
    if answer.tries_left is None:
        return gettext(
            "A hidden code has 8 letters and digits. Please compare it with the stamp and type it"
            " again; this try was not counted."
        )
    return (
        gettext("Please compare every letter with the stamp.")
        + " "
        + ngettext(
            "There is %(num)s try left in this minute.",
            "There are %(num)s tries left in this minute.",
            answer.tries_left,
        )
    )


def _too_many(answer: Answer) -> str:
    if answer.elsewhere and answer.again_at is not None:
        return gettext(
            "Many wrong codes came from the network that you use. Please type the hidden code again"
            " after %(clock)s, or use another network, such as mobile data instead of Wi-Fi."
            " Nothing was used up.",
            clock=clock(answer.again_at),
        )
    return gettext("Please wait a minute, then type the hidden code again. Nothing was used up.")


def _no_layer(answer: Answer) -> str:
    return gettext(
        "It was printed without foil, so there is nothing to confirm. It shows where the product"
        " comes from, but it is not proof."
    )


def _unchecked(answer: Answer) -> str:
    return gettext(
        "Our records cannot be reached just now, so nothing can be said about this stamp. Please"
        " try again in a little while."
    )


_NEXT: dict[Verdict, Callable[[Answer], str]] = {
    Verdict.MALFORMED: _malformed,
    Verdict.FORGED: _forged,
    Verdict.UNKNOWN: _unknown,
    Verdict.RECALLED: _recalled,
    Verdict.ON_HOLD: _on_hold,
    Verdict.VOID: _void,
    Verdict.NOT_ACTIVATED: _not_activated,
    Verdict.EXPIRED: _expired,
    Verdict.SUSPICIOUS: _suspicious,
    Verdict.ALREADY_AUTHENTICATED: _already,
    Verdict.REGISTERED: _registered,
    Verdict.AUTHENTICATED: _authenticated,
    Verdict.WRONG_HIDDEN_CODE: _wrong,
    Verdict.TOO_MANY_TRIES: _too_many,
    Verdict.NO_HIDDEN_CODE: _no_layer,
    Verdict.UNCHECKED: _unchecked,
}
