"""The button that has analyses worked out for the filters of a page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.auth.callers import caller_of
from bot.console.asking import TooOften, bad_query, query_of
from bot.console.staffing.frame import fields_of, within
from surveys.errors import InvalidInput
from surveys.ports import Storage
from surveys.service import narrowing
from surveys.service.context import Context

PATH: Final = "/console/analyses"


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowingDoor:
    """Takes the button; ``ring`` has what is ordered worked out."""

    storage: Storage
    ctx: Context
    ring: Callable[[], None]

    async def act(self, request: Request) -> Response:
        """Order the analyses of some filters, and lead back to the page that wants them."""
        form, by = await fields_of(request), caller_of(request).by
        where = narrowing.where_of(query_of(dict(parse_qsl(form.get("where", "")))))
        most = narrowing.MOST_AN_HOUR
        order = partial(narrowing.order, ctx=self.ctx, where=where, by=by, most=most)
        try:
            await self.storage.write(order)
        except narrowing.TooManyOrders as exc:
            raise TooOften(most) from exc
        except InvalidInput as exc:
            raise bad_query(exc) from exc
        self.ring()
        return RedirectResponse(within(form.get("back", "")), HTTPStatus.SEE_OTHER)
