"""What the editor's page shows, decided before any markup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Final

from babel import Locale

from bot.console.texts import say as of_console
from bot.editor.bench import (
    EDITED,
    LOOKED_AT,
    PROPOSED,
    SURVEY,
    TRIGGER,
    Bench,
    Piece,
)
from bot.editor.conditions import ROOT, Group, Kept, Node, Row
from bot.editor.naming import label_of, part_in_words
from bot.editor.parts import BANDS, budget_places, chip_places, variant_places
from bot.editor.texts import say
from bot.preview import Html, bubble, preview
from bot.setup_texts import say as of_gallery
from surveys.conditions.tree import DEPTH, OPERATORS
from surveys.instruments import QUESTIONS
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.program import Budget, Program, Survey
from surveys.program.checks import problems
from surveys.program.contact import ContactRules
from surveys.program.schema import CHIPS
from surveys.seen_events import SeenField
from surveys.stored_programs import BUDGET, Owner
from surveys.timing import holiday_countries

MEASURES: Final = ("nps", "csat", "ces2")
"""What a budget may be for."""

_BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("eq", "ne", "in", "contains", "starts_with", "matches", "exists", "gte", "lte"),
    "number": ("gte", "lte", "gt", "lt", "eq", "ne", "in", "exists"),
    "yesno": ("eq", "ne", "exists"),
    "time": ("gte", "lt", "gt", "lte", "eq", "ne", "starts_with", "exists"),
    "list": ("contains", "exists"),
}
"""The operators that suit a field by what its values are; of one that never came, by what is said to be its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A node of the condition on the page.

    Attributes:
        at: where it stands, which its inputs' names begin with.
        level: how deep, the outermost being 1.
        operators: those that suit its field, and the one that is chosen.
        samples: values seen in its field.
    """

    at: str
    level: int
    node: Row | Kept | Group
    operators: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    members: "tuple[Shown, ...]" = ()

    @property
    def kind(self) -> str:
        """``row``, ``kept``, or how a group's members are held together."""
        match self.node:
            case Row():
                return "row"
            case Kept():
                return "kept"
            case _:
                return self.node.kind

    @property
    def may_nest(self) -> bool:
        """Whether a group and a row in it still fit below."""
        return self.level + 1 < DEPTH


def condition(node: Node | None, seen: Sequence[SeenField]) -> Shown | None:
    """Return the condition as the page shows it."""
    known = {each.path: each for each in seen}
    return None if node is None else _shown(node, f"{TRIGGER}.{ROOT}", 1, known)


def _shown(node: Node, at: str, level: int, known: Mapping[str, SeenField]) -> Shown:
    if isinstance(node, Group):
        members = tuple(
            _shown(each, f"{at}.{place}", level + 1, known)
            for place, each in enumerate(node.members)
        )
        return Shown(at=at, level=level, node=node, members=members)
    if isinstance(node, Kept):
        return Shown(at=at, level=level, node=node)
    field = known.get(node.path)
    types = field.types if field else (node.type,)
    suiting = [name for kind in types for name in _BY_TYPE.get(kind, ())]
    operators = [*dict.fromkeys(suiting)] or list(OPERATORS)
    if node.operator not in operators:
        operators.append(node.operator)
    return Shown(
        at=at,
        level=level,
        node=node,
        operators=tuple(operators),
        samples=field.samples if field else (),
    )


# --- how it may be used ---------------------------------------------------------------------------


def ways(bench: Bench, *, may_edit: bool, proposing: bool) -> dict[str, str]:
    """Return for each piece whether it is edited here, proposed to git, or only looked at."""

    def way(piece: Piece) -> str:
        if not may_edit or (proposing and piece.owner != Owner.GIT):
            return LOOKED_AT
        if piece.owner == Owner.GIT:
            return PROPOSED if proposing else LOOKED_AT
        return EDITED

    return {kind: way(piece) for kind, piece in bench.pieces.items()}


def differing(mine: Bench, theirs: Bench, language: str) -> Iterator[tuple[str, str]]:
    """Yield the label of each input that another bench has typed otherwise, and what stands there."""
    for kind, piece in mine.pieces.items():
        other = theirs.pieces[kind].typed
        for name in dict.fromkeys([*piece.typed, *other]):
            if piece.typed.get(name, "") != other.get(name, ""):
                yield label_of(language, f"{kind}.{name}"), other.get(name, "")


def lost(bench: Bench, language: str) -> tuple[str, ...]:
    """Return what goes and what stays where the drafts are discarded, in the reader's words."""
    drafts, changed = tuple(bench.drafts), sum(map(len, bench.changes.values()))
    parts = ", ".join(part_in_words(language, part) for part in drafts)
    counts = {"drafts": str(len(drafts)), "changes": str(changed)}
    never = bench.pieces[TRIGGER].entry is None
    return (
        say(language, "discard.goes", parts=parts, **counts),
        say(language, "discard.never" if never else "discard.stays"),
    )


