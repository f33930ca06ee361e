"""Strict protocol fakes of the platforms, as small HTTP servers."""
