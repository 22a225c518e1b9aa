"""Finding anything by one box: a code, a link, a number, a name.

"nuoc mam" finds "Nước mắm". Tax codes are not searched: a household's is its owner's own number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stamps import KeyRing, Malformed, SignedSerial, grouped, read, sign, verifies
from traceapp.records.accounts import Account, Role
from traceapp.records.batches import Batch
from traceapp.records.facilities import Facility
from traceapp.records.folding import fold
from traceapp.records.parties import Party
from traceapp.records.products import Product
from traceapp.records.stamp_requests import StampRequest
from traceapp.records.stamp_runs import StampRun, holding
from traceapp.services.authority import Act, Actor, permit
from traceapp.services.people.sign_in_names import OPERATOR
from traceapp.services.values import Told

MOST_FOUND = 10  # of each kind
LONGEST_TEXT = 200
MOST_WORDS = 8
FEWEST_LETTERS = 2
FEWEST_PHONE_DIGITS = 6
_HIGHEST_ID = 2**53 - 1
_GTIN_LENGTHS = (8, 12, 13, 14)


class Kind(StrEnum):
    """What can be found, in the order in which it is shown."""

    STAMP = "stamp"
    RUN = "stamp_run"
    REQUEST = "stamp_request"
    BATCH = "batch"
    PRODUCT = "product"
    PARTY = "party"
    FACILITY = "facility"
    ACCOUNT = "account"


class Finding(Told):
    """One thing. The id of a stamp is its serial.

    `proven` is there for a stamp that was found by its code: whether the key of its run signed it.
    `issued` is false for a stamp that no run holds; what a code that is not proven says is a claim.
    """

    kind: Kind
    id: int
    title: str
    subtitle: str | None = None
    proven: bool | None = None
    issued: bool = True


class Group(Told):
    """Findings of one kind, the best first; `more` where there are more than are shown."""

    kind: Kind
    items: list[Finding]
    more: bool


class Findings(Told):
    """What was found. `too_short` where there was nothing to look for."""

    text: str
    groups: list[Group]
    too_short: bool = False


def search(session: Session, actor: Actor, text: str, ring: KeyRing) -> Findings:
    """Find what a text names. `ring` holds the stamp keys. Nothing is refused but the actor."""
    permit(actor, Act.SEARCH)
    text = " ".join(_printable(text[:LONGEST_TEXT]).split())
    digits = re.sub(r"[ .()+-]", "", text.removeprefix("#"))
    number = int(digits) if digits.isascii() and digits.isdigit() else None
    folded = fold(text)
    if number is None and len(folded) < FEWEST_LETTERS:
        return Findings(text=text, groups=[], too_short=True)
    found = _stamps_by_code(session, text, ring)
    if number is not None:
        found += _by_number(session, number, digits, ring)
    groups = _grouped(found)
    if len(folded) >= FEWEST_LETTERS and not any(each.proven for each in found):
        groups += _by_words(session, actor, folded, digits if number is not None else None)
    return Findings(text=text, groups=_merged(groups))


def _printable(text: str) -> str:
    """Without what no database can hold, and no eye can see."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _stamps_by_code(session: Session, text: str, ring: KeyRing) -> list[Finding]:
    """The stamp of a code, or of a link with one in it."""
    for part in (text, *reversed(re.split(r"[/?#=&\s]", text))):
        try:
            signed = read(part)
        except Malformed:
            continue
        return [_signed_stamp(session, signed, ring)]
    return []


def _signed_stamp(session: Session, signed: SignedSerial, ring: KeyRing) -> Finding:
    run = holding(session, signed.serial)
    key = None if run is None else ring.get(run.key_id)
    return Finding(
        kind=Kind.STAMP,
        id=signed.serial,
        title=grouped(signed.code),
        subtitle=None if run is None else _of_run(session, run),
        proven=key is not None and verifies(key, signed),
        issued=run is not None,
    )


def _of_run(session: Session, run: StampRun) -> str:
    product = session.get_one(Product, run.product_id)
    known = (product.name, product.net_content, run.lot)
    return " · ".join(each for each in known if each is not None)


def _by_number(session: Session, number: int, digits: str, ring: KeyRing) -> list[Finding]:
    """What has this very number: a stamp, a run, a request, a batch, a product's GTIN."""
    if number > _HIGHEST_ID:
        return []
    found = []
    run = holding(session, number)
    if run is not None:
        key = ring.get(run.key_id)
        title = str(number) if key is None else grouped(sign(key, number))
        subtitle = _of_run(session, run)
        found.append(Finding(kind=Kind.STAMP, id=number, title=title, subtitle=subtitle))
    for row in session.scalars(sa.select(StampRun).where(StampRun.id == number)):
        title = f"{row.first_serial}-{row.last_serial}"
        subtitle = _of_run(session, row)
        found.append(Finding(kind=Kind.RUN, id=row.id, title=title, subtitle=subtitle))
    asked = sa.select(StampRequest, _PRODUCT).join(Product, Product.id == StampRequest.product_id)
    for request, product in session.execute(asked.where(StampRequest.id == number)):
        subtitle = str(request.quantity)
        found.append(Finding(kind=Kind.REQUEST, id=request.id, title=product, subtitle=subtitle))
    found += _findings(Kind.BATCH, session.execute(_BATCHES.where(Batch.id == number)))
    gtins = {digits, *(digits.lstrip("0").zfill(length) for length in _GTIN_LENGTHS)}
    query = _PRODUCTS.where(Product.gtin.in_(gtins)).limit(MOST_FOUND)
    return found + _findings(Kind.PRODUCT, session.execute(query))


