"""The languages that ratings are read in; any text may mix them."""

from surveys.replies.english import ENGLISH
from surveys.replies.korean import KOREAN
from surveys.replies.tongue import Tongue

TONGUES: tuple[Tongue, ...] = (KOREAN, ENGLISH)
