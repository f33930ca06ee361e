"""surveys.staffing.Members, StaffSessions and LoginLinks."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from surveys.errors import AlreadyStored, NotFound
from surveys.model import Deed
from surveys.ports import Storage, UnitOfWork
from surveys.service import members
from surveys.service.members import MemberFault
from surveys.staffing import AuditWanted, Identity, LoginLink, Member, Role, StaffSession
from tests.contract import examples as ex
from tests.world import World


def member(name: str, **parts: Any) -> Member:
    filled: dict[str, Any] = {
        "id": name,
        "name": f"{name} 민지",
        "email": f"{name}@example.com",
        "role": Role.VIEWER,
        "created_at": ex.at(0),
    }
    return Member(**filled | parts)


def session(name: str, **parts: Any) -> StaffSession:
    filled: dict[str, Any] = {
        "id": name,
        "member_id": "ann",
        "how": "link",
        "created_at": ex.at(0),
        "seen_at": ex.at(0),
        "expires_at": ex.at(60),
        "agent": "Firefox",
    }
    return StaffSession(**filled | parts)


def link(name: str, minutes: float) -> LoginLink:
    return LoginLink(
        id=name,
        member_id="ann",
        made_by="cli:minji",
        created_at=ex.at(0),
        expires_at=ex.at(minutes),
    )


async def test_a_member_is_found_by_id_email_and_identity(store: Storage) -> None:
    ann = member("ann", role=Role.ADMIN, issuer="https://id.example", subject="7", language="ko")
    host = member("host", email=None, password_hash="$argon2id$x", disabled_at=ex.at(3))
    await ex.store_all(store, lambda unit: unit.members.add, ann, host)

    found = await store.read(
        lambda unit: (
            unit.members.get("ann"),
            unit.members.by_email("ann@example.com"),
            unit.members.by_identity(Identity("https://id.example", "7")),
            unit.members.by_identity(Identity("https://other.example", "7")),
            unit.members.by_email("host@example.com"),
            unit.members.all(),
        )
    )

    assert found == (ann, ann, ann, None, None, (ann, host))


async def test_members_keep_what_was_saved_last(store: Storage) -> None:
    await ex.store_all(store, lambda unit: unit.members.add, member("ann"), member("ben"))
    changed = member("ann", role=Role.OPERATOR, issuer="https://id.example", subject="7")

    await store.write(lambda unit: unit.members.save(changed))

    assert await store.read(lambda unit: unit.members.all()) == (changed, member("ben"))


RIVALS = (
    member("ann"),
    member("cat", email="ann@example.com"),
    member("cat", issuer="https://id.example", subject="7"),
)


async def test_a_taken_name_is_refused(store: Storage) -> None:
    ann = member("ann", issuer="https://id.example", subject="7")
    await ex.store_all(store, lambda unit: unit.members.add, ann, member("cat2", email=None))

    for rival in RIVALS:
        with pytest.raises(AlreadyStored):
            await store.write(lambda unit, rival=rival: unit.members.add(rival))  # type: ignore[misc]  # bound as it is now
    for rival in RIVALS[1:]:
        taken = replace(rival, id="cat2")
        with pytest.raises(AlreadyStored):
            await store.write(lambda unit, taken=taken: unit.members.save(taken))  # type: ignore[misc]  # as above
    with pytest.raises(NotFound):
        await store.write(lambda unit: unit.members.save(member("nobody")))

    assert len(await store.read(lambda unit: unit.members.all())) == 2


async def test_two_members_may_have_no_email_and_no_identity(store: Storage) -> None:
    pair = member("ann", email=None), member("ben", email=None)

    await ex.store_all(store, lambda unit: unit.members.add, *pair)

    assert await store.read(lambda unit: unit.members.all()) == pair


async def test_sessions_come_newest_first_and_are_forgotten_when_over(store: Storage) -> None:
    old = session("a", expires_at=ex.at(10))
    late, same = session("b", created_at=ex.at(2)), session("c", created_at=ex.at(2))
    others = session("d", member_id="ben")
    await ex.store_all(store, lambda unit: unit.staff_sessions.add, old, late, same, others)
    revoked = replace(late, revoked_at=ex.at(5), seen_at=ex.at(4))

    await store.write(lambda unit: unit.staff_sessions.save(revoked))

    assert await store.read(lambda unit: unit.staff_sessions.get("b")) == revoked
    mine = await store.read(lambda unit: unit.staff_sessions.of_member("ann"))
    assert mine == (same, revoked, old)
    assert await store.write(lambda unit: unit.staff_sessions.forget(ex.at(11))) == 1
    assert await store.read(lambda unit: unit.staff_sessions.get("a")) is None


async def test_a_link_is_kept_until_it_is_forgotten(store: Storage) -> None:
    short, long = link("a", 10), link("b", 20)
    await ex.store_all(store, lambda unit: unit.login_links.add, short, long)
    used = replace(long, used_at=ex.at(3))

    await store.write(lambda unit: unit.login_links.save(used))

    assert await store.write(lambda unit: unit.login_links.forget(ex.at(15))) == 1
    found = await store.read(lambda unit: [unit.login_links.get(name) for name in ("a", "b")])
    assert found == [None, used]


DEEDS = (
    Deed(at=ex.at(0), by="cli:민지", act="hold"),
    Deed(at=ex.at(1), by="staff:Min_ji@example.com", act="staff_role", subject="ann"),
    Deed(at=ex.at(2), by="console", act="hold", subject="ann", details=ex.NESTED),
)


SEARCHES = [
    (AuditWanted(), [2, 1, 0]),
    (AuditWanted(by="MIN_JI"), [1]),
    (AuditWanted(by="%"), []),
    (AuditWanted(by="n_o"), []),
    (AuditWanted(by="민지"), [0]),
    (AuditWanted(act="hold"), [2, 0]),
    (AuditWanted(act="hol"), []),
    (AuditWanted(subject="ann", since=ex.at(2)), [2]),
    (AuditWanted(since=ex.at(1), until=ex.at(2)), [1]),
]


async def test_the_audit_trail_is_searched(store: Storage) -> None:
    await ex.store_all(store, lambda unit: unit.audit.add, *DEEDS)

    for wanted, found in SEARCHES:
        entries = await store.read(lambda unit, wanted=wanted: unit.audit.search(wanted, 9))  # type: ignore[misc]  # bound as it is now
        assert [entry.deed for entry in entries] == [DEEDS[place] for place in found], wanted


async def test_the_audit_trail_is_read_page_by_page(store: Storage) -> None:
    await ex.store_all(store, lambda unit: unit.audit.add, *DEEDS)

    first = await store.read(lambda unit: unit.audit.search(AuditWanted(), 2))
    last = await store.read(lambda unit: unit.audit.search(AuditWanted(), 2, first[-1].number))

    assert [entry.deed for entry in (*first, *last)] == [*reversed(DEEDS)]
    assert await store.read(lambda unit: unit.audit.acts()) == ("hold", "staff_role")


async def test_of_two_who_let_each_other_go_at_once_one_stays(store: Storage) -> None:
    world = World(store)
    pair = [member(name, role=Role.ADMIN) for name in ("ann", "ben")]
    await ex.store_all(store, lambda unit: unit.members.add, *pair)

    def demote(unit: UnitOfWork, name: str) -> Member:
        return members.change_role(unit, world.ctx, name, Role.VIEWER, "cli:test")

    done = await asyncio.gather(
        *(store.write(partial(demote, name=each.id)) for each in pair), return_exceptions=True
    )

    kept = await store.read(lambda unit: unit.members.all())
    assert {type(each) for each in done} == {Member, MemberFault}
    assert [each.role for each in kept].count(Role.ADMIN) == 1
