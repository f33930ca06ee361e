"""Joining people who turn out to be one, and splitting off a chat that is somebody else's.

Everything of the one given up becomes the kept one's, in one commit: names, chats, consent, history, answers and
their counts, and the places in the contact clock, so that there is one clock from then on. The ledger of joinings
says what moved, so that ``split`` can give it back (docs/decisions/0024).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from surveys.deeds import DeedAct
from surveys.errors import InvalidInput, NotFound
from surveys.model import (
    Address,
    Channel,
    Deed,
    Invitation,
    InvitationState,
    Joining,
    Json,
    Person,
    Verdict,
    VerdictKind,
)
from surveys.ports import Rows, UnitOfWork
from surveys.reports import IMPORTED
from surveys.service.asking import reconsider
from surveys.service.context import Context
from surveys.service.recording import give_answers
from surveys.service.retracting import did_not_go_out, wait_again
from surveys.service.shadows import contradicts, living
from surveys.service.verdicts import end

SERVER = "aftertouch"
_LEARNED = ("locale", "timezone", "preferred_channel")
_STOPS = ("opted_out_at", "paused_until")


def bring(
    tx: UnitOfWork, ctx: Context, address: Address, person: Person, *, how: str, by: str = SERVER
) -> Person:
    """Make a chat the person's, and return her: whoever had it was her, unless known as another customer.

    Of another customer only the chat changes hands; what was said there stays hers.
    """
    holder = tx.people.get(address.person_id)
    if holder is None or holder.id == person.id:
        return person
    known_apart = contradicts(tx, holder, person.external_id)
    if holder.erased_at is None and not known_apart:
        return join_people(tx, ctx, person, holder, how=how, by=by)
    rows = {"address": (address.id,)}
    tx.belongings.give(rows, holder.id, person.id)
    _enter(tx, ctx, Joining(**_entry(ctx, holder, person, how, by), rows=rows))
    return person


def join_people(
    tx: UnitOfWork, ctx: Context, kept: Person, given: Person, *, how: str, by: str
) -> Person:
    """Make two people one: ``kept`` gets all that is ``given``'s, whose row stays to be split off again.

    An opt-out of either holds. Raises InvalidInput where they are one already, or one of them was erased.
    """
    kept, given = _locked(tx, kept.id, given.id)
    if kept.id == given.id or kept.erased_at is not None or given.erased_at is not None:
        raise InvalidInput("customer", "the two are one already, or one of them was erased")
    _begin_anew(tx, ctx, (kept, given))
    rows = {**tx.belongings.of(given.id), **_imported(tx, given)}
    _hand_over(tx, ctx, rows, given, kept)
    joined = _with_all_of(kept, given)
    tx.people.save(joined)
    tx.people.save(replace(given, joined_to=kept.id))
    before = {name: _plain(getattr(kept, name)) for name in (*_LEARNED, *_STOPS)}
    _enter(tx, ctx, Joining(**_entry(ctx, given, kept, how, by), rows=rows, before=before))
    reconsider(tx, ctx, kept.id)
    return joined


def split(tx: UnitOfWork, ctx: Context, address: Address, *, by: str) -> Person:
    """Take a chat away from the person it is attached to, and return whose it is now.

    What brought it to her is undone: all that came with it goes back, and what was asked there since goes along.
    A chat that was hers from the start becomes that of a new person, whom nobody knows.
    """
    holder = tx.people.get(address.person_id)
    if holder is None or holder.erased_at is not None:
        raise NotFound("customer", address.person_id)
    brought = _brought(tx, address, holder)
    giver = tx.people.get(brought.giver_id) if brought else None
    if brought is None or giver is None or giver.erased_at is not None:
        return _set_apart(tx, ctx, address, holder, by)
    if not brought.before and living(tx, giver).id == holder.id:
        return _set_apart(tx, ctx, address, holder, by)
    return _undo(tx, ctx, address, brought, by)


def was_split(tx: UnitOfWork, address: Address, person: Person) -> bool:
    """Say whether staff have taken this chat from the person: no guess brings it back."""
    return any(
        address.id in given.rows.get("address", ()) and given.how == "split"
        for given in tx.joinings.of_giver(person.id)
    )


# --- moving ---------------------------------------------------------------------------------------


def _locked(tx: UnitOfWork, *ids: str) -> tuple[Person, ...]:
    """Return the people as they are now, with their rows and clocks locked in one order."""
    found = {one: tx.people.get(one) for one in sorted(ids)}
    for one in sorted(ids):
        tx.clocks.lock(one)
    people = [found[one] for one in ids]
    return tuple(living(tx, person) for person in people if person is not None)


def _begin_anew(tx: UnitOfWork, ctx: Context, people: Sequence[Person]) -> None:
    """Let asks that have begun on both sides, and not gone out, wait for one turn: only one may go first."""
    begun = [
        invitation
        for person in people
        for invitation in tx.invitations.live_of_person(person.id)
        if did_not_go_out(tx, invitation)
    ]
    for invitation in begun if len({i.person_id for i in begun}) > 1 else ():
        held = Verdict(kind=VerdictKind.HELD, rule="joined", at=ctx.now(), values={})
        wait_again(tx, ctx, invitation, held)


def _hand_over(tx: UnitOfWork, ctx: Context, rows: Rows, giver: Person, heir: Person) -> None:
    """Give all these rows of the giver to the heir, and recount both."""
    asks = [invitation for invitation in _asks(tx, rows) if invitation.person_id == giver.id]
    for invitation in asks:
        _hand_ask_over(tx, ctx, invitation, heir)
    said = [answer for ask in asks for answer in tx.answers.of_invitation(ask.id)]
    brought = (a for each in rows.get(IMPORTED, ()) for a in tx.answers.of_invitation(each))
    said += [answer for answer in brought if answer.subject_id == giver.subject_id]
    give_answers(tx, said, heir.subject_id)
    tx.belongings.give(rows, giver.id, heir.id)


def _imported(tx: UnitOfWork, person: Person) -> Rows:
    """Return her answers that another tool asked for: they are of no ask of ours."""
    scores = (a for a in tx.answers.of_subject(person.subject_id) if a.given == IMPORTED)
    found = tuple(sorted({answer.invitation_id for answer in scores}))
    return {IMPORTED: found} if found else {}


def _asks(tx: UnitOfWork, rows: Rows) -> Iterator[Invitation]:
    for invitation_id in rows.get("invitation", ()):
        invitation = tx.invitations.get(invitation_id)
        if invitation is not None:
            yield invitation


def _hand_ask_over(tx: UnitOfWork, ctx: Context, invitation: Invitation, heir: Person) -> None:
    """Re-point an ask. Its occasion is marked where the heir has been asked about it, and not asked about again."""
    mark = f"#{invitation.id}"
    occasion = invitation.occasion.removesuffix(mark)
    other = tx.invitations.find(invitation.trigger, heir.id, occasion)
    moved = replace(
        invitation,
        person_id=heir.id,
        subject_id=heir.subject_id,
        occasion=f"{occasion}{mark}" if other else occasion,
    )
    if other is not None and _may_be_spared(tx, other) and _has_been_asked(tx, moved):
        _spare(tx, ctx, replace(other, occasion=f"{occasion}#{other.id}"), moved)
        moved = replace(moved, occasion=occasion)
    tx.invitations.save(moved)
    if other is not None and _may_be_spared(tx, moved) and _has_its_ask(other):
        _spare(tx, ctx, moved, other)


def _may_be_spared(tx: UnitOfWork, invitation: Invitation) -> bool:
    """Say whether an ask is still to be made."""
    return invitation.state is InvitationState.WAITING or did_not_go_out(tx, invitation)


def _has_been_asked(tx: UnitOfWork, invitation: Invitation) -> bool:
    begun = invitation.state is InvitationState.OPEN and not did_not_go_out(tx, invitation)
    return begun or invitation.sent_at is not None


def _has_its_ask(invitation: Invitation) -> bool:
    """Say whether an occasion was asked about, or is going to be."""
    live = invitation.state in (InvitationState.WAITING, InvitationState.OPEN)
    return live or invitation.sent_at is not None


def _spare(tx: UnitOfWork, ctx: Context, spared: Invitation, kept: Invitation) -> None:
    """Withdraw an ask whose occasion has another; it is marked, so that the other holds the occasion's place."""
    values = {"occasion": spared.occasion.removesuffix(f"#{spared.id}"), "kept": kept.id}
    verdict = Verdict(kind=VerdictKind.WITHDRAWN, rule="asked_already", at=ctx.now(), values=values)
    tx.invitations.save(spared)
    end(tx, ctx, spared, verdict)


