"""What the command line may do about staff, in the server or without one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.auth.passwords import Passwords, parse_password
from surveys.errors import InvalidInput
from surveys.ports import Storage, UnitOfWork
from surveys.service import logging_in, members
from surveys.service.context import Context
from surveys.service.planned import waiting_of
from surveys.staffing import HOST, Member

LOGIN_PATH = "/console/login?once="


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCommands:
    """Carries commands out; ``base`` is where staff reach the server."""

    storage: Storage
    ctx: Context
    passwords: Passwords
    base: str

    async def obey(self, said: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Carry one command out and return what to print. Raises InvalidInput, NotFound, StorageBusy."""
        command = {name: value for name, value in said.items() if isinstance(value, str)}
        act, who = command.get("act", ""), command.get("who", "")
        if act == "password":
            return await self._set_password(who, command.get("password", ""), by)
        deeds: dict[str, Callable[[UnitOfWork], dict[str, Any]]] = {
            "add": lambda tx: self._added(tx, command, by),
            "link": lambda tx: self._linked(tx, members.find(tx, who), by),
            "role": lambda tx: self._changed(tx, who, command.get("role", ""), by),
            "disable": lambda tx: self._disabled(tx, who, by),
            "enable": lambda tx: told(members.enable(tx, self.ctx, self._id(tx, who), by)),
        }
        if act not in deeds:
            raise InvalidInput("act", f"must be one of {', '.join((*deeds, 'password'))}")
        return await self.storage.write(deeds[act])

    def _added(self, tx: UnitOfWork, command: Mapping[str, str], by: str) -> dict[str, Any]:
        member = members.add(
            tx,
            self.ctx,
            email=command.get("who", ""),
            name=command.get("name", ""),
            role=members.parse_role(command.get("role", "")),
            by=by,
            language=command.get("language", ""),
        )
        return self._linked(tx, member, by)

    def _linked(self, tx: UnitOfWork, member: Member, by: str) -> dict[str, Any]:
        token = logging_in.make_link(tx, self.ctx, member, by)
        return {**told(member), "url": f"{self.base}{LOGIN_PATH}{token}"}

    def _changed(self, tx: UnitOfWork, who: str, role: str, by: str) -> dict[str, Any]:
        wanted = members.parse_role(role)
        return told(members.change_role(tx, self.ctx, self._id(tx, who), wanted, by))

    def _disabled(self, tx: UnitOfWork, who: str, by: str) -> dict[str, Any]:
        """Let her in no longer; ``planned`` is how many publishes of hers wait and are made all the same."""
        member = members.disable(tx, self.ctx, self._id(tx, who), by)
        return {**told(member), "planned": waiting_of(tx, member.named)}

    async def _set_password(self, who: str, password: str, by: str) -> dict[str, Any]:
        member = await self.storage.read(lambda tx: members.find(tx, who))
        kept = await self.passwords.hash(parse_password(password, member))
        await self.storage.write(
            lambda tx: members.set_password(tx, self.ctx, member.id, kept, by=by, keep=None)
        )
        return told(member)

    def _id(self, tx: UnitOfWork, who: str) -> str:
        return members.find(tx, who).id


def told(member: Member) -> dict[str, Any]:
    """Return a member as the command line prints her: no hash, no identity."""
    ways = {"password": member.password_hash, "oidc": member.identity}
    return {
        "id": member.id,
        "email": member.email or "",
        "name": member.name,
        "role": member.role.value,
        "state": "active" if member.disabled_at is None else "disabled",
        "login": ",".join((*(way for way, it_has in ways.items() if it_has), "link")),
    }


def listed(tx: UnitOfWork) -> list[dict[str, Any]]:
    """Return the staff list, oldest first."""
    return [told(member) for member in tx.members.all() if member.id != HOST]
