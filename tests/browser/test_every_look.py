"""Every page in all eight looks, measured thoroughly, and once through each with the Tab key alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.eyes import FEW, LOOKS, Look, looking
from tests.browser.tour import Tour, touring

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

DAYS = 7


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def tour(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tour]:
    async with touring(tmp_path_factory.mktemp("tour"), DAYS) as made:
        yield made


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_every_page_can_be_read_by_everybody_in_every_look(
    tour: Tour, browser: Browser, look: Look
) -> None:
    faults = []
    for alone in (False, True):
        async with looking(browser, tour, look, alone=alone, is_thorough=True) as eyes:
            for stop in tour.stops:
                if stop.alone is alone:
                    faults += await eyes.faults(tour, stop)

    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("look", FEW, ids=str)
async def test_the_tab_key_alone_comes_to_everything(
    tour: Tour, browser: Browser, look: Look
) -> None:
    missed = {}
    async with looking(browser, tour, look) as eyes:
        for stop in tour.stops:
            if not stop.alone and (found := await eyes.unreached(tour, stop)):
                missed[stop.name] = found

    assert missed == {}
