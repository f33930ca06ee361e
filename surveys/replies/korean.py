"""Korean, put together."""

from surveys.replies.korean_company import COMPANY
from surveys.replies.korean_numbers import NUMBERS
from surveys.replies.korean_phrases import PHRASES
from surveys.replies.tongue import Tongue

KOREAN = Tongue(language="ko", numbers=NUMBERS, company=COMPANY, phrases=PHRASES)
