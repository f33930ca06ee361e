"""Every page of the running application in a real Chromium: nobody lists them, a new one is looked at by itself."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.eyes import Look, looking
from tests.browser.tour import Tour, Unfillable, filled, touring

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

DAYS = 5
LOOK = Look("ko", 375, "dark")
"""One of the eight; ``make faults`` looks at each."""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def tour(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tour]:
    async with touring(tmp_path_factory.mktemp("tour"), DAYS) as made:
        yield made


async def test_every_page_can_be_read_by_everybody(tour: Tour, browser: Browser) -> None:
    faults = []
    for alone in (False, True):
        async with looking(browser, tour, LOOK, alone=alone) as eyes:
            for stop in tour.stops:
                if stop.alone is alone:
                    faults += await eyes.faults(tour, stop)

    assert faults == [], "\n".join(faults)


async def test_a_page_that_the_tour_cannot_find_its_way_to_is_named(tour: Tour) -> None:
    with pytest.raises(Unfillable, match=r"GET /console/surveys/\{series\}/new"):
        await filled(tour.deployment, "/console/surveys/{series}/new")
    known = await filled(tour.deployment, "/console/surveys/edit/{place}/anything")
    assert known == "/console/surveys/edit/delivery/anything"
