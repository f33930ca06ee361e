"""The dialogue of one invitation, sans-I/O: ``step(interview, happening, script) -> (interview, effects)``.

Deterministic and total: any happening in any phase gives a result, a repeat gives no new record. The use
case stores the interview and turns the effects into rows, all in one commit.

Messages are named by their step: ``ask`` (the question), ``remind`` (the question again), ``why`` (the reason
question), ``thanks``, ``again`` (the question, called back by the customer), ``confirm`` (a score that may be
meant by what was typed). A button's token belongs to (invitation, step).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from surveys.instruments import Instrument


class Phase(StrEnum):
    """Where the dialogue stands."""

    NEW = "new"
    ASKED = "asked"
    SCORED = "scored"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Scope(StrEnum):
    """What a customer stops."""

    SURVEY = "survey"
    PAUSE = "pause"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Said:
    """A part of the stored comment: the message it was typed in, that message's place in the channel's order, its length."""

    message: str
    order: float
    length: int


class How(StrEnum):
    """How a score was given; confirmed: read from a typed text and agreed to by one tap."""

    TAPPED = "tapped"
    TYPED = "typed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How a score was given, and for a typed one how surely it was read and by which rule."""

    how: How
    confidence: float | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A score that may be meant by a typed text, while its confirmation is asked for."""

    score: int
    message: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """The state of a dialogue.

    Attributes:
        seq: messages and edits so far; numbers the delivery keys.
        live: the step whose message carries the question.
        score: the current score.
        chip: the chosen reason.
        commented: whether a comment is stored.
        reasoned: whether the reason question went out.
        thanked: whether the thanks went out.
        stopped: what the customer stopped, while the undo is offered.
        rated_in: the message in which the score was typed, so that an edit of it changes the score.
        rated_order: the newest place in the channel's order at which the score was chosen, or chosen again.
        said: the parts of the comment, as they stand in it.
        early: a text that came before any score, until one comes: it may have overtaken it on the way.
        noticed: whether words in place of a score were met with the scale since the question was shown.
        offer: the score whose confirmation is asked for.
    """

    phase: Phase = Phase.NEW
    seq: int = 0
    live: str = "ask"
    score: int | None = None
    chip: str | None = None
    commented: bool = False
    reasoned: bool = False
    thanked: bool = False
    stopped: Scope | None = None
    rated_in: str = ""
    rated_order: float = 0.0
    said: tuple[Said, ...] = ()
    early: "Wrote | None" = None
    noticed: bool = False
    offer: Offer | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any] | None) -> "Interview":
        """Return the state written by to_json; None is a new interview."""
        if data is None:
            return Interview()
        early, offer = data.get("early"), data.get("offer")
        return Interview(
            **{
                **data,
                "phase": Phase(data["phase"]),
                "stopped": Scope(data["stopped"]) if data["stopped"] else None,
                "said": tuple(Said(**part) for part in data.get("said", ())),
                "early": Wrote(**{**early, "chips": tuple(early["chips"])}) if early else None,
                "offer": Offer(**offer) if offer else None,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the pinned survey contributes: its instrument and the chips of each band's reason question."""

    instrument: Instrument
    chips: Mapping[str, tuple[str, ...]]

    def asks_why(self, score: int) -> bool:
        """Say whether this score's band has a reason question."""
        return self.instrument.band(score) in self.chips


