"""Measures Aftertouch beside simpler programs on the same machine, in the same run."""
