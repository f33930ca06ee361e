"""Where staff's acts arrive: who it is, one commit that remembers the act, the ack, and what is shown after it.

Walk of one command: Slack's body is verified; the roster says who typed it, within a second and a half; a deed (a
pause, a test) and the command's ``trigger_id`` are one commit, so that a repeat does nothing; the ack carries the
words. A result is read after the ack and posted to the command's response URL.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.incoming import Installation, order_of, slack_user
from bot.slack.layout import escape
from bot.slack.session import OneRequest
from bot.slack.team import reading
from bot.slack.team.answers import Answers, Sheet
from bot.slack.team.backing import Backing
from bot.slack.team.commands import Commander, Deed
from bot.slack.team.figures import unwish
from bot.slack.team.forms import refusal, replaced, told_form
from bot.slack.team.inbox import INBOX
from bot.slack.team.previews import Previews
from bot.slack.team.reading import (
    Called,
    Chosen,
    HandedIn,
    HomeOpened,
    LinksShared,
    Pressed,
    Typed,
)
from bot.slack.team.roster import Known, Rank, Roster
from bot.slack.team.shortcuts import Shortcuts
from bot.slack.team.texts import say
from bot.slack.team.views import Views
from surveys.errors import InvalidInput, NotFound, StorageBusy
from surveys.model import (
    Act,
    Channel,
    Command,
    InboxEntry,
    InboxState,
    Incoming,
    Json,
    Outcome,
    OutcomeKind,
    Started,
)
from surveys.ports import UnitOfWork

Later = Callable[[], Awaitable[None]]
_MINE: Final = "me."
_OUT_OF_REACH: Final = ("not_in_channel", "channel_not_found", "is_archived")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reply:
    """Markup for the ack, what follows it, and what is tried where that fails; or the ack of a form, as it is sent."""

    said: str = ""
    later: Later | None = None
    sorry: Later | None = None
    form: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """Which app and workspace an act came to."""

    ours: Installation
    source: str

    @property
    def account(self) -> str:
        return self.ours.team


class TeamDoor:
    """Takes what staff do in one workspace, and what customers do on the Home tab."""

    def __init__(
        self, client: AsyncWebClient, way: OneRequest, backing: Backing, ids: Callable[[], str]
    ) -> None:
        """Take ``ids`` for block ids."""
        ctx = backing.ctx
        self._backing = backing
        self._roster = Roster(client, backing.staff, ctx.clock, ctx.program.company.language)
        self._answers = Answers(client, way, ctx.clock, ids)
        self._views = Views(client=client, backing=backing)
        self._previews = Previews(client=client, backing=backing)

    async def answer(
        self, body: Mapping[str, Json], ours: Installation
    ) -> tuple[BoltResponse, tuple[Later, ...]]:
        """Return the ack of a body that reading.is_for_staff, and what to do once it is on its way."""
        visit = _Visit(ours=ours, source=f"slack:{body.get('api_app_id') or ''}/{ours.team}")
        try:
            reply = await self._taken(reading.read(body, ours), visit)
        except StorageBusy:
            return BoltResponse(status=503), ()
        said = {"response_type": "ephemeral", "text": reply.said} if reply.said else ""
        ack = reply.form or said
        after = (_guarded(reply.later, reply.sorry),) if reply.later else ()
        return BoltResponse(status=200, body=ack), after

    async def _taken(self, act: reading.Act | None, visit: _Visit) -> _Reply:
        match act:
            case Typed():
                return await self._typed(act, visit)
            case Pressed():
                return await self._pressed(act, visit)
            case Chosen():
                return await self._chosen(act, visit)
            case HandedIn():
                return await self._handed_in(act, visit)
            case Called() | HomeOpened() | LinksShared():
                return _Reply(later=lambda: self._afterwards(act, visit))
            case _:
                return _Reply()

    # --- commands -------------------------------------------------------------------------------------

    async def _typed(self, act: Typed, visit: _Visit) -> _Reply:
        known = await self._roster.who(act.by, visit.account)
        heard = self._commander(act.by, visit, known, act.name).hear(act.text)
        if heard.text:
            return _Reply(escape(heard.text))
        said = await self._once(visit, f"command/{act.key}", heard.deed or _nothing)
        if said is None or not heard.shown:
            return _Reply(escape(said or ""))
        if not act.answer_at:
            return _Reply(escape((await self._sheet(heard.shown, known)).told()))

        async def later() -> None:
            sheet = await self._sheet(heard.shown, known)
            await self._answers.show(visit.account, act.answer_at, sheet)

        return _Reply(later=later, sorry=self._sorry(act.answer_at, known))

    def _sorry(self, answer_at: str, known: Known) -> Later:
        async def sorry() -> None:
            if answer_at:
                await self._answers.say(answer_at, escape(say(known.language, "failed")))

        return sorry

    def _commander(
        self, by: reading.Actor, visit: _Visit, known: Known, name: str = ""
    ) -> Commander:
        return Commander(
            ctx=self._backing.ctx, known=known, by=by, account=visit.account, command=name
        )

    async def _sheet(self, shown: str, known: Known) -> Sheet:
        """Read what a command or a button asks for; raises InvalidInput for what is none of ours."""
        read = self._backing.storage.read
        if shown == INBOX:
            sees_customers = known.rank is Rank.OPERATOR
            inbox = self._backing.inbox(known.language, sees_customers=sees_customers)
            return await read(inbox.read)
        place, asked = unwish(shown)
        figures = self._backing.figures(known.language)
        return await read(lambda tx: figures.board(tx, place, asked))

    async def _once(self, visit: _Visit, key: str, deed: Deed) -> str | None:
        """Do a deed in the commit that remembers the act; return its words, None for a repeat."""
        ctx = self._backing.ctx

        def work(tx: UnitOfWork) -> str | None:
            if tx.inbox.find(visit.source, key) is not None:
                return None
            entry = InboxEntry(
                id=ctx.new_id(),
                source=visit.source,
                key=key,
                digest=hashlib.sha256(key.encode()).hexdigest(),
                received_at=ctx.now(),
                state=InboxState.DONE,
            )
            tx.inbox.add(entry)
            return deed(tx)

        return await self._backing.order(work)

    # --- buttons and forms ----------------------------------------------------------------------------

    async def _pressed(self, act: Pressed, visit: _Visit) -> _Reply:
        if act.action.startswith(_MINE):
            return await self._mine(act, visit)
        known = await self._roster.who(act.by, visit.account)
        if act.action == "share" and known.rank is not Rank.NOBODY:
            return await self._shared(act, visit, known)
        if act.action == "try" and known.rank is Rank.OPERATOR:
            return _Reply(later=lambda: self._views.form(act.trigger, known))
        if act.action == "refresh":
            return _Reply(later=lambda: self._views.home(act.by, visit.account, known, act.home))
        return _Reply()

    async def _shared(self, act: Pressed, visit: _Visit, known: Known) -> _Reply:
        """Post it where the command was typed: asked again as anybody may, so as of now and suppressed as ever."""
        if not _is_shareable(act.value):
            return _Reply()
        if await self._once(visit, f"press/{act.key}", _nothing) is None:
            return _Reply()

        async def later() -> None:
            sheet = await self._sheet(act.value, replace(known, rank=Rank.VIEWER))
            by = say(known.language, "shared.by", user=f"<@{act.by.user}>")
            note = {"type": "context", "elements": [{"type": "mrkdwn", "text": by}]}
            outcome = await self._answers.share(visit.account, act.channel, sheet, note)
            if act.answer_at:
                said = say(known.language, _sharing(outcome))
                await self._answers.say(act.answer_at, escape(said))

        return _Reply(later=later, sorry=self._sorry(act.answer_at, known))

    async def _chosen(self, act: Chosen, visit: _Visit) -> _Reply:
        known = await self._roster.who(act.by, visit.account)
        if known.rank is Rank.OPERATOR:
            deed = self._commander(act.by, visit, known).sends(act.survey)
            try:
                await self._once(visit, f"form/{act.key}", deed)
            except NotFound:
                _log.warning("a test names no survey", survey=act.survey)
        return _Reply()

    async def _handed_in(self, act: HandedIn, visit: _Visit) -> _Reply:
        """Ask for the question, as far as whoever hands the form in still may, and say what came of it."""
        known = await self._roster.who(act.by, visit.account)
        language, answer_at = known.language, act.on.answer_at if act.on else ""
        if known.rank is not Rank.OPERATOR:
            return _Reply(form=refusal(say(language, "operators_only")))
        deed = self._shortcuts(act.by, visit, known).asks(act.picked, act.on)
        try:
            said = await self._once(visit, f"form/{act.key}", deed)
        except NotFound:
            return _Reply(form=refusal(say(language, "ask.gone")))
        if said is None:
            return _Reply()
        if not answer_at:
            return _Reply(form=replaced(told_form("ask.title", said, language)))

        async def later() -> None:
            await self._answers.say(answer_at, escape(said))

        return _Reply(later=later)

    def _shortcuts(self, by: reading.Actor, visit: _Visit, known: Known) -> Shortcuts:
        return Shortcuts(backing=self._backing, known=known, by=by, account=visit.account)

    async def _mine(self, act: Pressed, visit: _Visit) -> _Reply:
        """Take a customer's choice on the Home tab as the command that it is, and show what came of it."""
        chosen, now = _choice(act.action.removeprefix(_MINE)), self._backing.ctx.now()
        if chosen is None:
            return _Reply()
        incoming = Incoming(
            source=visit.source,
            key=f"home/{act.key}",
            channel=Channel.SLACK,
            account=visit.account,
            user=slack_user(act.by.team, act.by.user, visit.account),
            chat=act.by.user,
            at=now,
            order=order_of(act.order, now),
            act=chosen,
        )
        await self._backing.receive(incoming)
        deleting = isinstance(chosen, Command) and chosen.name == "delete"

        async def later() -> None:
            known = await self._roster.who(act.by, visit.account)
            await self._views.home(act.by, visit.account, known, act.home, deleting=deleting)

        return _Reply(later=later)

    # --- what is only shown ---------------------------------------------------------------------------

    async def _afterwards(self, act: Called | HomeOpened | LinksShared, visit: _Visit) -> None:
        """Show what an act asks to be shown: nothing of it is to be remembered."""
        known = await self._roster.who(act.by, visit.account)
        match act:
            case Called():
                view = await self._shortcuts(act.by, visit, known).form(act)
                await self._views.open(act.trigger, view)
            case HomeOpened():
                await self._views.home(act.by, visit.account, known, act.home)
            case LinksShared():
                await self._previews.unfurl(act, known)


