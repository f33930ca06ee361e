"""Answers and results handed out: over the API, as files, to whoever may have them."""
