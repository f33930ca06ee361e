"""How staff get in and out: one-time links, sessions, and what the audit trail keeps of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from surveys.errors import NotFound
from surveys.model import Deed
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.people import hash_token
from surveys.staffing import HOST, LoginLink, Member, Role, StaffSession
from surveys.staffing.values import LINK_LASTS, SEEN_EVERY, SESSION_LASTS

KEPT = timedelta(days=30)
"""How long a session or a link that is over can still be looked up."""


def make_link(tx: UnitOfWork, ctx: Context, member: Member, by: str) -> str:
    """Return the token of a link that logs the member in, once, within LINK_LASTS."""
    token, now = ctx.new_token(), ctx.now()
    link = LoginLink(
        id=hash_token(token),
        member_id=member.id,
        made_by=by,
        created_at=now,
        expires_at=now + LINK_LASTS,
    )
    tx.login_links.forget(now - KEPT)
    tx.login_links.add(link)
    tx.audit.add(Deed(at=now, by=by, act="staff_link", subject=member.id))
    return token


def find_link(tx: UnitOfWork, token: str, now: datetime) -> tuple[LoginLink, Member] | None:
    """Return a link that can still be used, and whose it is; None whatever is wrong with it."""
    link = tx.login_links.get(hash_token(token))
    member = tx.members.get(link.member_id) if link and link.is_good(now) else None
    if link is None or member is None or member.disabled_at is not None:
        return None
    return None if _is_own(link, member) and _went_since(tx, link) else (link, member)


def _is_own(link: LoginLink, member: Member) -> bool:
    """Say whether she made it herself: it proves no more than the session in which she did."""
    return link.made_by == member.named


def _went_since(tx: UnitOfWork, link: LoginLink) -> bool:
    """Say whether one of the member's sessions was ended since the link was made; it may be the one that made it."""
    ended = [each.revoked_at for each in tx.staff_sessions.of_member(link.member_id)]
    return any(at is not None and at >= link.created_at for at in ended)


def use_link(tx: UnitOfWork, ctx: Context, token: str) -> tuple[Member, str] | None:
    """Use the link up; return whose it is, and how she comes by it. None whatever is wrong with it."""
    found = find_link(tx, token, ctx.now())
    if found is None:
        return None
    link, member = found
    tx.login_links.save(replace(link, used_at=ctx.now()))
    return member, "own" if _is_own(link, member) else "link"


def open_session(tx: UnitOfWork, ctx: Context, member: Member, how: str, agent: str) -> str:
    """Return the token of a new session of the member."""
    token, now = ctx.new_token(), ctx.now()
    session = StaffSession(
        id=hash_token(token),
        member_id=member.id,
        how=how,
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LASTS,
        agent=agent,
    )
    tx.staff_sessions.forget(now - KEPT)
    tx.staff_sessions.add(session)
    deed = Deed(at=now, by=member.named, act="login", subject=member.id, details={"how": how})
    tx.audit.add(deed)
    return token


def enter_by_link(tx: UnitOfWork, ctx: Context, token: str, *, held: str, agent: str) -> str | None:
    """Use a link up and return the token of a new session, in place of the one ``held``; None whatever is wrong."""
    found = use_link(tx, ctx, token)
    return None if found is None else enter(tx, ctx, *found, held=held, agent=agent)


def enter(tx: UnitOfWork, ctx: Context, member: Member, how: str, *, held: str, agent: str) -> str:
    """Return the token of a new session; the one that the browser ``held`` ends, whosever it was."""
    log_out(tx, ctx, held)
    return open_session(tx, ctx, member, how, agent)


def enter_by_password(
    tx: UnitOfWork, ctx: Context, known: Member, *, held: str, agent: str, newer: str | None
) -> str | None:
    """Return the token of a new session for whom a password was right; None where that has changed meanwhile.

    ``newer`` is the same password as it is hashed now.
    """
    member = tx.members.get(known.id)
    is_same = member is not None and member.password_hash == known.password_hash
    if member is None or not is_same or member.disabled_at is not None:
        return None
    if newer is not None:
        tx.members.save(replace(member, password_hash=newer))
    return enter(tx, ctx, member, "password", held=held, agent=agent)