# --- what happens ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Began:
    """The question is to be asked."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """The question is to be asked once more, if it is still unanswered."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the message ``step`` was pressed; ``value`` may be anything.

    ``order`` is the act's place in the channel's order, here and below.
    """

    step: str
    value: str
    order: float = 0.0


@dataclass(frozen=True, slots=True)
class Rated:
    """A score was typed, in a message that may have a name and may say more; it is on the scale."""

    score: int
    message: str = ""
    order: float = 0.0
    comment: str = ""
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A score was meant in a text, or may have been; at most one, on the scale, is worth asking about."""

    wrote: "Wrote"
    suggestion: int | None
    confidence: float = 0.0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text that is no score was typed, with the chips of a form if it came from one.

    A message that is known already was edited.
    """

    text: str
    chips: tuple[str, ...] = ()
    message: str = ""
    order: float = 0.0


@dataclass(frozen=True, slots=True)
class Recalled:
    """The customer wants to go on: what is open is asked again, as a new message."""


@dataclass(frozen=True, slots=True)
class Hushed:
    """Everything was stopped elsewhere than in this dialogue: no further question stays open in it."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Its time is up. ``show`` says so on an unanswered question now; else a late tap will."""

    show: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What it was about has been undone (cancelled, refunded, reopened)."""


Happening = (
    Began | Reminded | Pressed | Rated | Doubted | Wrote | Recalled | Hushed | Closed | Withdrawn
)


# --- what follows ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Send a new message of this step."""

    kind: str
    step: str
    seq: int
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revise:
    """Replace the message of this step."""

    kind: str
    step: str
    seq: int
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """Store the answer to ``question``; a comment is added below an earlier one.

    A reason without a choice takes the chosen one back: it belonged to another band's question.
    ``instead_of`` says which part of the stored comment the text replaces: how many characters,
    and how many follow them. ``given`` belongs to a score; None is a tap.
    """

    question: str
    score: int | None = None
    choice: str | None = None
    text: str | None = None
    instead_of: tuple[int, int] | None = None
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Toast:
    """Show a short line with the ack, if it is still in time."""

    key: str


