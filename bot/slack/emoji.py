"""Slack hands typed emoji over by name, ``:+1:`` for 👍: the names of those that a rating may be told by."""

import re
from collections.abc import Mapping
from typing import Final

_NAMED = re.compile(r":([a-z0-9_+-]{1,40}):(?::skin-tone-[2-6]:)?")

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMES: Final = """
👍 +1 thumbsup
👎 -1 thumbsdown
👌 ok_hand
💯 100
🔟 keycap_ten
🔢 1234
🎱 8ball
🥇 1st_place_medal first_place_medal
🥈 2nd_place_medal second_place_medal
🥉 3rd_place_medal third_place_medal
⭐ star
🌟 star2
🙂 slightly_smiling_face
☺ relaxed
😊 blush
🙆 ok_woman face_with_ok_gesture
🆗 ok
⭕ o
💪 muscle
👏 clap
😀 grinning
😃 smiley
😄 smile
😁 grin
🤗 hugging_face
😍 heart_eyes
🥰 smiling_face_with_3_hearts
🤩 star-struck grinning_face_with_star_eyes
❤ heart
♥ hearts
💖 sparkling_heart
🎉 tada
🏆 trophy
😻 heart_eyes_cat
💕 two_hearts
😐 neutral_face
😑 expressionless
😶 no_mouth
🤔 thinking_face
🙁 slightly_frowning_face
☹ white_frowning_face
😕 confused
😞 disappointed
😒 unamused
😟 worried
😔 pensive
🙅 no_good face_with_no_good_gesture
❌ x
😖 confounded
😣 persevere
😠 angry
😡 rage
🤬 face_with_symbols_on_mouth serious_face_with_symbols_covering_mouth
😤 triumph
🤮 face_vomiting face_with_open_mouth_vomiting
💩 hankey poop shit
🖕 middle_finger reversed_hand_with_middle_finger_extended
😭 sob
"""
_EMOJI: Final[Mapping[str, str]] = {
    **{name: f"{digit}\ufe0f\u20e3" for digit, name in enumerate(_DIGITS)},
    **{name: emoji for emoji, *names in map(str.split, _NAMES.split("\n")[1:-1]) for name in names},
}


def written_out(text: str) -> str:
    """Put the emoji in the place of its name and skin tone; any other name stays as it is."""
    return _NAMED.sub(lambda found: _EMOJI.get(found[1], found[0]), text)
