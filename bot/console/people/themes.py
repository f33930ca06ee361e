"""One answer's words and themes, and the form that corrects them: what staff say stays whatever the dictionary says.

The form says which themes it showed as meant, so that only what its sender ticked and unticked is changed, and not what
somebody else corrected meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.addresses import ANSWERS
from bot.console.moment import local
from bot.console.people_texts import named
from bot.console.staffing.frame import Frame, Staffing, fields_of
from bot.console.texts import named as of_console
from bot.console.words import PATHS, Words
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput, NotFound
from surveys.instruments import instrument
from surveys.journey import say as choose
from surveys.results.themes import labels_of
from surveys.service.theming import Spoken, known_themes, spoken, tag_by_hand
from surveys.themes.tags import Tag

TICK = "theme:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeTick:
    """A theme that the answer may have; ``by`` says in words who says that it has it, or that it has not, or ""."""

    id: str
    label: str
    meant: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """An answer as the page shows it; ``text`` is None where no words are kept."""

    id: str
    text: str | None
    language: str
    score: str
    band: str
    band_name: str
    place: str
    place_path: str
    channel: str
    reasons: tuple[str, ...]
    at: str
    ticks: tuple[ThemeTick, ...]

    @property
    def shown(self) -> str:
        """Return the themes that are shown as meant, as the form sends them back."""
        return ",".join(tick.id for tick in self.ticks if tick.meant)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerThemes:
    """Serves the page and its form."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show the answer, its themes and who says so."""
        storage, answer = self.staffing.storage, request.path_params["answer"]
        try:
            found = await storage.read(lambda tx: spoken(tx, answer))
        except NotFound as gone:
            raise _no_answer() from gone
        return await self.frame.show(
            request,
            "answer.html",
            "answer",
            page=self._page(found, self.frame.look(request).language),
            saved=request.query_params.get("note") == "saved",
            token=self.staffing.guard.token(caller_of(request).session),
        )

    async def save(self, request: Request) -> Response:
        """Change what was ticked and unticked; a form that changes nothing is no correction."""
        fields = await fields_of(request)
        ticked = {name.removeprefix(TICK) for name in fields if name.startswith(TICK)}
        shown = set(filter(None, fields.get("shown", "").split(",")))
        add, remove = sorted(ticked - shown), sorted(shown - ticked)
        answer, by = request.path_params["answer"], caller_of(request).by
        storage, ctx = self.staffing.storage, self.staffing.ctx
        try:
            if add or remove:
                await storage.write(
                    lambda tx: tag_by_hand(tx, ctx, answer, add=add, remove=remove, by=by)
                )
        except NotFound as gone:
            raise _no_answer() from gone
        except InvalidInput as fault:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", str(fault)) from fault
        return self.frame.lead(request, f"{ANSWERS}/{answer}", note="saved")

    def _page(self, found: Spoken, language: str) -> AnswerPage:
        scored, words = found.scored, Words(self.frame.program(), language)
        tags, kind = scored.dimensions, instrument(scored.dimensions.instrument)
        score = scored.score or 0
        band = kind.band(score)
        return AnswerPage(
            id=scored.id,
            text=found.comment,
            language=tags.language,
            score="" if kind.words else f"{score} / {kind.high}",
            band=band,
            band_name=kind.wording(language).bands[band],
            place=words.label("touchpoint", tags.touchpoint),
            place_path=PATHS["touchpoint"] + tags.touchpoint,
            channel=of_console(language, "channel", tags.channel),
            reasons=tuple(words.chip(tags.survey, reason, band) for reason in found.reasons),
            at=local(scored.answered_at, words.program.company.zone),
            ticks=tuple(self._ticks(found.tags, words)),
        )

    def _ticks(self, stored: tuple[Tag, ...], words: Words) -> Iterator[ThemeTick]:
        """Yield all themes there are, those first that somebody says the answer has."""
        tags = {tag.theme: tag for tag in stored}
        labels = labels_of(words.program, self.staffing.ctx.themes)
        known = dict.fromkeys((*tags, *known_themes(self.staffing.ctx)))
        for theme in known:
            tag = tags.get(theme)
            meant = tag is not None and tag.meant
            said = f"{tag.by.value}{'' if tag.meant else '.not'}" if tag else ""
            label = choose(labels.get(theme, {}), words.language, words.program.company.language)
            by = named(words.language, "theme.by", said) if said else ""
            yield ThemeTick(id=theme, label=label or theme, meant=meant, by=by)


def _no_answer() -> HttpProblem:
    return HttpProblem(HTTPStatus.NOT_FOUND, "Not found", "there is no such answer")
