"""What an answer is about: themes of tapped reasons and of customers' own words, in Korean and English.

Chips come first: a tapped reason is a theme. Comments are read by a dictionary of phrases, one language beside the
other. A theme says what was written about, never how it was meant: that is the score's to say.
"""

from surveys.themes.defaults import default_themes, dictionary
from surveys.themes.dictionary import Analyser, Dictionary, Found
from surveys.themes.schema import Theme

__all__ = ["Analyser", "Dictionary", "Found", "Theme", "default_themes", "dictionary"]
