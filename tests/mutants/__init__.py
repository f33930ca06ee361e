"""Each protection taken away in turn: a suite that does not fail for it proves nothing."""
