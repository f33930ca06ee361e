"""Tells other systems what happened, in the commit of what happened: a row for each destination that wants it.

The payloads hold ids, places in the journey and scores, nothing else about the customer; her own words only for
a destination that asks for them.
"""

from collections.abc import Mapping, Sequence

from surveys.instruments import instrument
from surveys.model import (
    Answer,
    Delivery,
    Invitation,
    Json,
    Person,
    Subscription,
    Verdict,
    WebhookMessage,
    WebhookState,
    WebhookType,
)
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.occasions import subject_of
from surveys.stored_analyses import Alert

_WORDS = "comment"


def answered(tx: UnitOfWork, ctx: Context, invitation: Invitation, answer: Answer) -> None:
    """Tell of an answer, or of its next version."""
    first = answer.version == 1
    kind = WebhookType.ANSWER_RECORDED if first else WebhookType.ANSWER_REVISED
    if wanting := _wanting(ctx, kind):
        data = _ask(tx, invitation) | {
            "answer_id": answer.id,
            "version": answer.version,
            "question": answer.question,
            "score": None if instrument(invitation.instrument).words else answer.score,
            "scale": answer.dimensions.scale,
            "choice": answer.choice,
            _WORDS: answer.text,
            "answered_at": answer.answered_at.isoformat(),
            "channel": answer.dimensions.channel,
            "language": answer.dimensions.language,
        }
        _tell(tx, ctx, wanting, kind, invitation.person_id, data)


def opted(tx: UnitOfWork, ctx: Context, person: Person, *, out: bool, source: str) -> None:
    """Tell that a customer stopped all questions, or allows them again."""
    kind = WebhookType.CUSTOMER_OPTED_OUT if out else WebhookType.CUSTOMER_OPTED_IN
    if wanting := _wanting(ctx, kind):
        data = {"customer_id": person.external_id, "source": source}
        _tell(tx, ctx, wanting, kind, person.id, data)


def expired(tx: UnitOfWork, ctx: Context, invitation: Invitation, verdict: Verdict) -> None:
    """Tell of a question that was never sent, and by which rule."""
    kind = WebhookType.INVITATION_EXPIRED
    if wanting := _wanting(ctx, kind):
        data = _ask(tx, invitation)
        data |= {"rule": verdict.rule, "ask_by": invitation.ask_by.isoformat()}
        _tell(tx, ctx, wanting, kind, invitation.person_id, data)


def parked(tx: UnitOfWork, ctx: Context, delivery: Delivery) -> None:
    """Tell staff's systems of a message that may or may not have arrived, and that nobody could settle."""
    kind = WebhookType.DELIVERY_PARKED
    if wanting := _wanting(ctx, kind):
        invitation = tx.invitations.get(delivery.invitation_id or "")
        about = {"customer_id": _customer_id(tx, delivery.person_id)}
        started = delivery.started_at.isoformat() if delivery.started_at else None
        data = (_ask(tx, invitation) if invitation else about) | {
            "delivery_id": delivery.id,
            "channel": delivery.channel.value,
            "message": delivery.kind,
            "reason": delivery.reason,
            "attempted_at": started,
        }
        _tell(tx, ctx, wanting, kind, delivery.person_id, data)


def alerted(tx: UnitOfWork, ctx: Context, alert: Alert) -> None:
    """Tell staff's systems that a stage got worse; it concerns no one customer."""
    kind = WebhookType.ALERT_RAISED
    if wanting := _wanting(ctx, kind):
        _tell(tx, ctx, wanting, kind, None, alert.to_json())


def _wanting(ctx: Context, kind: WebhookType) -> tuple[Subscription, ...]:
    return tuple(each for each in ctx.subscriptions if kind in each.types)


def _tell(
    tx: UnitOfWork,
    ctx: Context,
    wanting: Sequence[Subscription],
    kind: WebhookType,
    person_id: str | None,
    data: Mapping[str, Json],
) -> None:
    now = ctx.now()
    for subscription in wanting:
        shown = {n: v for n, v in data.items() if n != _WORDS or subscription.comments}
        message = WebhookMessage(
            id=f"msg_{ctx.new_id()}",
            destination=subscription.destination,
            type=kind,
            created_at=now,
            data=shown,
            person_id=person_id,
            state=WebhookState.PENDING,
            due_at=now,
        )
        tx.webhooks.add(message)


def _ask(tx: UnitOfWork, invitation: Invitation) -> dict[str, Json]:
    """Return where in the journey an ask stands; the customer by the company's own id."""
    return {
        "invitation_id": invitation.id,
        "customer_id": _customer_id(tx, invitation.person_id),
        "occasion": subject_of(tx, invitation),
        "stage": invitation.stage,
        "touchpoint": invitation.touchpoint,
        "survey": invitation.survey,
        "survey_version": invitation.survey_version,
        "instrument": invitation.instrument,
    }


def _customer_id(tx: UnitOfWork, person_id: str) -> str | None:
    person = tx.people.get(person_id)
    return person.external_id if person else None