# --- the preview ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message as a channel shows it, with what is wrong with how it looks."""

    step: str
    bubble: Html
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All messages of one channel in one language."""

    language: str
    channel: str
    messages: tuple[Seen, ...]


def previews(program: Program, survey: Survey | None, language: str) -> tuple[Way, ...]:
    """Return the survey in every language of the program and on every channel; nothing of one that is none yet."""
    if survey is None or not _can_be_asked(program, survey):
        return ()
    return tuple(
        Way(
            language=spoken,
            channel=channel.value,
            messages=tuple(
                Seen(
                    step=of_gallery(language, f"step.{each.step}"),
                    bubble=bubble(each),
                    warnings=tuple(
                        of_gallery(language, f"flaw.{warned.flaw}", what=warned.what)
                        for warned in each.warnings
                    ),
                )
                for each in preview(program, survey, spoken, channel)
            ),
        )
        for spoken in program.languages
        for channel in Channel
    )


def _can_be_asked(program: Program, survey: Survey) -> bool:
    """Say whether every message of it can be written: the schema knows no layout that fits no scale, nor an unknown field."""
    said = survey.model_dump(mode="json", by_alias=True)
    alone = {"languages": list(program.languages), "surveys": [said], "advertising": {}}
    return not any(problems(alone))


# --- what can be chosen ---------------------------------------------------------------------------


def options(program: Program, bench: Bench, language: str) -> dict[str, object]:
    """Return what the form's lists hold, as pairs of value and words; and what stands beside the fields."""

    def named(group: str, names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, say(language, f"{group}.{name or 'none'}")) for name in names]

    default = program.company.language
    places = {place.id: choose(place.label, language, default) for place in program.touchpoints}
    survey = bench.survey
    stages = {stage.id: choose(stage.label, language, default) for stage in program.stages}
    others = [t.id for t in program.triggers if t.survey == survey and t.id != bench.trigger]
    channels = [(each.value, of_console(language, f"channel.{each.value}")) for each in Channel]
    return {
        "stages": [("", say(language, "choose")), *stages.items()],
        "measures": [("", say(language, "choose")), *named("measure", MEASURES)],
        "channels": [("", say(language, "channel.any")), *channels],
        "countries": [("", say(language, "country.none")), *_countries(language)],
        "answers": [("", say(language, "follows.none")), *_answers(program, survey, language)],
        "answer_bands": [("", say(language, "follows.any")), *named("band", BANDS)],
        "own_worth": named("worth", ("", "own")),
        "touchpoints": list(places.items()),
        "instruments": named("instrument", tuple(QUESTIONS)),
        "layouts": named("layout", ("", "roomy", "labels", "faces")),
        "incentives": named("incentive", ("", "third_party", "own_goods")),
        "shared_with": others,
        "budget": _budget(program, bench),
        "usual": ContactRules(),
    }


def _answers(program: Program, survey: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the surveys to which an answer may start the question of another one, by what they ask about."""
    for each in program.surveys:
        if each.id != survey:
            about = choose(each.about, language, program.company.language)
            yield each.id, f"{about} ({each.id})"


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return the countries whose holidays are known, by name."""
    names = Locale.parse(language).territories
    known = ((code, names.get(code, code)) for code in holiday_countries())
    return tuple(sorted(known, key=itemgetter(1)))


def _budget(program: Program, bench: Bench) -> Budget | None:
    trigger = next((each for each in program.triggers if each.id == bench.trigger), None)
    return program.budget_of(trigger) if trigger else None


# --- the question ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The question about the reason for one band of scores; ``chips`` are where its chips stand in the form."""

    name: str
    at: str
    chips: tuple[str, ...]

    @property
    def has_room(self) -> bool:
        """Whether another chip fits under the question."""
        return len(self.chips) < CHIPS


def bands(bench: Bench) -> tuple[Band, ...]:
    """Return the bands, the lowest scores first."""
    typed = bench.pieces[SURVEY].typed
    return tuple(
        Band(
            name=name,
            at=f"{SURVEY}.reasons.{name}",
            chips=tuple(f"{SURVEY}.{at}" for at in chip_places(f"reasons.{name}", typed)),
        )
        for name in BANDS
    )


def wording(bench: Bench) -> str:
    """Return the name by which answers to a question of one's own are kept apart; "" for the standard one."""
    piece = bench.pieces[SURVEY]
    whole = {**(piece.entry or {}), **piece.changes}
    return str(whole.get("wording") or "") if whole.get("question") else ""


def lines(bench: Bench) -> dict[str, tuple[str, ...]]:
    """Return where the wordings that are compared and the budgets stand in the form."""
    wordings = variant_places(bench.pieces[SURVEY].typed)
    budgets = budget_places(bench.pieces[BUDGET].typed)
    return {
        "variants": tuple(f"{SURVEY}.{at}" for at in wordings),
        "budgets": tuple(f"{BUDGET}.{at}" for at in budgets),
    }


def values(bench: Bench) -> dict[str, str]:
    """Return what every input holds, by its whole name."""
    return {
        f"{kind}.{name}": text
        for kind, piece in bench.pieces.items()
        for name, text in piece.typed.items()
    }
