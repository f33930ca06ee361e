"""The journey map and the pages of stages and touchpoints over HTTP."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from io import BytesIO
from typing import get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.api_keys import ANSWERS, RESULTS, scopes_of
from bot.console.asking import OF_PAGE, Choice, bad_query, choice_of, is_form, query_of
from bot.console.backlog import Staff
from bot.console.beside import Beside, Wanted
from bot.console.filters import filter_bar
from bot.console.journey_map import journey_map
from bot.console.look import Look
from bot.console.matrix import matrix
from bot.console.moment import today_of
from bot.console.narrowing import AGAIN, Narrowing
from bot.console.pages import HEADERS, journey_page, matrix_page, place_html
from bot.console.places import Material, place_page, stage_of
from bot.console.reader import Reader
from bot.console.split import OF_TAGS, Breaking, Parts, Sides, split, splits_of
from bot.console.texts import say
from bot.console.verbatims import wanted_words
from bot.console.words import Kind, Words
from bot.http_errors import HttpProblem
from bot.sheets.forms import Form, headers_of
from bot.sheets.results import write_results
from surveys.errors import InvalidInput
from surveys.model import HANDLER, SEGMENT
from surveys.program import Program
from surveys.results import Query, ResultTable
from surveys.results.query import PREVIOUS, By
from surveys.service.narrowing import where_of
from surveys.verbatims import Wanted as WantedWords

Admit = Callable[[Request, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    """Serves pages of results; ``staff`` is what every page says of the operators' one."""

    reader: Reader
    admit: Admit
    program: Callable[[], Program]
    look: Callable[[Request], Look]
    staff: Callable[[Request, str], Awaitable[Staff | None]]

    async def map(self, request: Request) -> Response:
        """Show the journey map."""
        await self.admit(request, RESULTS)
        look = self.look(request)
        if is_form(request):
            return RedirectResponse(look.link(), HTTPStatus.SEE_OTHER)
        query = await self._asked(request, look)
        stages, points = await self.reader.tables(*(replace(query, by=by) for by in get_args(By)))
        found = await self.reader.found(Wanted(where=where_of(query)))
        content = journey_map(Words(self.program(), look.language), stages, points, found)
        bar = filter_bar(self.program(), look, query, today_of(stages), _offered(found))
        staff = await self.staff(request, look.language)
        return _page(journey_page(content, query, look, bar, staff), look, content.narrowing)

    async def matrix(self, request: Request) -> Response:
        """Show every stage in every channel."""
        await self.admit(request, RESULTS)
        look = self.look(request)
        if is_form(request):
            return RedirectResponse(look.link(), HTTPStatus.SEE_OTHER)
        words = Words(self.program(), look.language)
        query = replace(await self._asked(request, look), by="stage", compare="")
        breaking = Breaking("channel", {})
        whole, *rest = await self.reader.tables(
            query, further=lambda tables: breaking.queries(tables[0])
        )
        found = await self.reader.found(Wanted())
        everything = say(look.language, "channel.all")
        content = matrix(whole, breaking.parts(whole, rest), everything, words)
        bar = filter_bar(words.program, look, query, today_of(whole), _offered(found))
        staff = await self.staff(request, look.language)
        return _page(matrix_page(content, query, look, bar, staff), look)

    async def stage(self, request: Request) -> Response:
        """Show one stage."""
        return await self._place(request, "stage")

    async def touchpoint(self, request: Request) -> Response:
        """Show one touchpoint."""
        return await self._place(request, "touchpoint")

    async def sheet(self, request: Request) -> Response:
        """Hand out what a page shows as CSV, marked as UTF-8 for spreadsheets."""
        await self.admit(request, RESULTS)
        table = await self.reader.table(await self._asked(request, self.look(request)))
        out = BytesIO()
        write_results(table, out, Form.CSV, bom=True)
        return Response(out.getvalue(), headers=headers_of(Form.CSV, "results"))

    async def _place(self, request: Request, kind: Kind) -> Response:
        await self.admit(request, RESULTS)
        look = self.look(request)
        if is_form(request):
            return RedirectResponse(look.link(), HTTPStatus.SEE_OTHER)
        words = Words(self.program(), look.language)
        place = words.place(kind, request.path_params["place"])
        choice = choice_of(look.parameters, splits_of(words.program))
        query = replace(await self._asked(request, look, **{kind: place.id}), by=kind)
        breaking = Breaking(choice.split, await self._sides(choice.split))
        whole, points, parts = await self._narrowed(query, kind, breaking)
        found = await self.reader.found(
            Wanted(
                stage=stage_of(words.program, place) or None,
                where=where_of(query, kind),
                themes=_only(query),
                words=await self._words(request, query, whole, choice),
            )
        )
        material = Material(
            whole=whole,
            points=points,
            split=split(parts, words),
            beside=found,
            choice=choice,
        )
        content = place_page(place, material, words)
        bar = filter_bar(words.program, look, query, today_of(whole), _offered(found))
        staff = await self.staff(request, look.language)
        return _page(place_html(content, query, look, bar, staff), look, content.narrowing)

    async def _asked(self, request: Request, look: Look, **place: str) -> Query:
        """Return the page's query, for a reader who may ask it."""
        query = _query(look, **place)
        for scope in scopes_of(query):
            await self.admit(request, scope)
        return query

    async def _sides(self, axis: str) -> Sides:
        """Return the values to break down by, where the page's own table does not tell them."""
        return {} if axis in OF_TAGS else (await self.reader.found(Wanted())).sides

    async def _narrowed(
        self, query: Query, kind: Kind, breaking: Breaking
    ) -> tuple[ResultTable, ResultTable | None, Parts]:
        """Return the place's table, a stage's touchpoints, and the parts; a place that is nowhere is no page."""
        below = (replace(query, by="touchpoint"),) if kind == "stage" else ()
        try:
            whole, *rest = await self.reader.tables(
                query, *below, further=lambda tables: breaking.queries(tables[0])
            )
        except HttpProblem as problem:
            if problem.detail.startswith(f"{kind}: "):
                raise HttpProblem(404, "Not found", problem.detail) from problem
            raise
        parts = breaking.parts(whole, rest[len(below) :])
        return whole, rest[0] if below else None, parts

    async def _words(
        self, request: Request, query: Query, table: ResultTable, choice: Choice
    ) -> tuple[WantedWords, ...] | None:
        """Return which words to read; None for a reader who may not read answers."""
        try:
            await self.admit(request, ANSWERS)
        except HttpProblem:
            return None
        return wanted_words(query, table.window, choice)


def _offered(found: Beside) -> Mapping[str, Sequence[str]]:
    """Return the filters beyond those that every answer has."""
    return {
        name if name == HANDLER else f"{SEGMENT}{name}": values
        for name, values in found.sides.items()
        if values
    }


def _query(look: Look, **place: str) -> Query:
    """Return the query of a page's address; what its path names, a parameter cannot."""
    given = {name: value for name, value in look.parameters.items() if name not in OF_PAGE}
    for name in place.keys() & given.keys():
        raise bad_query(InvalidInput(name, "is in the path already"))
    return query_of({"compare": PREVIOUS, **given, **place})


def _only(query: Query) -> Query:
    """Return the query as themes know it: they are compared with nothing, and not weighed."""
    return replace(query, compare="", weights="")


def _page(html: str, look: Look, narrowing: Narrowing | None = None) -> Response:
    headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept-Language"}
    again = AGAIN if narrowing and narrowing.waits else {}
    return HTMLResponse(html, headers=headers | again)
