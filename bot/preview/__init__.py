"""How a survey looks in each chat and language, drawn from the very payloads that the platforms are sent.

Pure: a program, a survey, a language and a channel go in; messages come out, each with its payload, its picture as
HTML and what is wrong with how it looks. Walk of one: ``preview(program, survey, "ko", Channel.TELEGRAM)`` ->
``surveys.rendering`` makes the prompts of a customer's way through it (question, a reason for each band, thanks) ->
the channel's own layout makes each payload -> ``screens`` reads lines and rows of buttons back from it ->
``warnings`` measures the buttons and looks for particles left open -> ``bubble`` writes the HTML.
"""

from bot.preview.markup import Html, bubble
from bot.preview.messages import Shown, Step, opening, preview
from bot.preview.warnings import Flaw, Warned

__all__ = ["Flaw", "Html", "Shown", "Step", "Warned", "bubble", "opening", "preview"]
