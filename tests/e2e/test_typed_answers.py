"""What a customer types is her answer, in every channel, language and database."""

import pytest

from surveys.language.texts import say
from tests.e2e.chats import seen, tap, waited
from tests.e2e.deployment import deployed
from tests.e2e.platforms import ALL, platform

BOTH_AT_ONCE = {"ko": "2점, 두 번이나 설명했어요", "en": "2 - I had to explain it twice"}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ALL)
async def test_a_thumb_needs_one_tap_and_a_score_with_a_comment_none(
    name: str, language: str, database_url: str
) -> None:
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        thumb = await chats.join(deployment, "c1", language, 1)
        words = await chats.join(deployment, "c2", language, 2)
        for customer in ("c1", "c2"):
            solved = deployment.event(customer, id=customer, subject=customer)
            assert (await deployment.signed(solved)).status == 202
        await deployment.come_to_the_present()

        await seen(thumb, 1)
        await thumb.type("👍")
        _, asked_back = await seen(thumb, 2)
        assert asked_back.text == say(language, "confirm", score="6")
        assert asked_back.values == ["yes.6", "pick"]
        await tap(thumb, asked_back, "yes.6")
        chosen = say(language, "chosen", score="6")
        await waited(thumb, lambda shown: chosen in shown[0].text and chosen in shown[1].text)

        await seen(words, 1)
        await words.type(BOTH_AT_ONCE[language])
        last = await waited(words, lambda shown: len(shown) == 2 and "change" in shown[0].values)
        assert say(language, "chosen", score="2") in last[0].text
        assert say(language, "thanks.more") in last[1].text
