"""English, put together."""

from surveys.replies.english_company import COMPANY
from surveys.replies.english_numbers import NUMBERS
from surveys.replies.english_phrases import PHRASES
from surveys.replies.tongue import Tongue

ENGLISH = Tongue(language="en", numbers=NUMBERS, company=COMPANY, phrases=PHRASES)