def _with_all_of(kept: Person, given: Person) -> Person:
    """Return the kept one with what was not known of her; the stricter of two stops holds."""
    return replace(
        kept,
        locale=kept.locale or given.locale,
        timezone=kept.timezone or given.timezone,
        preferred_channel=kept.preferred_channel or given.preferred_channel,
        opted_out_at=_later(kept.opted_out_at, given.opted_out_at),
        paused_until=_later(kept.paused_until, given.paused_until),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


# --- splitting ------------------------------------------------------------------------------------


def _brought(tx: UnitOfWork, address: Address, holder: Person) -> Joining | None:
    """Return the newest joining that brought the chat to its holder and still stands."""
    return next(
        (
            joining
            for joining in tx.joinings.of_heir(holder.id)
            if joining.undone_at is None
            and joining.how != "split"
            and address.id in joining.rows.get("address", ())
        ),
        None,
    )


def _undo(tx: UnitOfWork, ctx: Context, address: Address, brought: Joining, by: str) -> Person:
    heir, giver = _both(tx, brought)
    returning = tuple(brought.rows.get("address", ()))
    rows = _together(brought.rows, *(_there(tx, each) for each in returning))
    _hand_over(tx, ctx, rows, heir, giver)
    if brought.before:
        tx.people.save(_without_what_was(heir, giver, brought.before))
        giver = replace(
            giver,
            joined_to=None,
            opted_out_at=_stopped(heir, giver, brought, "opted_out_at"),
            paused_until=_stopped(heir, giver, brought, "paused_until"),
        )
        tx.people.save(giver)
    tx.joinings.save(replace(brought, undone_at=ctx.now()))
    _note_split(tx, ctx, address, heir, giver, by)
    return giver


def _both(tx: UnitOfWork, joining: Joining) -> tuple[Person, Person]:
    """Return heir and giver, locked; a giver that was joined to somebody else since is that person."""
    for one in sorted((joining.heir_id, joining.giver_id)):
        tx.clocks.lock(one)
    heir, giver = tx.people.get(joining.heir_id), tx.people.get(joining.giver_id)
    assert heir is not None  # noqa: S101 she holds the address
    assert giver is not None  # noqa: S101 read just before
    return heir, giver if joining.before else living(tx, giver)


def _set_apart(tx: UnitOfWork, ctx: Context, address: Address, holder: Person, by: str) -> Person:
    """Give the chat, and what was asked and agreed to there, to a new person."""
    tx.clocks.lock(holder.id)
    person = Person(
        id=ctx.new_id(),
        subject_id=ctx.new_id(),
        created_at=ctx.now(),
        locale=address.locale,
        opted_out_at=holder.opted_out_at,
        paused_until=holder.paused_until,
    )
    tx.people.add(person)
    _hand_over(tx, ctx, _there(tx, address.id), holder, person)
    _note_split(tx, ctx, address, holder, person, by)
    return person


def _there(tx: UnitOfWork, address_id: str) -> Rows:
    """Return what happened at a chat, and what still waits to follow an answer given there.

    An event stays where something else is asked about it, too.
    """
    rows = tx.belongings.at(address_id)
    asked = rows.get("invitation", ())
    follow = [
        ask for each in asked for ask in tx.invitations.of_origin(each) if ask.address_id is None
    ]
    following: dict[str, tuple[str, ...]] = {
        "invitation": tuple(ask.id for ask in follow),
        "decision": tuple(ask.decision_id for ask in follow),
        "event": tuple(ask.event_id for ask in follow),
    }
    there = _together(rows, {kind: names for kind, names in following.items() if names})
    going = set(there.get("invitation", ()))
    events = tuple(
        each
        for each in there.get("event", ())
        if all(ask.id in going for ask in tx.invitations.of_event(each))
    )
    return {**there, "event": events}


def _stopped(heir: Person, giver: Person, brought: Joining, name: str) -> datetime | None:
    """Return the giver's stop of this name: her own, or one made since in the name of both."""
    before = {getattr(giver, name), _instant(brought.before.get(name))}
    since: datetime | None = getattr(heir, name)
    own: datetime | None = getattr(giver, name)
    return since if since is not None and since not in before else own


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _without_what_was(heir: Person, giver: Person, before: Mapping[str, Json]) -> Person:
    """Return the heir without what she had of the giver only, where nothing has changed it since."""
    found = {
        name: value
        for name, value in before.items()
        if _plain(getattr(heir, name)) == _plain(getattr(giver, name))
    }
    stops = {n: datetime.fromisoformat(found[n]) for n in _STOPS if found.get(n)}
    channel = {n: Channel(found[n]) for n in ("preferred_channel",) if found.get(n)}
    return replace(heir, **{**found, **stops, **channel})


def _together(*parts: Rows) -> Rows:
    kinds = sorted({kind for part in parts for kind in part})
    return {
        kind: tuple(sorted({name for part in parts for name in part.get(kind, ())}))
        for kind in kinds
    }


# --- the ledger -----------------------------------------------------------------------------------


def _entry(ctx: Context, giver: Person, heir: Person, how: str, by: str) -> dict[str, Json]:
    return {
        "id": ctx.new_id(),
        "at": ctx.now(),
        "by": by,
        "how": how,
        "giver_id": giver.id,
        "heir_id": heir.id,
    }


def _enter(tx: UnitOfWork, ctx: Context, joining: Joining) -> None:
    listed = {kind: list(names) for kind, names in joining.rows.items()}
    tx.joinings.add(replace(joining, rows=listed))
    details = {"from": joining.giver_id, "how": joining.how}
    act: DeedAct = "split" if joining.how == "split" else "join"
    tx.audit.add(
        Deed(at=ctx.now(), by=joining.by, act=act, subject=joining.heir_id, details=details)
    )


def _note_split(
    tx: UnitOfWork, ctx: Context, address: Address, holder: Person, person: Person, by: str
) -> None:
    rows = {"address": (address.id,)}
    _enter(tx, ctx, Joining(**_entry(ctx, holder, person, "split", by), rows=rows))
    reconsider(tx, ctx, person.id)
    reconsider(tx, ctx, holder.id)


def _plain(value: Json) -> Json:
    return value.isoformat() if isinstance(value, datetime) else value
