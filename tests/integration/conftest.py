"""The team's Slack app, for the tests of all that staff see there."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.slack_team_rig import TeamRig, team_rig


@pytest.fixture(params=["http", "socket"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[TeamRig]:
    async with team_rig(request.param) as rig:
        yield rig


@pytest.fixture
async def rig() -> AsyncIterator[TeamRig]:
    async with team_rig() as opened:
        yield opened
