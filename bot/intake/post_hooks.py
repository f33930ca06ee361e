"""``POST /v1/hooks/{vendor}/{connection}``: what shops and helpdesks send by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.http_bodies import read_body
from bot.intake.post_events import Accept, results_of
from bot.intake.problems import json_response
from bot.intake.vendor import Ignored, Notice, Vendor
from surveys.errors import NotFound
from surveys.model import Acceptance
from surveys.ports import Clock

MAX_BODY: Final = 1024 * 1024

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One hook of the config: which vendor calls it and what it signs with.

    ``vendor`` is empty where only the environment declares it: then the path says who calls.
    """

    vendor: str
    secrets: tuple[str, ...]


class HooksDoor:
    """Takes vendors' notices in. ``connections`` by their name."""

    def __init__(
        self,
        accept: Accept,
        vendors: Mapping[str, Vendor],
        connections: Mapping[str, Connection],
        clock: Clock,
    ) -> None:
        self._accept = accept
        self._vendors = vendors
        self._connections = connections
        self._clock = clock

    async def probe(self, request: Request) -> Response:
        """Answer the HEAD with which some vendors try a hook out."""
        self._called(request)
        return Response(status_code=HTTPStatus.OK)

    async def post(self, request: Request) -> Response:
        """Answer 200 to everything genuine: vendors repeat, and then disable, a hook that refuses."""
        vendor, connection = self._called(request)
        body = await read_body(request, MAX_BODY)
        now = self._clock.now()
        vendor.verify(request.headers, body, connection.secrets, now)
        source = f"{vendor.name}:{request.path_params['connection']}"
        notice = Notice(source=source, headers=request.headers, body=body, received_at=now)
        reading = vendor.read(notice)
        if isinstance(reading, Ignored):
            _log.info("hook ignored", source=source, reason=reading.reason)
            return json_response({"results": [], "ignored": reading.reason})
        fates = [_kept(source, fate) for fate in await self._accept(reading)]
        return json_response({"results": results_of(reading, fates)})

    def _called(self, request: Request) -> tuple[Vendor, Connection]:
        """Return whose hook this is; raises NotFound, also where the vendor is another one."""
        name, vendor_name = request.path_params["connection"], request.path_params["vendor"]
        connection = self._connections.get(name)
        vendor = self._vendors.get(vendor_name)
        if connection is None or vendor is None or connection.vendor not in ("", vendor_name):
            raise NotFound("hook", f"{vendor_name}/{name}"[:100])
        return vendor, connection


def _kept(source: str, fate: Acceptance) -> Acceptance:
    """Return what the vendor is told: other content under a known id is a repeat, and noted."""
    if fate is not Acceptance.CONFLICT:
        return fate
    _log.warning("hook repeated an event with other content; the first is kept", source=source)
    return Acceptance.DUPLICATE