@dataclass(frozen=True, slots=True)
class Form:
    """Open the reason question as a form."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Respect what the customer stopped; SURVEY concerns only this invitation."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Resume:
    """Undo the stop."""

    scope: Scope


Effect = Say | Revise | Record | Toast | Form | Stop | Resume
Step = tuple[Interview, tuple[Effect, ...]]

_OVER = (Phase.CLOSED, Phase.WITHDRAWN)
_UNANSWERED = (Phase.ASKED, Phase.SKIPPED)


def step(interview: Interview, happening: Happening, script: Script) -> Step:
    """Return the next state and what must be done about it."""
    talk = _Talk(interview, script)
    match happening:
        case Began():
            talk.begin()
        case Reminded():
            talk.remind()
        case Pressed() | Rated() | Doubted() | Wrote():
            talk.hear(happening)
        case Recalled():
            talk.recall()
        case Hushed():
            talk.hush()
        case Closed():
            talk.close(show=happening.show)
        case Withdrawn():  # pragma: no branch the last kind of Happening
            talk.withdraw()
    return talk.now, tuple(talk.effects)


def is_button(value: str, script: Script) -> bool:
    """Say whether any message of the dialogue has, or had, a button of this value."""
    if value.startswith("c."):
        return any(value.removeprefix("c.") in chips for chips in script.chips.values())
    return (
        value in _Talk(Interview(), script).controls()
        or _score(value.removeprefix(_YES), script) is not None
    )


# What the button of a confirmation says before its score.
_YES = "yes."


def _score(value: str, script: Script) -> int | None:
    plain = value.isascii() and value.isdigit() and len(value) <= 2  # noqa: PLR2004 the widest scale ends at 10
    return int(value) if plain and script.instrument.valid(int(value)) else None


class _Talk:
    """One step being taken: the state so far and the effects gathered."""

    def __init__(self, interview: Interview, script: Script) -> None:
        self.now = interview
        self.script = script
        self.effects: list[Effect] = []

    def hear(self, act: Pressed | Rated | Doubted | Wrote) -> None:
        match act:
            case Pressed():
                self.press(act)
            case Rated():
                self.rate(act)
            case Doubted():
                self.doubt(act)
            case Wrote():  # pragma: no branch the last kind of act
                self.write(act)

    def begin(self) -> None:
        if self.now.phase is Phase.NEW:
            self._to(phase=Phase.ASKED)
            self._say("question", "ask")

    def remind(self) -> None:
        if self.now.phase is Phase.ASKED and self.now.live == "ask":
            self._revise("moved", "ask")
            self._to(live="remind", noticed=False)
            self._say("question", "remind")

    def close(self, *, show: bool) -> None:
        if self.now.phase not in _OVER:
            if show and self.now.phase is Phase.ASKED:
                self._revise("closed", self.now.live)
            self._to(phase=Phase.CLOSED, early=None)

    def withdraw(self) -> None:
        if self.now.score is None and self.now.phase not in (Phase.NEW, *_OVER):
            self._revise("withdrawn", self.now.live)
            self._to(phase=Phase.WITHDRAWN, early=None)

    def recall(self) -> None:
        if self.now.phase in _UNANSWERED:
            self._revise("moved", self.now.live)
            self._to(phase=Phase.ASKED, live="again", noticed=False)
            self._say("question", "again")
        elif self.now.phase is Phase.SCORED and self.now.reasoned and not self.now.thanked:
            self._close_reason()
            self._say("reason", "why", score=self.now.score)

    def hush(self) -> None:
        if self.now.phase is Phase.SCORED and self._reason_is_open():
            self._close_reason()
            self._to(thanked=True)

    def press(self, pressed: Pressed) -> None:
        score = _score(pressed.value, self.script)
        if self.now.phase in _OVER:
            self._late(pressed.step)
        elif self.now.phase is Phase.NEW:
            self._toast("toast.foreign")
        elif score is not None:
            self.rate(Rated(score, order=pressed.order))
        elif pressed.value.startswith(_YES):
            self._confirm(pressed)
        elif pressed.value.startswith("c."):
            self._choose(pressed.value.removeprefix("c."))
        else:
            self.controls().get(pressed.value, lambda: self._toast("toast.foreign"))()

    def rate(self, rated: Rated) -> None:
        if self.now.phase in (Phase.NEW, *_OVER):
            self._toast("toast.closed")
            return
        before, score = self.now.score, rated.score
        early = self.now.early
        self._to(phase=Phase.SCORED, score=score, stopped=None, early=None)
        self._to(rated_in=rated.message or self.now.rated_in)
        self._to(rated_order=max(rated.order, self.now.rated_order))
        if score != before:
            self.effects.append(Record("score", score=score, given=rated.given))
        self._settle_offer("confirmed", score=score)
        self._revise("chosen", self.now.live, score=score)
        self._toast(_toast_of(before, score))
        if rated.comment:
            self._remark(Wrote(rated.comment, (), rated.message, rated.order))
        self._follow_up(before, score, explained=bool(rated.comment))
        if early is not None and early.order > rated.order:
            self.write(early)

    def doubt(self, doubted: Doubted) -> None:
        """Ask whether the one score is meant; show the scale where none or several may be."""
        open_still = self.now.phase in _UNANSWERED
        if not (open_still or self._is_rescored(doubted.wrote.message)):
            self.write(doubted.wrote)
            return
        if open_still:
            self._to(early=doubted.wrote)
        if doubted.suggestion is None:
            self._show_scale()
        else:
            self._offer(doubted, doubted.suggestion)

    def _is_rescored(self, message: str) -> bool:
        """Say whether the message that the score was typed in was edited."""
        return self.now.phase is Phase.SCORED and message != "" and message == self.now.rated_in

    def _offer(self, doubted: Doubted, score: int) -> None:
        self._settle_offer("moved")
        offer = Offer(
            score=score,
            message=doubted.wrote.message,
            confidence=doubted.confidence,
            rule=doubted.rule,
        )
        self._to(offer=offer)
        self._say("confirm", "confirm", score=score)

    def _show_scale(self) -> None:
        """Send the question once more; where that was done already, say in words what the scale is."""
        self._settle_offer("moved")
        if self.now.phase not in _UNANSWERED:
            self._reopen()
        elif self.now.live == "again":
            self._say("scale_notice", "notice")
        else:
            self.recall()

    def _confirm(self, pressed: Pressed) -> None:
        """Take the offered score as given; a repeat of that tap changes nothing."""
        score = _score(pressed.value.removeprefix(_YES), self.script)
        offer = self.now.offer
        if offer is not None and offer.score == score:
            given = Given(how=How.CONFIRMED, confidence=offer.confidence, rule=offer.rule)
            self.rate(Rated(offer.score, offer.message, pressed.order, given=given))
        else:
            same = score is not None and score == self.now.score
            self._toast("toast.same" if same else "toast.foreign")

    def _pick(self) -> None:
        """Choose another score than the offered one."""
        if self.now.offer is None:
            self._toast("toast.foreign")
        else:
            self._show_scale()

    def _settle_offer(self, kind: str, **args: Any) -> None:
        if self.now.offer is not None:
            self._to(offer=None)
            self._revise(kind, "confirm", **args)

    def write(self, wrote: Wrote) -> None:
        if self.now.phase is not Phase.SCORED:
            self._unexpected_text(wrote)
        elif self._is_said(wrote.message):
            self._edit_comment(wrote)
        else:
            self._comment(wrote)

    def _is_said(self, message: str) -> bool:
        return bool(message) and any(part.message == message for part in self.now.said)

    def _remark(self, wrote: Wrote) -> None:
        """Keep what a text says beside its score: a part of the comment, or the new form of one."""
        if self._is_said(wrote.message):
            self._edit_comment(wrote)
        else:
            self._add_comment(wrote)

    def _add_comment(self, wrote: Wrote) -> None:
        self.effects.append(Record("comment", text=wrote.text))
        part = Said(message=wrote.message, order=wrote.order, length=len(wrote.text))
        self._to(commented=True, said=(*self.now.said, part))

    def _comment(self, wrote: Wrote) -> None:
        text = wrote.text
        picked = any(self._record_chip(chip) for chip in wrote.chips[:1])
        if text:
            self._add_comment(wrote)
        if text or picked:
            thanked_before = self.now.thanked
            self._finish()
            if thanked_before and text:
                self._say("noted", "noted")
            self._toast("toast.saved")
        elif wrote.chips:
            self._toast("toast.foreign")

    def _edit_comment(self, wrote: Wrote) -> None:
        """Replace the part of the comment that the edited message had been; an older edit comes too late."""
        said = self.now.said
        at = next(n for n, part in enumerate(said) if part.message == wrote.message)
        if wrote.order <= said[at].order:
            return
        after = sum(part.length + len("\n") for part in said[at + 1 :])
        self.effects.append(Record("comment", text=wrote.text, instead_of=(said[at].length, after)))
        edited = replace(said[at], order=wrote.order, length=len(wrote.text))
        self._to(said=(*said[:at], edited, *said[at + 1 :]))
        self._say("edited", "noted")

    def _unexpected_text(self, wrote: Wrote) -> None:
        if self.now.phase in _UNANSWERED:
            if not self.now.noticed:
                self._say("scale_notice", "notice")
            self._to(early=wrote, noticed=True)
        else:
            self._toast("toast.closed")

    def _late(self, at: str) -> None:
        self._toast("toast.closed")
        if at in (self.now.live, "why") and self.now.score is None:
            kind = "withdrawn" if self.now.phase is Phase.WITHDRAWN else "closed"
            self._revise(kind, self.now.live)

    def _follow_up(self, before: int | None, score: int, *, explained: bool) -> None:
        if (
            self.now.chip is not None
            and before is not None
            and self._band(before) != self._band(score)
        ):
            self.effects.append(Record("reason"))
            self._to(chip=None)
        if explained or not self.script.asks_why(score):
            self._finish()
        elif not self.now.reasoned:
            self._to(reasoned=True)
            self._say("reason", "why", score=score)
        elif before is not None and self._band(before) != self._band(score):
            self._revise("reason", "why", score=score)

    def _choose(self, chip: str) -> None:
        if self.now.phase is Phase.SCORED and self._record_chip(chip):
            self._revise("reason", "why", score=self.now.score, chip=chip)
            self._thank()
            self._toast("toast.saved")
        else:
            self._toast("toast.foreign")

    def _record_chip(self, chip: str) -> bool:
        if self.now.score is None or chip not in self.script.chips.get(
            self._band(self.now.score), ()
        ):
            return False
        if chip != self.now.chip:
            self.effects.append(Record("reason", choice=chip))
            self._to(chip=chip)
        return True

    def controls(self) -> Mapping[str, Callable[[], None]]:
        """Return what each button does that is neither a score nor a chip."""
        return {
            "change": self._reopen,
            "back": self._show,
            "skip": self._skip,
            "stop": self._menu,
            "stop.survey": lambda: self._stop(Scope.SURVEY),
            "stop.pause": lambda: self._stop(Scope.PAUSE),
            "stop.all": lambda: self._stop(Scope.ALL),
            "undo": self._undo,
            "pick": self._pick,
            "finish": self._finish,
            "write": self._form,
        }

    def _reopen(self) -> None:
        if self.now.phase is Phase.SKIPPED:
            self._to(phase=Phase.ASKED)
        if self.now.phase is not Phase.STOPPED:
            self._revise("question", self.now.live, score=self.now.score)

    def _show(self) -> None:
        """Show the question as it stands: open, or with its chosen score."""
        if self.now.score is None:
            self._revise("question", self.now.live, score=None)
        else:
            self._revise("chosen", self.now.live, score=self.now.score)

    def _skip(self) -> None:
        if self.now.phase is Phase.ASKED:
            self._to(phase=Phase.SKIPPED, noticed=False)
            self._revise("skipped", self.now.live)
        elif self.now.phase is Phase.SCORED:
            self._show()

    def _menu(self) -> None:
        if self.now.phase is not Phase.STOPPED:
            self._revise("menu", self.now.live)

    def _stop(self, scope: Scope) -> None:
        if self.now.stopped is not scope:
            if self.now.stopped is not None:
                self.effects.append(Resume(self.now.stopped))
            elif self._reason_is_open():
                self._close_reason()
            self.effects.append(Stop(scope))
            self._to(phase=Phase.STOPPED, stopped=scope)
        self._revise("stopped", self.now.live, scope=scope.value)

    def _undo(self) -> None:
        if self.now.stopped is not None:
            self.effects.append(Resume(self.now.stopped))
            phase = Phase.ASKED if self.now.score is None else Phase.SCORED
            self._to(phase=phase, stopped=None)
            if self._reason_is_open():
                self._revise("reason", "why", score=self.now.score, chip=self.now.chip)
        self._show()

    def _finish(self) -> None:
        if self.now.phase is Phase.SCORED:
            if self.now.reasoned:
                self._close_reason()
            self._thank()

    def _reason_is_open(self) -> bool:
        now = self.now
        return now.reasoned and not now.commented and (now.chip is not None or not now.thanked)

    def _close_reason(self) -> None:
        now = self.now
        done = {"score": now.score, "chip": now.chip, "commented": now.commented}
        self._revise("reason_done", "why", **done)

    def _form(self) -> None:
        if self.now.phase is Phase.SCORED:
            self.effects.append(Form())
        else:
            self._toast("toast.foreign")

    def _thank(self) -> None:
        if not self.now.thanked:
            self._to(thanked=True)
            self._say("thanks", "thanks", score=self.now.score)

    def _band(self, score: int) -> str:
        return self.script.instrument.band(score)

    def _to(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)

    def _say(self, kind: str, at: str, **args: Any) -> None:
        self._to(seq=self.now.seq + 1)
        self.effects.append(Say(kind, at, self.now.seq, args))

    def _revise(self, kind: str, at: str, **args: Any) -> None:
        self._to(seq=self.now.seq + 1)
        self.effects.append(Revise(kind, at, self.now.seq, args))

    def _toast(self, key: str) -> None:
        self.effects.append(Toast(key))


def _toast_of(before: int | None, score: int) -> str:
    if before is None:
        return "toast.saved"
    return "toast.same" if before == score else "toast.changed"
