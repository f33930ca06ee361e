"""The edge that turns refusals into answers."""

from collections.abc import Awaitable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.http_errors import Handler, HttpProblem, problem_response
from bot.http_errors import answering as answering_any
from bot.intake.problems import answering
from surveys.errors import ChannelUnavailable, StorageBusy


def request() -> Request:
    return Request({"type": "http", "method": "POST", "path": "/x", "headers": []})


@pytest.mark.parametrize("refusal", [ChannelUnavailable("slack", "timeout"), StorageBusy("locked")])
async def test_what_may_work_a_moment_later_is_a_503_that_says_when(refusal: Exception) -> None:
    async def refuse(_: Request) -> Response:
        raise refusal

    response = await answering(refuse)(request())

    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


async def test_only_the_named_refusals_are_answered() -> None:
    async def refuse(_: Request) -> Response:
        raise HttpProblem(403, "Forbidden", "no")

    async def fail(_: Request) -> Response:
        raise RuntimeError

    async def hang_up(_: Request) -> Response:
        raise ClientDisconnect

    def edge(handler: Handler) -> Awaitable[Response]:
        guarded = answering_any(
            handler, (HttpProblem,), lambda _, problem: problem_response(problem)
        )
        return guarded(request())

    assert (await edge(refuse)).status_code == 403
    assert (await edge(hang_up)).status_code == 400
    with pytest.raises(RuntimeError):
        await edge(fail)
