"""Who makes the food: the household, cooperative or enterprise that an account belongs to."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext

from traceapp.services.authority import Act
from traceapp.services.lists import Noun, PartyKind, State
from traceapp.services.paging import PageWish
from traceapp.services.refusals import message
from traceapp.services.registry.lately_corrected import newest_corrections
from traceapp.services.registry.registering import (
    NewParty,
    PartyTold,
    list_facilities,
    register_party,
    show_party,
)
from traceapp.web.producer.audience import audience
from traceapp.web.producer.first_steps import next_step
from traceapp.web.routing import Answer, Call, done, page
from traceapp.web.wording import PARTY_KINDS, changes


def province_choices(call: Call, standing: str | None = None) -> list[tuple[str, str]]:
    """The provinces by name; one that stands in a record stays to be chosen."""
    names = [each.vi for each in call.edge.provinces.values()]
    if standing and standing not in names:
        names = [standing, *names]
    return [(name, name) for name in names]


def kind_choices() -> list[tuple[str, str]]:
    """What a producer can be: no authority registers itself here."""
    return [
        (kind.value, str(gettext(name)))
        for kind, name in PARTY_KINDS.items()
        if kind is not PartyKind.AUTHORITY
    ]


def own_party(call: Call) -> PartyTold | None:
    """The party of whoever is signed in, also a rejected one; None before it is registered."""
    party_id = call.actor.party_id
    return None if party_id is None else show_party(call.session, call.actor, party_id)


@audience.page("/party", Act.PARTY_READ)
def party(call: Call) -> Answer:
    """The party and its facilities; before there is one, the form that registers it."""
    told = own_party(call)
    if told is None:
        return page(
            "producer/party_new.html",
            form=call.form("register", kind=PartyKind.HOUSEHOLD.value),
            kind_choices=kind_choices(),
            province_choices=province_choices(call),
        )
    cursor = call.cursor
    return page(
        "producer/party.html",
        party=told,
        kind=PARTY_KINDS[told.kind],
        facilities=list_facilities(call.session, call.actor, PageWish(cursor=cursor)),
        corrections=[
            (each, changes(each, call.edge.kinds, None))
            for each in newest_corrections(call.session, call.actor, Noun.PARTY, told.id)
        ],
        rejected=told.state is State.REJECTED,
        step=next_step(call, told),
        trouble=call.form("register").trouble,
    )


@audience.act("/party", Act.PARTY_CREATE, on=party)
def register(call: Call) -> Answer:
    """Register the party of whoever is signed in."""
    register_party(call.session, call.actor, call.read(NewParty), call.now)
    return done(
        url_for("producer.home"),
        message("It is registered. An officer will look at it; you can go on meanwhile."),
    )