# Two sizes of one food share a name: only the net content tells them apart.
_PRODUCT = Product.name + " · " + Product.net_content

_BATCHES = sa.select(Batch.id, Batch.lot, _PRODUCT).join(Product, Product.id == Batch.product_id)
_PRODUCTS = sa.select(Product.id, _PRODUCT, Party.name).join(Party, Party.id == Product.party_id)
_PARTIES = sa.select(Party.id, Party.name, Party.address)
_FACILITIES = sa.select(Facility.id, Facility.name, Party.name).join(
    Party, Party.id == Facility.party_id
)
_NAMED: tuple[tuple[Kind, Any, sa.Select[int, str, str]], ...] = (
    (Kind.BATCH, Batch, _BATCHES),
    (Kind.PRODUCT, Product, _PRODUCTS),
    (Kind.PARTY, Party, _PARTIES),
    (Kind.FACILITY, Facility, _FACILITIES),
)


def _by_words(session: Session, actor: Actor, folded: str, digits: str | None) -> list[Group]:
    """Whatever has all the words in its folded text, in any order."""
    words = folded.split()[:MOST_WORDS]
    groups = []
    for kind, table, query in _NAMED:
        hit = sa.and_(*(table.folded.contains(word, autoescape=True) for word in words))
        if table is Party and digits is not None and len(digits) >= FEWEST_PHONE_DIGITS:
            hit = sa.or_(hit, _phone_has(Party.phone, digits))
        best = sa.case(
            (table.folded == folded, 0),
            (table.folded.startswith(folded, autoescape=True), 1),
            (table.folded.contains(folded, autoescape=True), 2),
            else_=3,
        )
        rows = session.execute(
            query.where(hit).order_by(best, table.id.desc()).limit(MOST_FOUND + 1)
        )
        groups.append(_group(kind, _findings(kind, rows)))
    return [*groups, _group(Kind.ACCOUNT, _accounts(session, actor, words))]


def _phone_has(column: Any, digits: str) -> sa.ColumnElement[bool]:
    """Whether a telephone number, however it is written, has these digits.

    0912… and +84 912… are one number.
    """
    bare = column
    for mark in " .()-+":
        bare = sa.func.replace(bare, mark, "")
    core = re.sub(r"^(84|0)", "", digits)
    found: sa.ColumnElement[bool] = bare.contains(core, autoescape=True)
    return found


def _accounts(session: Session, actor: Actor, words: Sequence[str]) -> list[Finding]:
    """Accounts that the actor sees to, by name and sign-in name, the newest first.

    Their names have no folded column; there are as many accounts as people, which is few.
    """
    found = []
    query = sa.select(Account.id, Account.name, Account.sign_in_name)
    query = query.where(Account.sign_in_name != OPERATOR).order_by(Account.id.desc())
    if actor.role is not Role.ADMIN:
        query = query.where(Account.role == Role.PRODUCER)
    rows = session.execute(query)
    for account_id, name, sign_in_name in rows:
        known = fold(name, sign_in_name)
        if all(word in known for word in words):
            title = name or sign_in_name
            found.append(
                Finding(kind=Kind.ACCOUNT, id=account_id, title=title, subtitle=sign_in_name)
            )
            if len(found) > MOST_FOUND:
                break
    return found


def _findings(kind: Kind, rows: Iterable[Any]) -> list[Finding]:
    return [Finding(kind=kind, id=row[0], title=row[1], subtitle=row[2]) for row in rows]


def _group(kind: Kind, found: Sequence[Finding]) -> Group:
    return Group(kind=kind, items=list(found[:MOST_FOUND]), more=len(found) > MOST_FOUND)


def _grouped(found: Sequence[Finding]) -> list[Group]:
    return [_group(kind, [each for each in found if each.kind is kind]) for kind in Kind]


def _merged(groups: Sequence[Group]) -> list[Group]:
    """One group of each kind that has anything, without what is in it already."""
    merged = []
    for kind in Kind:
        found: dict[int, Finding] = {}
        more = False
        for group in groups:
            if group.kind is kind:
                more = more or group.more
                for each in group.items:
                    found.setdefault(each.id, each)
        if found:
            every = _group(kind, list(found.values()))
            merged.append(every.model_copy(update={"more": every.more or more}))
    return merged
