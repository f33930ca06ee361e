"""What a command comes to: words, a result to be shown, or a deed for the commit that remembers the command."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.orders import Act, Order, carry_out
from bot.slack.team.figures import wish_of
from bot.slack.team.inbox import INBOX
from bot.slack.team.reading import Actor
from bot.slack.team.roster import Known, Rank
from bot.slack.team.texts import say
from bot.slack.team.wishes import (
    EVERYTHING,
    Named,
    Wish,
    check,
    match,
    pausable,
    places,
    surveys,
    wish,
)
from surveys.errors import InvalidInput
from surveys.model import Channel
from surveys.ports import UnitOfWork
from surveys.service import trials
from surveys.service.context import Context
from surveys.service.holding import OLDER_COPY, is_held, standing_hold
from surveys.service.pauses import pauses
from surveys.service.scanning import newcomer

Deed = Callable[[UnitOfWork], str]
_MOST_NAMED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Words for whoever typed; or what to show, as its button carries it; or a deed that tells its own words."""

    text: str = ""
    shown: str = ""
    deed: Deed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commander:
    """One member of staff, or somebody who is none, in front of one workspace."""

    ctx: Context
    known: Known
    by: Actor
    account: str
    command: str

    def hear(self, text: str) -> Heard:
        """Return what a command comes to; of somebody who is no staff, a polite word."""
        if self.known.rank is Rank.NOBODY:
            return Heard(text=self._say("refused" if self.known.certain else "uncertain"))
        try:
            return self._answer(wish(text))
        except InvalidInput:
            return Heard(text=self._say("period.bad"))

    def _answer(self, asked: Wish) -> Heard:
        match asked.kind:
            case "map":
                return Heard(shown=wish_of(None, check(asked.asked)))
            case "inbox":
                return Heard(shown=INBOX)
            case "stage":
                return self._stage(asked)
            case "test" | "pause" | "resume":
                return self._deed(asked)
            case "unknown":
                return Heard(text=self._say("unknown", word=asked.word) + "\n" + self._help())
            case _:
                return Heard(text=self._help())

    def sends(self, survey: str) -> Deed:
        """Return the deed that sends a survey to whoever acts; it raises NotFound for none of this id."""

        def deed(tx: UnitOfWork) -> str:
            found = tx.addresses.find(Channel.SLACK, self.account, self.by.user)
            address = found or newcomer(
                tx,
                self.ctx,
                Channel.SLACK,
                account=self.account,
                user=self.by.user,
                chat=self.by.user,
                locale=self.known.language,
            )
            trials.send(tx, self.ctx, address, survey)
            return self._say("test.held" if is_held(tx) else "test.sent", name=survey)

        return deed

    def _stage(self, asked: Wish) -> Heard:
        among = places(self.ctx.program, self.known.language)
        found = match(asked.name, among)
        if len(found) == 1:
            return Heard(shown=wish_of(found[0], check(asked.asked)))
        return Heard(text=self._which("stage", asked.name, found, among))

    def _deed(self, asked: Wish) -> Heard:
        if self.known.rank < Rank.OPERATOR:
            return Heard(text=self._say("operators_only"))
        if asked.kind == "test":
            among = surveys(self.ctx.program, self.known.language)
            found = match(asked.name, among)
            if len(found) == 1:
                return Heard(deed=self.sends(found[0].id))
            return Heard(text=self._which("test", asked.name, found, among))
        if not asked.name:
            return Heard(deed=self._standing)
        if asked.name in EVERYTHING:
            return Heard(deed=self._hold if asked.kind == "pause" else self._release)
        return self._switched(asked)

    def _switched(self, asked: Wish) -> Heard:
        among = pausable(self.ctx.program, self.known.language)
        found = match(asked.name, among)
        if len(found) != 1:
            return Heard(text=self._which(asked.kind, asked.name, found, among))
        (named,) = found
        act = Act.PAUSE if asked.kind == "pause" else Act.RESUME

        def deed(tx: UnitOfWork) -> str:
            done = self._order(tx, Order(act=act, subject=f"{named.kind}:{named.id}"))
            return self._say(f"{asked.kind}.{done}", name=named.id)

        return Heard(deed=deed)

    def _hold(self, tx: UnitOfWork) -> str:
        self._order(tx, Order(act=Act.HOLD, reason=f"{self.command} pause"))
        return self._say("hold.done", command=self.command)

    def _release(self, tx: UnitOfWork) -> str:
        """Let everything go out again, but for a database that looks like an older copy: that is for the console."""
        hold = standing_hold(tx)
        if hold is not None and hold.reason == OLDER_COPY:
            return self._say("release.older_copy")
        return self._say(f"release.{self._order(tx, Order(act=Act.RELEASE))}")

    def _standing(self, tx: UnitOfWork) -> str:
        told = [
            self._say(f"home.paused.{each.of}", name=each.id, by=each.by) for each in pauses(tx)
        ]
        if is_held(tx):
            told.insert(0, self._say("hold.stands"))
        names = ", ".join(
            each.id for each in list(surveys(self.ctx.program, self.known.language))[:_MOST_NAMED]
        )
        usage = self._say("pause.which", command=self.command, names=names)
        return "\n".join((*(told or [self._say("pause.none")]), usage))

    def _order(self, tx: UnitOfWork, order: Order) -> str:
        return carry_out(tx, self.ctx, order, f"slack:{self.by.user}")

    def _which(
        self,
        kind: str,
        name: str,
        found: Iterable[Named],
        among: Mapping[Named, tuple[str, ...]],
    ) -> str:
        """Name what was meant perhaps, or everything there is."""
        several = [*found]
        told = [_spelled(each, among) for each in several or among]
        key = "which.several" if several else "which.none" if name else "which.missing"
        names = ", ".join(told[:_MOST_NAMED])
        return self._say(key, command=f"{self.command} {kind}", name=name, names=names)

    def _help(self) -> str:
        key = "help.operator" if self.known.rank is Rank.OPERATOR else "help.viewer"
        return self._say(key, command=self.command)

    def _say(self, key: str, **values: str) -> str:
        return say(self.known.language, key, **values)


def _spelled(named: Named, among: Mapping[Named, tuple[str, ...]]) -> str:
    """Return a name as it can be typed: its id, with its label where it has one."""
    kind = f"{named.kind}:" if named.kind == "trigger" else ""
    label = next((n for n in among[named] if n != named.id and ":" not in n), "")
    return f"{kind}{named.id} ({label})" if label else f"{kind}{named.id}"
