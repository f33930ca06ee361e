"""Who is on the staff list: adding, roles, letting go, and the rule that somebody can always say who is staff."""

from dataclasses import replace

from surveys.deeds import DeedAct
from surveys.errors import AlreadyStored, InvalidInput, NotFound
from surveys.language.texts import languages
from surveys.model import Deed, Json
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.logging_in import revoke_all
from surveys.staffing import HOST, Identity, Member, Role

LONGEST_NAME = 100
LONGEST_EMAIL = 254  # RFC 5321 4.5.3.1.3, less the brackets


class MemberFault(InvalidInput):
    """What was handed in about a member will not do. ``code`` is the reason's stable word."""

    def __init__(self, where: str, problem: str, code: str = "") -> None:
        super().__init__(where, problem)
        self.code = code or where


def add(
    tx: UnitOfWork, ctx: Context, *, email: str, name: str, role: Role, by: str, language: str = ""
) -> Member:
    """Put somebody on the staff list. Raises MemberFault naming the field; also where the e-mail is on it."""
    read = parse_email(email)
    member = Member(
        id=ctx.new_id(),
        name=_name(name.strip() or read.partition("@")[0][:LONGEST_NAME]),
        email=read,
        role=role,
        created_at=ctx.now(),
        language=_language(language),
    )
    try:
        tx.members.add(member)
    except AlreadyStored as stored:
        problem = f"{member.email} is on the staff list already"
        raise MemberFault("email", problem, "email.taken") from stored
    _tell(tx, ctx, by, "staff_add", member, role=role.value)
    return member


def find(tx: UnitOfWork, who: str) -> Member:
    """Return the member of this id or e-mail; raises NotFound."""
    is_name = who.isprintable()
    member = tx.members.get(who) or tx.members.by_email(who.strip().casefold()) if is_name else None
    if member is None:
        raise NotFound("member", who[:LONGEST_EMAIL])
    return member


def listed(tx: UnitOfWork, member_id: str) -> Member:
    """Return a member of the list, which the command line itself is not on; raises NotFound."""
    member = tx.members.get(member_id) if member_id.isprintable() else None
    if member is None or member.id == HOST:
        raise NotFound("member", member_id[:LONGEST_EMAIL])
    return member


def change_role(tx: UnitOfWork, ctx: Context, member_id: str, role: Role, by: str) -> Member:
    """Give a member another role; it holds from her next request on. Raises NotFound, MemberFault."""
    everybody = tx.members.all()
    member = listed(tx, member_id)
    if member.role is role:
        return member
    if not role.covers(Role.ADMIN):
        _refuse_last_admin(everybody, member)
    changed = replace(member, role=role)
    tx.members.save(changed)
    _tell(tx, ctx, by, "staff_role", member, **{"from": member.role.value, "to": role.value})
    return changed


def disable(tx: UnitOfWork, ctx: Context, member_id: str, by: str) -> Member:
    """Let a member in no longer, and end her sessions. Raises NotFound, MemberFault."""
    everybody = tx.members.all()
    member = listed(tx, member_id)
    if member.disabled_at is not None:
        return member
    _refuse_last_admin(everybody, member)
    changed = replace(member, disabled_at=ctx.now())
    tx.members.save(changed)
    _tell(tx, ctx, by, "staff_disable", member)
    revoke_all(tx, ctx, member.id, by=by)
    return changed


def enable(tx: UnitOfWork, ctx: Context, member_id: str, by: str) -> Member:
    """Let a member in again. Raises NotFound."""
    member = listed(tx, member_id)
    if member.disabled_at is None:
        return member
    changed = replace(member, disabled_at=None)
    tx.members.save(changed)
    _tell(tx, ctx, by, "staff_enable", member)
    return changed


def set_language(tx: UnitOfWork, ctx: Context, member_id: str, language: str, by: str) -> Member:
    """Let the console speak a member's language; "" lets it follow her browser. Raises NotFound, MemberFault."""
    member = listed(tx, member_id)
    wanted = _language(language)
    if member.language == wanted:
        return member
    changed = replace(member, language=wanted)
    tx.members.save(changed)
    _tell(tx, ctx, by, "staff_language", member, to=language)
    return changed


def set_password(
    tx: UnitOfWork, ctx: Context, member_id: str, password_hash: str, *, by: str, keep: str | None
) -> None:
    """Give a member a password, and end her sessions but the one to keep. Raises NotFound."""
    member = listed(tx, member_id)
    tx.members.save(replace(member, password_hash=password_hash))
    _tell(tx, ctx, by, "staff_password", member)
    revoke_all(tx, ctx, member.id, by=by, but=keep)


def bind(tx: UnitOfWork, ctx: Context, member_id: str, identity: Identity) -> Member:
    """Say who a member is at an OpenID provider. Raises NotFound, and MemberFault where that is somebody else."""
    member = listed(tx, member_id)
    changed = replace(member, issuer=identity.issuer, subject=identity.subject)
    try:
        tx.members.save(changed)
    except AlreadyStored as stored:
        raise MemberFault("identity", "belongs to another member") from stored
    _tell(tx, ctx, member.named, "staff_bind", member, issuer=identity.issuer)
    return changed


def parse_email(given: str) -> str:
    """Return the e-mail as it is compared; raises MemberFault."""
    email = given.strip().casefold()
    local, at, domain = email.rpartition("@")
    is_plain = email.isprintable() and not any(c.isspace() for c in email)
    if not (at and local and "." in domain.strip(".") and is_plain and len(email) <= LONGEST_EMAIL):
        raise MemberFault("email", "must be an e-mail address such as minji@example.com")
    return email


def parse_role(given: str) -> Role:
    """Return the role; raises MemberFault."""
    try:
        return Role(given)
    except ValueError:
        raise MemberFault("role", f"must be one of {', '.join(Role)}") from None


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise MemberFault("name", f"must have 1 to {LONGEST_NAME} characters")
    return name


def _language(given: str) -> str | None:
    if given and given not in languages():
        raise MemberFault("language", f"must be one of {', '.join(languages())}")
    return given or None


def _refuse_last_admin(everybody: tuple[Member, ...], member: Member) -> None:
    """Raise MemberFault for the last admin; ``everybody`` was read before the member, so that two wait for each other."""
    if member.role is not Role.ADMIN or member.disabled_at is not None:
        return
    others = (m for m in everybody if m.id not in (HOST, member.id))
    if not any(m.role is Role.ADMIN and m.disabled_at is None for m in others):
        problem = f"{member.named} is the last admin: make somebody else an admin first"
        raise MemberFault("role", problem, "last_admin")


def _tell(
    tx: UnitOfWork, ctx: Context, by: str, act: DeedAct, member: Member, **details: Json
) -> None:
    tx.audit.add(Deed(at=ctx.now(), by=by, act=act, subject=member.id, details=details))
