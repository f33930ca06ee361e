"""``GET /v1/customers/{id}``, all that is held about a customer, and ``DELETE``, which erases her."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.api_keys import KeyScopes
from bot.intake.post_customers import SCOPE
from bot.intake.post_events import Authenticate, require_scope
from bot.intake.problems import json_response
from bot.wiping import wipe_if_due
from surveys.errors import NotFound
from surveys.model import Deed, Identifier, Json, Person
from surveys.ports import Storage, UnitOfWork
from surveys.service.context import Context
from surveys.service.erasing import erase
from surveys.service.exporting import export

ALL_SCOPES: Final = "admin"


class RightsDoor:
    """Serves what a customer may ask of the company; both acts leave an audit entry without her name."""

    def __init__(self, storage: Storage, authenticate: Authenticate, ctx: Context) -> None:
        self._storage = storage
        self._authenticate = authenticate
        self._ctx = ctx

    async def get(self, request: Request) -> Response:
        """Answer with everything that is held; needs the scope ``admin``, since nothing of it is pseudonymous."""
        key = await require_scope(self._authenticate, request, ALL_SCOPES)
        customer = request.path_params["customer"]

        def work(tx: UnitOfWork) -> dict[str, Json]:
            person = _known(tx, customer)
            tx.audit.add(Deed(at=self._ctx.now(), by=_by(key), act="export"))
            return export(tx, person.id, program=self._ctx.program, now=self._ctx.now())

        return json_response(await self._storage.write(work))

    async def delete(self, request: Request) -> Response:
        """Erase her and answer 204; a second time there is no such customer."""
        key = await require_scope(self._authenticate, request, SCOPE)
        customer = request.path_params["customer"]
        await self._storage.write(
            lambda tx: erase(tx, self._ctx, _known(tx, customer).id, by=_by(key))
        )
        await wipe_if_due(self._storage)
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _known(tx: UnitOfWork, customer_id: str) -> Person:
    """Return whom the company's id names, a shadow too: of her, too, something is held."""
    for person in tx.people.named([Identifier(namespace="id", value=customer_id)]):
        return person
    raise NotFound("customer", customer_id[:100])


def _by(key: KeyScopes) -> str:
    return f"key:{key.key_id}"