def _nothing(_: UnitOfWork) -> str:
    return ""


def _is_shareable(value: str) -> bool:
    """Say whether a button carries something that can be asked for again."""
    try:
        return value == INBOX or bool(unwish(value))
    except InvalidInput:
        return False


def _choice(name: str) -> Act | None:
    """Return the command of a button on a customer's Home tab."""
    match name.split("."):
        case ["start"]:
            return Started()
        case ["stop" | "pause" | "unpause" | "delete" as command]:
            return Command(name=command)
        case ["lang", language]:
            return Command(name="lang", argument=language)
        case _:
            return None


def _sharing(outcome: Outcome) -> str:
    """Return the sentence that tells what became of a shared result."""
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return "shared.done"
        case OutcomeKind.UNKNOWN:
            return "shared.unknown"
        case _ if outcome.reason in _OUT_OF_REACH:
            return "shared.not_in_channel"
        case _:
            return "shared.failed"


def _guarded(later: Later, sorry: Later | None) -> Later:
    """The update handler's edge: what is shown after the ack may fail; that is logged, and told where it can be."""

    async def run() -> None:
        try:
            await later()
        except StorageBusy as busy:
            _log.warning("storage is busy", problem=str(busy))
        except Exception:  # noqa: BLE001 the update handler's edge: logged, told, nothing more to be done
            _log.exception("what staff asked for could not be shown")
        else:
            return
        if sorry is not None:
            await sorry()

    return run