def note_failure(tx: UnitOfWork, ctx: Context, member: Member | None, how: str) -> None:
    """Write down that somebody did not get in; of who is not on the list, nothing of what was typed."""
    subject = member.id if member else ""
    deed = Deed(
        at=ctx.now(), by="nobody", act="login_failed", subject=subject, details={"how": how}
    )
    tx.audit.add(deed)


def host_link(tx: UnitOfWork, ctx: Context) -> str:
    """Return the token of a link that logs in whoever commands this machine."""
    return make_link(tx, ctx, host(tx, ctx), by=HOST)


def session_of(tx: UnitOfWork, token: str, now: datetime) -> tuple[StaffSession, Member] | None:
    """Return the open session of this token and whose it is, as she is now; None whatever is wrong."""
    session = tx.staff_sessions.get(hash_token(token))
    member = tx.members.get(session.member_id) if session and session.is_open(now) else None
    return (session, member) if session and member and member.disabled_at is None else None


def is_news(session: StaffSession, now: datetime) -> bool:
    """Say whether it is worth writing down that the session is used now."""
    return now >= session.seen_at + SEEN_EVERY


def touch(tx: UnitOfWork, session_id: str, now: datetime) -> None:
    """Write down that the session is used now."""
    session = tx.staff_sessions.get(session_id)
    if session is not None and session.is_open(now) and is_news(session, now):
        tx.staff_sessions.save(replace(session, seen_at=now))


def log_out(tx: UnitOfWork, ctx: Context, token: str) -> None:
    """End the session of this token, if it is open."""
    found = session_of(tx, token, ctx.now())
    if found is not None:
        session, member = found
        _end(tx, ctx, session)
        tx.audit.add(Deed(at=ctx.now(), by=member.named, act="logout", subject=member.id))


def revoke(tx: UnitOfWork, ctx: Context, session_id: str, *, of: str | None, by: str) -> None:
    """End one session; ``of`` is the member whose it must be. Raises NotFound where it is another's or none."""
    session = tx.staff_sessions.get(session_id) if session_id.isprintable() else None
    if session is None or of not in (None, session.member_id):
        raise NotFound("session", session_id[:12])
    if session.is_open(ctx.now()):
        _end(tx, ctx, session)
        deed = Deed(at=ctx.now(), by=by, act="session_revoke", subject=session.member_id)
        tx.audit.add(deed)


def revoke_all(
    tx: UnitOfWork, ctx: Context, member_id: str, *, by: str, but: str | None = None
) -> int:
    """End all sessions of a member, but one perhaps; return how many that were."""
    sessions = tx.staff_sessions.of_member(member_id)
    live = [each for each in sessions if each.is_open(ctx.now()) and each.id != but]
    for session in live:
        _end(tx, ctx, session)
    if live:
        told = {"sessions": len(live)}
        deed = Deed(at=ctx.now(), by=by, act="session_revoke", subject=member_id, details={**told})
        tx.audit.add(deed)
    return len(live)


def open_sessions(tx: UnitOfWork, member_id: str, now: datetime) -> tuple[StaffSession, ...]:
    """Return the member's open sessions, newest first."""
    return tuple(each for each in tx.staff_sessions.of_member(member_id) if each.is_open(now))


def _end(tx: UnitOfWork, ctx: Context, session: StaffSession) -> None:
    tx.staff_sessions.save(replace(session, revoked_at=ctx.now()))


def host(tx: UnitOfWork, ctx: Context) -> Member:
    """Return the member that this machine's command line is, made at the first asking."""
    found = tx.members.get(HOST)
    if found is None:
        at = ctx.now()
        found = Member(id=HOST, name=HOST, email=None, role=Role.ADMIN, created_at=at)
        tx.members.add(found)
    return found
