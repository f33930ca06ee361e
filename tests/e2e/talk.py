"""How a customer answers the question about her support case."""

from surveys.language.texts import say
from tests.e2e.chats import Chat, seen, tap, waited

COMMENTS = {"ko": "두 번이나 설명해야 했어요", "en": "I had to explain it twice"}
SCALE = [str(score) for score in range(1, 8)]


async def answer_in_full(chat: Chat, language: str, score: str) -> None:
    """Tap a low score, then a chip, then write a comment, as the messages come."""
    (question,) = await seen(chat, 1)
    assert question.scores == SCALE
    await tap(chat, question, score)
    asked, reason = await seen(chat, 2)
    asked = (await waited(chat, lambda shown: "change" in shown[0].values))[0]
    assert (asked.id, say(language, "chosen", score=score) in asked.text) == (question.id, True)
    await tap(chat, reason, "c.repeated")
    await seen(chat, 3)
    await chat.type(COMMENTS[language])
    last = await waited(chat, lambda shown: len(shown) == 4 and not shown[1].values)
    assert last[3].text == say(language, "noted")
